package compute

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/measure"
	"github.com/krapp-io/krapp/worker/trace"
)

// Role computes. New makes it.
type Role struct {
	o         Options
	processor *processor
	loop      *eos.Loop
	topics    awaited
}

// New checks the options and makes the role. The errors are invalid (no client, a broken glob, a job that doesn't compile) or conflict (its
// metrics are registered already).
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Role{o: o, processor: &processor{o: o, book: deadletter.NewBook(o.Client), said: complaints{log: o.Log, now: time.Now}}}
	r.processor.doubt = append(r.processor.doubt, r.processor.book.Forget) // a topic may have been deleted
	loop, err := r.employ()
	if err != nil {
		return nil, err
	}
	var handler eos.Handler = r.processor
	if o.wrap != nil {
		handler = o.wrap(handler)
	}
	if r.loop, err = eos.New(o.Client, loop, handler); err != nil {
		return nil, err
	}
	if r.processor.meter, err = newMeter(o); err != nil {
		return nil, err
	}
	return r, r.register()
}

// register has the role's numbers among the metrics.
func (r *Role) register() error {
	if r.o.Registry == nil {
		return nil
	}
	dead := func() int64 {
		n := r.processor.totals()
		return n.dead + n.deadMessages
	}
	for _, c := range []prometheus.Collector{
		newCollector(r), measure.Loop(r.Name(), r.o.group(), r.loop.State), measure.DeadLetters(r.Name(), r.o.group(), dead),
	} {
		if err := r.o.Registry.Register(c); err != nil {
			return kafkaops.NewError(kafkaops.Conflict, "registering metrics of", r.Name(), "", err)
		}
	}
	return nil
}

// employ makes what computes the job, and says how it is to be fed.
func (r *Role) employ() (eos.Options, error) {
	o := r.o
	loop := eos.Options{
		Group: o.group(), Topics: o.inputs(), Slot: o.Slot, SessionTimeout: o.SessionTimeout, StopTimeout: o.StopTimeout,
		Allow:     func(topic string) bool { return !worker.Internal(topic) },
		ReadAhead: aheadBytes, QueueBytes: queueBytes,
		OnCommit:   r.processor.committed,
		Observe:    trace.Transaction,
		OnAssigned: func([]kafkaops.TopicPartition) { r.processor.book.Forget() },
		Log:        o.Log,
	}
	program, err := job.Compile(o.Job)
	if err != nil {
		return loop, err
	}
	if o.Job.Stream != nil {
		routes, err := newRoutes(o)
		if err != nil {
			return loop, err
		}
		if routes != nil {
			r.processor.doubt = append(r.processor.doubt, routes.doubt)
		}
		r.processor.work = newStreamWork(o, program, routes)
		loop.BatchTime, loop.BatchBytes, loop.BatchRecords = min(o.BatchTime, streamTime), streamBytes, streamBatch(o.Job)
	} else {
		r.processor.work = newChunkWork(o, program)
		loop.BatchTime, loop.BatchBytes, loop.BatchRecords = chunkTime, readBytes/2, o.holds()
	}
	if o.Job.Stream == nil || o.Delay > 0 {
		r.processor.pace = newPacer(o)
		r.processor.doubt = append(r.processor.doubt, r.processor.pace.doubt)
		loop.Due, loop.MaxCost = r.processor.pace.due, o.batch
	}
	if o.Delay > 0 {
		loop.BatchTime, loop.BatchRecords = o.BatchTime, min(loop.BatchRecords, o.holds())
	}
	return loop, nil
}

const (
	queueBytes = 16 << 20 // produced and not acknowledged
	// With Due, the loop takes records in, and hands them out at its next turn: this is the usual time between two transactions.
	chunkTime  = eos.DefaultBatchTime / 2
	streamTime = 100 * time.Millisecond // a stream's records are taken as they come, so this bounds how many a second
)

// Name is "compute".
func (r *Role) Name() string { return "compute" }

// State says how the role's loop is doing.
func (r *Role) State() eos.State { return r.loop.State() }

// Reason says which topic the role waits for before it can start, or "".
func (r *Role) Reason() string { return r.topics.reason() }

// Run waits for the job's topics, then computes until ctx ends. It is ready when it computes, or when there is nothing to compute yet.
func (r *Role) Run(ctx context.Context, ready func()) error {
	if r.o.WriteTo != Kafka {
		r.o.Log.Info("a trial: nothing goes into the job's results", "write_to", string(r.o.WriteTo), "group", r.o.group())
	}
	ready = sync.OnceFunc(ready)
	if err := r.topics.await(ctx, r.o, ready); err != nil || ctx.Err() != nil {
		return err
	}
	return r.loop.Run(ctx, ready)
}
