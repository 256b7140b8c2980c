package read

import (
	"context"
	"sync"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// runAlone reads the sources without Kafka, one after the other.
func (r *Role) runAlone(ctx context.Context) error {
	for _, src := range r.o.Sources {
		state := job.State{Version: 1, Job: r.o.Job.Name, ID: src.ID, URL: src.URL, Vars: src.Vars, Phase: job.Pending, Limit: r.o.Chunks, Size: -1}
		if err := r.readAlone(ctx, state); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return r.book.failures(r.o.Job.Name)
}

// readAlone reads one source to its end; the error is of the output.
func (r *Role) readAlone(ctx context.Context, state job.State) error {
	ctx, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	wake := make(chan struct{}, 1)
	s := startStream(ctx, &running, &stream{job: r.o.Job, o: r.o.Source, state: state, delay: r.o.Delay, most: func() int { return heldBytes }, wake: wake})
	r.show(func() []*stream { return []*stream{s} })
	defer r.show(nil)
	var at job.Progress
	for {
		c, ok, _ := s.take()
		ready, ended := s.peek()
		switch {
		case ok:
			if r.o.WriteTo == Stdout {
				if _, err := r.o.Out.Write(c.value); err != nil {
					return kafkaops.NewError(kafkaops.Unavailable, "writing rows of", state.ID, "", err)
				}
			}
			at = c.after
			r.counts.add([]chunk{c}, nil)
			s.release([]chunk{c})
			continue
		case ended && !ready && ctx.Err() != nil:
			return nil
		case ended && !ready:
			final := s.final(at)
			r.counts.add(nil, &final)
			r.book.put(final)
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil
		}
	}
}
