package read

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/job"
)

const (
	transactionTime  = 250 * time.Millisecond // of a transaction, at most about
	transactionBytes = 2 << 20                // of chunks, about
	patience         = 100 * time.Millisecond // with nothing ready while a transaction is open
	leastIdle        = 50 * time.Millisecond  // that a source with nothing ready is left alone, then doubled
	mostIdle         = time.Second
	queueIdle        = 250 * time.Millisecond // between looks whether a source may be opened
	between          = 5 * time.Millisecond   // the starts of two transactions, at least
)

// held is a source in hand, and what this worker knows of its record.
type held struct {
	*stream
	tp     kafkaops.TopicPartition
	offset int64
	stored job.Progress // up to where it is committed
	taken  []chunk      // in the transaction in hand, or in one that was aborted
	now    job.Progress // behind taken
	loose  bool         // it was finished, but whether that is committed isn't known: it may never come again
	idle   time.Duration
	gone   atomic.Bool // this worker has given it up
}

// handler works on the pending records of the sources topic, in the transactions of the loop.
type handler struct {
	o          *Options
	may        func(*job.State) error // whether this reader may read a record's source
	partitions func() int             // of the chunks topic
	now        func() time.Time
	count      func(chunks []chunk, finished *job.State) // of a committed transaction
	ctx        context.Context                           // of the streams
	running    sync.WaitGroup                            // streams
	wake       chan struct{}
	log        *slog.Logger
	notes      noteKeeper // for the tests' negative control; nil: where they belong

	mu   sync.Mutex
	open map[kafkaops.TopicPartition]*held

	sources atomic.Int64 // that are open

	// of the transaction in hand
	hand     []*held
	sent     []*held // by record
	sizes    []int
	again    bool // it has chunks of one that was aborted
	finished map[*held]job.State
}

// noteKeeper keeps notes elsewhere than in the transaction, which is wrong.
type noteKeeper interface {
	get(tp kafkaops.TopicPartition) string
	put(tp kafkaops.TopicPartition, note string)
}

// due says when a record may be worked on: at once if something is ready, or nothing is known of it and it may be opened.
func (h *handler) due(r *kafkaops.Record) (time.Time, int) {
	s, err := job.DecodeState(r.Value)
	if err != nil || s.Phase != job.Pending {
		return time.Time{}, 0 // it is skipped
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	src := h.open[r.TopicPartition()]
	switch {
	case src != nil && src.offset == r.Offset:
		return now.Add(src.idle), 1
	case src == nil && h.busy():
		return now.Add(queueIdle), 0
	}
	return time.Time{}, 1
}

// Handle stores what is ready of the batch's sources.
func (h *handler) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	for src := range h.finished {
		src.loose = true
	}
	h.hand, h.sent, h.sizes, h.again, h.finished = h.hand[:0], h.sent[:0], h.sizes[:0], false, make(map[*held]job.State)
	for _, run := range b.Runs {
		if err := h.pick(b, run.TopicPartition, &b.Records[run.Last]); err != nil {
			return err
		}
	}
	if err := h.move(ctx, tx); err != nil {
		return h.refused(ctx, tx, err)
	}
	for _, src := range h.hand {
		if err := h.settle(ctx, b, src, tx); err != nil {
			return h.refused(ctx, tx, err)
		}
	}
	if h.again {
		return h.refused(ctx, tx, nil)
	}
	return nil
}

// pick finds or opens the source that a record asks for, and puts it into hand.
func (h *handler) pick(b *eos.Batch, tp kafkaops.TopicPartition, r *kafkaops.Record) error {
	state, err := job.DecodeState(r.Value)
	if err != nil || state.Phase != job.Pending || state.Job != h.o.Job.Name {
		if len(r.Value) > 0 && (err != nil || state.Job != h.o.Job.Name) {
			h.log.Warn("skipping what isn't a source of this job", "partition", r.Partition, "offset", r.Offset)
		}
		b.Notes[tp] = ""
		return nil
	}
	at, err := h.progress(b, tp, r.Offset, &state)
	if err != nil {
		return err // never begin anew by a guess: chunks would come twice
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	src := h.open[tp]
	if src != nil && (src.offset != r.Offset || !h.agree(src, at)) {
		h.close(tp)
		src = nil
	}
	if src == nil {
		if h.busy() {
			b.Unfinished(tp)
			return nil
		}
		src = &held{stream: h.start(state, at), tp: tp, offset: r.Offset, stored: at, now: at}
		h.open[tp] = src
		h.sources.Store(int64(len(h.open)))
	}
	src.loose = false
	h.hand = append(h.hand, src)
	return nil
}

// room is how many bytes of chunks each source may hold.
func (h *handler) room() int { return heldBytes / int(max(1, h.sources.Load())) }

// busy says whether as many sources are open as may be; the caller holds the lock.
func (h *handler) busy() bool {
	n := 0
	for _, src := range h.open {
		if !src.loose {
			n++
		}
	}
	return n >= h.o.Streams
}

// progress is where a record's source is by the note that is committed with it, or by the record itself.
func (h *handler) progress(b *eos.Batch, tp kafkaops.TopicPartition, offset int64, s *job.State) (job.Progress, error) {
	text := b.Notes[tp]
	if h.notes != nil {
		text = h.notes.get(tp)
	}
	n, has, err := decodeNote(text)
	if err != nil {
		return job.Progress{}, err
	}
	if has && n == noteOf(offset, s, n.Progress) {
		return n.Progress, nil
	}
	return s.Resume, nil
}

// agree brings what is in hand of a source to where the note says it is; false when it can't be.
func (h *handler) agree(src *held, at job.Progress) bool {
	switch at {
	case src.now: // what was taken is stored
		h.stored(src, nil)
		return true
	case src.stored: // what was taken was aborted
		if len(src.taken) > 0 {
			src.untake(src.taken)
			src.taken, src.now = nil, src.stored
			h.again = true
		}
		return true
	}
	return false
}

func (h *handler) start(state job.State, at job.Progress) *stream {
	if err := h.may(&state); err != nil {
		return failedStream(state, at, err)
	}
	h.log.Info("reading source", "source", state.ID, "url", state.URL, "chunk", at.Index, "attempt", state.Attempt)
	return startStream(h.ctx, &h.running, &stream{
		job: h.o.Job, o: h.o.Source, state: state, begin: at, delay: h.o.Delay, most: h.room, wake: h.wake,
	})
}

// close lets go of a partition's source; the caller holds the lock.
func (h *handler) close(tp kafkaops.TopicPartition) {
	if src := h.open[tp]; src != nil {
		src.gone.Store(true)
		src.cancel()
		delete(h.open, tp)
		h.sources.Store(int64(len(h.open)))
	}
}

// assigned closes the sources of partitions that this worker has no more.
func (h *handler) assigned(tps []kafkaops.TopicPartition) {
	has := make(map[kafkaops.TopicPartition]bool, len(tps))
	for _, tp := range tps {
		has[tp] = true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for tp := range h.open {
		if !has[tp] {
			h.close(tp)
		}
	}
}

// committed is told that the transaction in hand is stored.
func (h *handler) committed(eos.Committed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, src := range h.hand {
		final, last := h.finished[src]
		if !last {
			h.stored(src, nil)
			continue
		}
		h.stored(src, &final)
		if h.open[src.tp] == src {
			h.close(src.tp)
		}
	}
	h.hand = h.hand[:0]
	clear(h.finished)
}

// stored notes that what was taken of a source is stored.
func (h *handler) stored(src *held, finished *job.State) {
	if len(src.taken) > 0 || finished != nil {
		h.count(src.taken, finished)
	}
	src.release(src.taken)
	src.taken, src.stored = nil, src.now
}

// opened is the sources that are being read, for who looks on.
func (h *handler) opened() []*stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*stream, 0, len(h.open))
	for _, src := range h.open {
		all = append(all, src.stream)
	}
	return all
}

// fail gives a source up, whose chunks in hand can't be stored.
func (src *held) fail(err error) {
	src.refuse(err)
	src.taken, src.now = nil, src.stored
}
