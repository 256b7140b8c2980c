// Package launch starts a run: it registers it, and sends its messages from this process or hands them to the produce workers. The console
// and krapp doit do it by the same code.
package launch

import (
	"context"
	"errors"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
)

// cancelLimit bounds the note that a run was cancelled, and closeLimit the producer's end: nobody waits long after Ctrl-C.
const (
	cancelLimit = 3 * time.Second
	closeLimit  = 2 * time.Second
)

// Launch is one run to be started.
type Launch struct {
	Client *rdkafka.Client
	Spec   roundtrip.Spec
	// Registered is told of the run before its first message is sent; nil: nobody is.
	Registered func(roundtrip.Run)
	// Progress is told about each second how far sending is; nil: nobody is.
	Progress func(send.Progress)
}

// Run registers and sends, and returns when the outcome of every message is known; for workers, when all is handed to them. When ctx ends
// meanwhile the run is cancelled, so that whoever judges it knows that nothing more will come.
func (l Launch) Run(ctx context.Context) (roundtrip.Run, error) {
	var lines *roundtrip.Lines
	if l.Spec.File != "" {
		var err error
		if lines, err = roundtrip.OpenLines(l.Spec.File); err != nil {
			return roundtrip.Run{}, err
		}
		defer lines.Close() // only read from
		l.Spec.Count = lines.Count()
	}
	var producer *rdkafka.Producer
	if l.Spec.Sender != roundtrip.SendWorkers { // before the run is registered: it may take half a second to be ready, which it has meanwhile
		var err error
		if producer, err = l.Client.NewProducer(ctx, rdkafka.ProducerOptions{Linger: linger(l.Spec)}); err != nil {
			return roundtrip.Run{}, err
		}
		defer closed(ctx, producer)
	}
	run, err := roundtrip.Register(ctx, l.Client, l.Spec)
	if err != nil {
		return run, err
	}
	if l.Registered != nil {
		l.Registered(run)
	}
	if run.Sender == roundtrip.SendWorkers {
		err = l.enqueue(ctx, run, lines)
	} else {
		err = send.Send(ctx, l.Client, producer, run, l.Progress)
	}
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return run, errors.Join(ctx.Err(), l.cancel(ctx, run))
	}
	return run, err
}

func (l Launch) enqueue(ctx context.Context, run roundtrip.Run, lines *roundtrip.Lines) error {
	if lines == nil { // a nil pointer in an interface would not be nil
		return send.Enqueue(ctx, l.Client, run, nil, l.Progress)
	}
	return send.Enqueue(ctx, l.Client, run, lines, l.Progress)
}

// linger leaves it to the sender of a paced run to make batches: it sends in pulses.
func linger(s roundtrip.Spec) time.Duration {
	if s.Rate > 0 {
		return 2 * time.Millisecond
	}
	return 0
}

// closed closes a producer with which nothing is left to do: every outcome is known and reported.
func closed(ctx context.Context, producer *rdkafka.Producer) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	_ = producer.Close(limit)
}

func (l Launch) cancel(ctx context.Context, run roundtrip.Run) error {
	limit, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelLimit)
	defer stop()
	if err := roundtrip.Cancel(limit, l.Client, run.ID); err != nil {
		return kafkaops.NewError(kafkaops.ClassOf(err), "cancelling run", run.ID, "See krapp isdone "+run.ID+".", err)
	}
	return nil
}
