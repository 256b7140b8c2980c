package learn

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Learner reads topics into an index. Run it once; all other methods may be called at any time, from any goroutine.
type Learner struct {
	o     Options
	match matcher
	x     atomic.Pointer[index.Index]
	jobs  chan job      // to whoever feeds the index; bounded, so that reading waits for it
	poke  chan struct{} // look at the topics now
	aged  time.Time     // when age did its work last; of tend
	ran   atomic.Bool

	// step is held while a batch is learned, a topic forgotten or a snapshot cut, by one after the other. It is locked before mu.
	step   sync.Mutex
	epoch  int64         // under step: counts the topics forgotten. What was read before is no longer what is wanted
	cutAt  int64         // under step: the stand of the last snapshot
	torn   bool          // under step: something that was mined never went to the index
	saving chan struct{} // room for one snapshot that is being made

	mu       sync.Mutex // of all below; held for moments. The miner is changed under step and mu, and read under either
	miner    *template.Miner
	parts    map[kafkaops.TopicPartition]*part
	ids      map[string]string // topic IDs
	newest   int64             // timestamp, ms
	looked   bool              // the topics have been looked at
	faults   faults
	notes    notes
	since    time.Time
	state    seer.State
	progress chan struct{} // closed when the index has learned more
}

// part is how far a partition has been learned.
type part struct {
	next    int64 // behind what was read and mined
	learned int64 // behind what can be found
	start   int64
	end     int64 // as last seen; -1: not known
	reading bool
}

// New checks the options. Errors are of class Invalid.
func New(o Options) (*Learner, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	m, err := newMatcher(&o)
	if err != nil {
		return nil, err
	}
	x, err := index.New(o.Index)
	if err != nil {
		return nil, err
	}
	l := &Learner{
		o: o, match: m, jobs: make(chan job, 4), poke: make(chan struct{}, 1), saving: make(chan struct{}, 1), state: seer.Starting, since: o.Now(),
		miner: template.New(o.Templates), parts: map[kafkaops.TopicPartition]*part{}, ids: map[string]string{}, progress: make(chan struct{}),
	}
	l.x.Store(x)
	return l, nil
}

// Run learns until the context ends, then writes a last snapshot and returns nil. ready, which may be nil, is called when questions can be
// answered: from the snapshot at first.
func (l *Learner) Run(ctx context.Context, ready func()) error {
	if l.ran.Swap(true) {
		return kafkaops.Errorf(kafkaops.Conflict, "starting the learner", "", "", "it has been started before")
	}
	l.load()
	machine, err := l.newReader(ctx, false)
	if err != nil {
		return endOf(ctx, err)
	}
	defer machine.r.Close()
	texts, err := l.newReader(ctx, true)
	if err != nil {
		return endOf(ctx, err)
	}
	defer texts.r.Close()
	if ready != nil {
		ready()
	}
	feeding, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		l.feed(feeding)
	}()
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return machine.run(inner) })
	group.Go(func() error { return texts.run(inner) })
	group.Go(func() error { return l.tend(inner, machine, texts) })
	group.Go(func() error { return l.saveNowAndThen(inner) })
	err = group.Wait()
	l.finish(stop, fed)
	return endOf(ctx, err)
}

// stopLimit is how long the end waits for what has been read to be indexed and saved.
const stopLimit = 5 * time.Second

// finish has what was read indexed and a snapshot written, unless that takes too long: then the one before counts.
func (l *Learner) finish(stop func(), fed <-chan struct{}) {
	limit, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	select {
	case l.saving <- struct{}{}:
		l.cut(limit)
	case <-limit.Done():
	}
	close(l.jobs)
	select {
	case <-fed:
	case <-limit.Done():
		stop()
		<-fed
	}
	select { // the file must not be written on after the end
	case l.saving <- struct{}{}:
	case <-limit.Done():
	}
}

// endOf turns the end of the context into the clean end that was asked for.
func endOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // see above
	}
	return err
}

// newReader makes one of the two readers: only that of texts reads headers, which cost as much as all the rest.
func (l *Learner) newReader(ctx context.Context, texts bool) (*reader, error) {
	r, err := l.o.Client.Reader(ctx, rdkafka.ReaderOptions{
		Isolation: kafkaops.ReadCommitted, NoHeaders: !texts, MaxBatch: 5000, Wait: 500 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	return &reader{l: l, r: r, texts: texts}, nil
}
