package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// fake is a cluster with one topic of two partitions and a group that has committed as told.
type fake struct {
	mu        sync.Mutex
	ends      [2]int64
	committed [2]int64
	down      error
	calls     map[string]int
}

func newFake() *fake { return &fake{calls: map[string]int{}} }

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) called(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

func (f *fake) call(name string) error {
	f.calls[name]++
	return f.down
}

func (f *fake) Cluster(context.Context) (kafkaops.Cluster, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return kafkaops.Cluster{Brokers: []kafkaops.Broker{{ID: 1, Host: "127.0.0.1", Port: 41873}}}, f.call("Cluster")
}

func (f *fake) TopicExtents(_ context.Context, _ kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := kafkaops.Extents{}
	for p, end := range f.ends {
		x[kafkaops.TopicPartition{Topic: topics[0], Partition: int32(p)}] = kafkaops.Extent{End: end}
	}
	return x, f.call("TopicExtents")
}

func (f *fake) Ends(_ context.Context, _ kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ends := kafkaops.Offsets{}
	for _, tp := range tps {
		ends[tp] = f.ends[tp.Partition]
	}
	return ends, f.call("Ends")
}

func (f *fake) Lag(_ context.Context, _ string) ([]kafkaops.Lag, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, c := kafkaops.Extents{}, kafkaops.Offsets{}
	for p := range f.ends {
		tp := kafkaops.TopicPartition{Topic: "stream", Partition: int32(p)}
		x[tp], c[tp] = kafkaops.Extent{End: f.ends[p]}, f.committed[p]
	}
	return kafkaops.LagOf(x, c), f.call("Lag")
}

func (f *fake) Tail(_ context.Context, topics []string, n int) ([]kafkaops.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []kafkaops.Record
	for p, end := range f.ends {
		for o := max(0, end-int64(n)); o < end; o++ {
			all = append(all, kafkaops.Record{Topic: topics[0], Partition: int32(p), Offset: o})
		}
	}
	slices.Reverse(all)
	return all[:min(n, len(all))], f.call("Tail")
}

var errDown = kafkaops.NewError(kafkaops.Unreachable, "describing cluster", "127.0.0.1:41873", "", errors.New("connection refused"))

// book is a ledger that says what it is told.
type book struct {
	mu    sync.Mutex
	runs  []roundtrip.Judgement
	err   error
	calls int
	tick  bool // says something else each time
}

func (b *book) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *book) called() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

func (b *book) Refresh(context.Context) ([]roundtrip.Judgement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	out := slices.Clone(b.runs)
	for i := range out {
		out[i].At = time.Now() // always another moment
		if b.tick {
			out[i].Said = out[i].At.String()
		}
	}
	return out, b.err
}

func run(id, topic, group string, v roundtrip.Verdict, final bool) roundtrip.Judgement {
	r := roundtrip.Run{ID: id}
	r.Topic, r.Evidence.Group = topic, group
	return roundtrip.Judgement{Run: r, Verdict: v, Final: final}
}
