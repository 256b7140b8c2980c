package read

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read/source"
)

// heldBytes bounds the chunks that all streams of a worker hold, those of the transaction in hand included: twice what a transaction takes, so
// that reading goes on while one commits.
const heldBytes = 2 * transactionBytes

// stream is one source being read: a goroutine opens it and cuts chunks ahead, whoever stores them takes them.
type stream struct {
	job    *job.Job
	o      source.Options
	state  job.State // the record that asks for it
	begin  job.Progress
	delay  time.Duration
	most   func() int    // bytes of chunks held
	wake   chan struct{} // is told when there is something to take
	cancel context.CancelFunc

	mu         sync.Mutex
	room       chan struct{}
	ready      []chunk
	held       int // bytes of ready, and of those that were taken
	free       [][]byte
	full       bool // it waits for room
	ended      bool // nothing comes behind ready
	limited    bool // it ended since no more was wanted
	err        error
	read, size int64 // compressed
	rows       int64 // cut so far
	chunks     int64 // the same
	name       string
}

// startStream begins to read; the context ends it, and running waits for it.
func startStream(ctx context.Context, running *sync.WaitGroup, s *stream) *stream {
	s.room, s.size, s.name = make(chan struct{}, 1), -1, s.state.URL
	ctx, s.cancel = context.WithCancel(ctx)
	running.Go(func() {
		defer s.cancel()
		s.end(s.run(ctx))
	})
	return s
}

// failedStream is a source that can't even be opened.
func failedStream(state job.State, at job.Progress, err error) *stream {
	return &stream{
		state: state, begin: at, cancel: func() {}, room: make(chan struct{}, 1), wake: make(chan struct{}, 1), size: -1,
		name: state.URL, ended: true, err: err,
	}
}

func (s *stream) run(ctx context.Context) error {
	src, err := source.Open(ctx, s.state.URL, s.o)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.name, s.size = src.Name(), src.Size()
	s.mu.Unlock()
	splitter := job.NewSplitter(s.job.Format)
	rows := source.NewRows(ctx, src, splitter.Split, source.RowsOptions{})
	defer rows.Close()
	c := cutter{job: s.job, computes: s.job.Print(), state: &s.state, rows: rows, packer: job.NewPacker(s.job), buffer: s.buffer}
	if err := c.begin(ctx, s.begin); err != nil {
		return err
	}
	for {
		next, err := c.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if s.state.Limit > 0 && next.index >= s.state.Limit {
			s.mu.Lock()
			s.limited = true
			s.mu.Unlock()
			return nil
		}
		next.read, _ = src.Position()
		if !s.put(ctx, next) || !sleep(ctx, s.delay) {
			return context.Cause(ctx)
		}
	}
}

// put waits until there is room; false when the context ended first. One chunk always has room.
func (s *stream) put(ctx context.Context, c chunk) bool {
	for {
		s.mu.Lock()
		if s.ended {
			s.mu.Unlock()
			return false
		}
		if s.full = s.held > 0 && s.held+len(c.value) > s.most(); !s.full {
			s.ready, s.held = append(s.ready, c), s.held+len(c.value)
			s.read, s.rows, s.chunks = c.read, s.rows+int64(c.rows), s.chunks+1
			s.mu.Unlock()
			signal(s.wake)
			return true
		}
		s.mu.Unlock()
		signal(s.wake) // nobody needs to wait for more
		select {
		case <-s.room:
		case <-ctx.Done():
			return false
		}
	}
}

func (s *stream) end(err error) {
	s.mu.Lock()
	if !s.ended {
		s.ended, s.err = true, err
	}
	s.mu.Unlock()
	signal(s.wake)
}

// refuse ends it for a reason that lies behind it: what is ready is worth nothing.
func (s *stream) refuse(err error) {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.err, s.limited, s.ready = true, err, false, nil
}

// peek says whether a chunk is ready, and whether the source has ended.
func (s *stream) peek() (ready, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready) > 0, s.ended
}

// take returns the next chunk, if one is ready; idle says that none will be, unless chunks are released, or ever.
func (s *stream) take() (c chunk, ok, idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return chunk{}, false, s.ended || s.full
	}
	c, s.ready = s.ready[0], s.ready[1:]
	return c, true, false
}

// untake puts chunks back whose transaction was aborted.
func (s *stream) untake(chunks []chunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = append(append([]chunk(nil), chunks...), s.ready...)
}

// release takes the memory of stored chunks back.
func (s *stream) release(chunks []chunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range chunks {
		s.held -= len(c.value)
		s.free = append(s.free, c.value[:0])
	}
	signal(s.room)
}

// buffer is memory for a chunk.
func (s *stream) buffer() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	if s.job.Format.Kind == job.Fixed {
		return nil // packed rows are few bytes
	}
	return make([]byte, 0, s.job.Chunk.Bytes)
}

// final is the state of the source once it has ended, all its chunks up to p being stored.
func (s *stream) final(p job.Progress) job.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.at(p, job.Done)
	switch {
	case s.err != nil:
		out.Phase, out.Resume, out.Error = job.Failed, p, s.failure(p)
	case s.limited:
		out.Limited, out.Resume = true, p
	}
	return out
}

// reading is the state of the source in between.
func (s *stream) reading(p job.Progress, read int64) job.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.at(p, job.Reading)
	out.Read = read
	return out
}

func (s *stream) at(p job.Progress, phase job.SourcePhase) job.State {
	return job.State{
		Job: s.state.Job, ID: s.state.ID, URL: s.state.URL, Vars: s.state.Vars, Phase: phase, Attempt: s.state.Attempt, Limit: s.state.Limit,
		Chunks: p.Index, Rows: p.Rows, Bytes: p.Bytes, Read: s.read, Size: s.size,
	}
}

// failure says why and where. The URL has a place of its own, so the text is the cause's.
func (s *stream) failure(p job.Progress) *job.Failure {
	f := &job.Failure{Class: kafkaops.ClassOf(s.err), Text: s.err.Error(), URL: s.name, Position: p.Bytes}
	var op *kafkaops.OpError
	if errors.As(s.err, &op) && op.Err != nil {
		f.Text = op.Err.Error()
	}
	return f
}

// signal wakes the reader of c, who looks at what changed.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
