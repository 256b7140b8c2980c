package compute

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/job"
)

// chunkWork computes chunks, by several goroutines where there is enough to do. What they compute doesn't depend on who computes it: partial
// results can be merged in any order.
type chunkWork struct {
	job      *job.Job
	jobPrint string
	worker   string
	log      *slog.Logger
	most     int64 // dead letters of a batch; pacer sees to it that there are more only when rows turn bad all of a sudden
	hands    []*hand
	letters  atomic.Int64 // of the batch in hand
	told     string       // the print of another computation that was told of last
}

// shareBytes is what a goroutine is worth starting for.
const shareBytes = 256 << 10

func newChunkWork(o Options, program *job.Program) *chunkWork {
	w := &chunkWork{job: o.Job, jobPrint: o.Job.Print(), worker: o.Worker, log: o.Log, most: int64(4 * o.batch / letterBytes)}
	for i := range runtime.GOMAXPROCS(0) {
		if i > 0 {
			program = program.Fork()
		}
		w.hands = append(w.hands, newHand(w, program))
	}
	return w
}

// errTooMany has the batch done again in smaller ones.
var errTooMany = errors.New("too many rows can't be read to dead-letter them in one transaction: it is tried again with fewer chunks")

func (w *chunkWork) do(ctx context.Context, b *eos.Batch, out *output) error {
	w.letters.Store(0)
	bytes := 0
	for i := range b.Records {
		bytes += len(b.Records[i].Value)
	}
	n := max(1, min(len(w.hands), len(b.Records), 1+bytes/shareBytes))
	g, ctx := errgroup.WithContext(ctx)
	for i, h := range w.hands[:n] {
		first, end := i*len(b.Records)/n, (i+1)*len(b.Records)/n
		g.Go(func() error { return h.share(ctx, b, first, end) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, h := range w.hands[:n] {
		out.take(&h.out)
		w.tellForeign(h.foreign)
	}
	out.messages = int64(len(b.Records))
	return nil
}

// tellForeign says once, and loudly, that chunks are of another computation.
func (w *chunkWork) tellForeign(foreign *job.ChunkMeta) {
	if foreign == nil || foreign.Print == w.told {
		return
	}
	w.told = foreign.Print
	w.log.Error("chunks are of another job or of another version of this one: they go to the dead letters and will be missing in the answer",
		"chunk_job", foreign.Job, "chunk_print", foreign.Print, "print", w.jobPrint, "source", foreign.Source,
		"hint", "give readers and compute workers the same job file, and a changed job a name of its own")
}

// hand is what one goroutine computes with.
type hand struct {
	work    *chunkWork
	program *job.Program
	partial *job.Partial
	out     output
	foreign *job.ChunkMeta // one of those that are of another computation

	record int // in the batch, being computed
	alone  bool
	source string
	bury   func(row int64, line []byte, reason string) error
}

func newHand(w *chunkWork, program *job.Program) *hand {
	h := &hand{work: w, program: program, partial: job.NewPartial(program)}
	h.bury = h.buryRow
	return h
}

// share computes records [first, end) of the batch into one partial result.
func (h *hand) share(ctx context.Context, b *eos.Batch, first, end int) error {
	h.reset(len(b.Records) == 1)
	for i := first; i < end; i++ {
		bad, err := h.chunk(ctx, b, i)
		if err != nil {
			return err
		}
		if bad != nil { // it is in the partial result in part
			return h.oneByOne(ctx, b, first, end)
		}
	}
	if err := h.encode(); err != nil {
		return h.oneByOne(ctx, b, first, end)
	}
	return nil
}

// oneByOne gives each chunk a partial result of its own, so that one that is damaged spoils none but itself.
func (h *hand) oneByOne(ctx context.Context, b *eos.Batch, first, end int) error {
	h.reset(len(b.Records) == 1)
	for i := first; i < end; i++ {
		letters, lines := len(h.out.letters), len(h.out.lines)
		bad, err := h.chunk(ctx, b, i)
		if err != nil {
			return err
		}
		if bad == nil {
			bad = h.encode()
		}
		if bad != nil {
			h.out.letters, h.out.lines = h.out.letters[:letters], h.out.lines[:lines]
			h.buryChunk(i, h.source, bad)
		}
		h.partial.Reset()
	}
	return nil
}

func (h *hand) reset(alone bool) {
	h.out.reset()
	h.partial.Reset()
	h.foreign, h.alone = nil, alone
}

// chunk computes record i. bad: it is damaged, and the partial result worthless; what can be seen to be no chunk of this computation before
// is buried here.
func (h *hand) chunk(ctx context.Context, b *eos.Batch, i int) (bad, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &b.Records[i]
	header, ok := r.Header(job.ChunkHeader)
	if !ok {
		h.buryChunk(i, "", errors.New("it has no header "+job.ChunkHeader+", so it is no chunk"))
		return nil, nil
	}
	m, err := job.DecodeChunk(header)
	if err != nil {
		h.buryChunk(i, "", err)
		return nil, nil
	}
	h.record, h.source = i, m.Source
	switch bad = h.program.Chunk(m, r.Value, h.partial, h.bury); {
	case errors.Is(bad, errTooMany):
		return nil, bad
	case kafkaops.ClassOf(bad) == kafkaops.Conflict: // nothing of it was computed
		h.foreign = &m
		h.out.foreign++
		h.buryChunk(i, m.Source, bad)
		return nil, nil
	}
	return bad, nil
}

func (h *hand) buryRow(row int64, line []byte, reason string) error {
	if h.work.letters.Add(1) > h.work.most && !h.alone {
		return errTooMany
	}
	h.out.letters = append(h.out.letters, letter{record: h.record, source: h.source, row: row, line: h.out.keep(line), reason: reason})
	return nil
}

func (h *hand) buryChunk(record int, source string, why error) {
	h.out.deadMessages++
	h.out.letters = append(h.out.letters, letter{record: record, source: source, row: wholeRecord, reason: why.Error()})
}

// encode makes records of the partial result, if there is anything in it.
func (h *hand) encode() error {
	results, err := encode(h.partial, h.work.worker, &h.out)
	if err != nil {
		return err
	}
	if large(results) {
		h.partial = job.NewPartial(h.program)
	}
	return nil
}

func encode(partial *job.Partial, worker string, out *output) ([][]byte, error) {
	if partial.Empty() {
		return nil, nil
	}
	results, err := partial.Encode(worker)
	if err != nil {
		return nil, err
	}
	out.results = append(out.results, results...)
	out.count(partial)
	return results, nil
}

// large says that a partial result took so much memory that it isn't worth keeping for the next batch.
func large(results [][]byte) bool { return len(results) > 1 }
