package read

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/trace"
)

// Group is the consumer group that shares out the sources of a job.
func Group(jobName string) string { return "krapp-read-" + jobName }

// Role reads sources. New makes it.
type Role struct {
	o          Options
	now        func() time.Time
	book       *book
	counts     counts
	metrics    *metrics
	current    atomic.Pointer[eos.Loop] // the last membership's; nil: none yet
	partitions atomic.Int64             // of the chunks topic

	mu    sync.Mutex
	live  func() []*stream              // nil: none is read
	wrap  func(eos.Handler) eos.Handler // for tests: faults
	notes noteKeeper                    // for tests: see handler
}

// New checks the options and makes the role.
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Role{o: o, now: time.Now, book: newBook(o.Sources, o.Chunks)}
	if r.metrics, err = newMetrics(r); err != nil {
		return nil, err
	}
	return r, nil
}

// Name is "read".
func (r *Role) Name() string { return "read" }

// Run returns when every one of the sources is done or has failed, whoever read it, or when ctx ends; another start goes on then. Sources that
// failed are an error that names them with URL, position and cause; the others have been read all the same.
func (r *Role) Run(ctx context.Context, ready func()) error {
	telling, quiet := context.WithCancel(context.WithoutCancel(ctx))
	var g sync.WaitGroup
	g.Go(func() { r.tell(telling) })
	defer g.Wait()
	defer quiet()
	ready = sync.OnceFunc(ready)
	if r.o.WriteTo != Kafka {
		ready()
		return r.runAlone(ctx)
	}
	if err := r.patiently(ctx, func() error { return EnsureTopics(ctx, r.o.Client, r.o.Job) }); err != nil || ctx.Err() != nil {
		return err
	}
	registrar := registrar{client: r.o.Client, job: r.o.Job, worker: r.o.Worker, now: r.now, log: r.o.Log}
	for again := true; ; again = false { // more than once where others want less of a source than this one does
		upTo, err := registrar.register(ctx, r.book, again)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if r.book.settled() {
			ready()
			return r.book.failures(r.o.Job.Name)
		}
		if err := r.share(ctx, upTo, ready); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// patiently tries again what brokers that are away, or just coming back, keep from being done; at most as often as registering does.
func (r *Role) patiently(ctx context.Context, do func() error) error {
	wait := 100 * time.Millisecond
	for try := 1; ; try++ {
		err := do()
		switch kafkaops.ClassOf(err) {
		case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut, kafkaops.Conflict:
		default:
			return err
		}
		if try == registerTries {
			return err
		}
		r.o.Log.Warn("trying again", "error", err.Error(), "retry_in", wait)
		if !sleep(ctx, wait) {
			return nil
		}
		wait = min(2*wait, registerWait)
	}
}

// share is one membership of the group: it lasts until all sources are final.
func (r *Role) share(ctx context.Context, upTo kafkaops.Offsets, ready func()) error {
	err := r.patiently(ctx, func() error {
		n, err := partitionsOf(ctx, r.o.Client, r.o.Job.ChunksTopic())
		r.partitions.Store(int64(n))
		return err
	})
	if err != nil || ctx.Err() != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	count := func(chunks []chunk, finished *job.State) {
		r.counts.add(chunks, finished)
		if finished != nil {
			if r.book.put(*finished); r.book.settled() {
				stop() // the topic would say so too, a little later
			}
		}
	}
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx)) // they go on until the last transaction has ended
	h := &handler{
		o: &r.o, may: r.o.may, partitions: func() int { return int(r.partitions.Load()) }, now: r.now, count: count, ctx: streams,
		wake: make(chan struct{}, 1), log: r.o.Log, notes: r.notes, open: make(map[kafkaops.TopicPartition]*held),
	}
	defer h.running.Wait()
	defer endStreams()
	r.show(h.opened)
	defer r.show(nil)
	loop, err := r.loop(h)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer stop()
		return loop.Run(ctx, ready)
	})
	g.Go(func() error {
		defer stop()
		return r.watch(ctx, upTo)
	})
	g.Go(func() error {
		r.countPartitions(ctx)
		return nil
	})
	return g.Wait()
}

// loop is the loop of the group. Chunks of packed columns are small and those of whole rows text: lz4 costs little of either.
func (r *Role) loop(h *handler) (*eos.Loop, error) {
	var handler eos.Handler = h
	if r.wrap != nil {
		handler = r.wrap(h)
	}
	loop, err := eos.New(r.o.Client, eos.Options{
		Group: Group(r.o.Job.Name), Topics: []string{r.o.Job.SourcesTopic()}, Slot: r.o.Slot,
		SessionTimeout: r.o.SessionTimeout, StopTimeout: r.o.StopTimeout, BatchTime: between, BatchRecords: 1000,
		Due: h.due, MaxCost: r.o.Streams, OneByOne: true,
		Compression: "lz4", ReadAhead: 1 << 20, QueueBytes: 8 << 20,
		OnCommit: func(c eos.Committed) {
			h.committed(c)
			r.metrics.committed(c.Took)
		},
		OnAssigned: h.assigned, Observe: trace.Transaction, Log: r.o.Log,
	}, handler)
	r.current.Store(loop)
	return loop, err
}

// state is how the loop is doing, for the metrics.
func (r *Role) state() (s eos.State) {
	if loop := r.current.Load(); loop != nil {
		s = loop.State()
	}
	return s
}

// watch follows the sources topic until all that is wanted is final.
func (r *Role) watch(ctx context.Context, from kafkaops.Offsets) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	from = from.Clone()
	wait := 100 * time.Millisecond
	for ctx.Err() == nil && !r.book.settled() {
		err := r.o.Client.Follow(ctx, []string{r.o.Job.SourcesTopic()}, from, func(recs []kafkaops.Record) error {
			for i := range recs {
				r.book.note(r.o.Job.Name, recs[i].Value)
				from[recs[i].TopicPartition()] = recs[i].Offset + 1
			}
			if r.book.settled() {
				enough()
			}
			return nil
		})
		switch kafkaops.ClassOf(err) {
		case "":
		case kafkaops.Unauthorised, kafkaops.Unauthenticated, kafkaops.NotFound:
			return err
		default:
			r.o.Log.Warn("following the sources", "error", err.Error())
			sleep(ctx, wait)
			wait = min(2*wait, 5*time.Second)
		}
	}
	return nil
}

// countPartitions looks for partitions of the chunks topic that are added.
func (r *Role) countPartitions(ctx context.Context) {
	for sleep(ctx, 2*time.Second) {
		n, err := partitionsOf(ctx, r.o.Client, r.o.Job.ChunksTopic())
		if err == nil && int64(n) > r.partitions.Load() {
			r.o.Log.Info("chunks have more partitions now", "partitions", n)
			r.partitions.Store(int64(n))
		}
	}
}

// show says which streams are being read.
func (r *Role) show(live func() []*stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = live
}

func (r *Role) reading() []*stream {
	r.mu.Lock()
	live := r.live
	r.mu.Unlock()
	if live == nil {
		return nil
	}
	return live()
}
