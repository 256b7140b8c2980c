package eos_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const limit = 60 * time.Second

// connect returns a client that is closed with the test.
func connect(t testing.TB, brokers []string) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: brokers}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newTopics creates topics with names of their own and returns the names.
func newTopics(t testing.TB, c *rdkafka.Client, partitions int, names ...string) []string {
	t.Helper()
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%s-%d", n, time.Now().UnixNano())
		if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: out[i], Partitions: partitions, ReplicationFactor: -1}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// produce stores n records with the numbers first to first+n-1 as values.
func produce(t testing.TB, c *rdkafka.Client, topic string, first, n int) {
	t.Helper()
	recs := make([]kafkaops.Record, n)
	for i := range recs {
		s := fmt.Sprint(first + i)
		recs[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(s), Value: []byte(s)}
	}
	out, err := c.ProduceSync(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out {
		if d.Err != nil {
			t.Fatal(d.Err)
		}
	}
}

// values counts the values that a read-committed reader sees in a topic.
func values(t testing.TB, c *rdkafka.Client, topic string) map[string]int {
	t.Helper()
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	_, err = c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			seen[string(b.Value(i))]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// faults says how the values differ from each of the numbers 0 to n-1 once.
func faults(seen map[string]int, n int) (missing, doubled int) {
	for i := range n {
		switch k := seen[fmt.Sprint(i)]; {
		case k == 0:
			missing++
		case k > 1:
			doubled++
		}
	}
	return missing, doubled
}

// checkOnce waits until the topic shows every number below n, each once. A commit is known to the one who committed a moment before the
// markers in every partition let readers see it.
func checkOnce(t testing.TB, c *rdkafka.Client, topic string, n int) {
	t.Helper()
	over := time.After(limit)
	for {
		missing, doubled := faults(values(t, c, topic), n)
		switch {
		case doubled > 0:
			t.Fatalf("of %d records %d are there more than once", n, doubled)
		case missing == 0:
			return
		}
		select {
		case <-over:
			t.Fatalf("of %d records %d are missing", n, missing)
		default:
		}
	}
}

// copyTo is a handler that copies every record to another topic.
func copyTo(topic string) eos.HandlerFunc {
	return func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
		out := make([]kafkaops.Record, len(b.Records))
		for i, r := range b.Records {
			out[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value}
		}
		return tx.Produce(ctx, out)
	}
}

// running is a loop at work.
type running struct {
	loop  *eos.Loop
	stop  func() error // waits for the end
	moved chan struct{}
}

// start runs a loop until the test ends.
func start(t testing.TB, c *rdkafka.Client, o eos.Options, h eos.Handler) *running {
	t.Helper()
	r := &running{moved: make(chan struct{}, 1)}
	onCommit := o.OnCommit
	o.OnCommit = func(done eos.Committed) {
		if onCommit != nil {
			onCommit(done)
		}
		select {
		case r.moved <- struct{}{}:
		default:
		}
	}
	loop, err := eos.New(c, o, h)
	if err != nil {
		t.Fatal(err)
	}
	r.loop = loop
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx, func() {}) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return r
}

// await waits until a condition holds, looking again after each commit and now and then.
func (r *running) await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	over := time.After(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-r.moved:
		case <-tick.C:
		case <-over:
			t.Fatalf("not within %s: %s; state %+v", limit, what, r.loop.State())
		}
	}
}

// lag adds the group's lag up over a topic.
func lag(t testing.TB, c *rdkafka.Client, group, topic string) int64 {
	t.Helper()
	for over := time.Now().Add(limit); ; {
		n, err := lagNow(t.Context(), c, group, topic)
		switch kafkaops.ClassOf(err) {
		case kafkaops.Unavailable, kafkaops.Unreachable, kafkaops.TimedOut: // brokers that were killed are coming back
			if time.Now().Before(over) {
				continue
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func lagNow(ctx context.Context, c *rdkafka.Client, group, topic string) (int64, error) {
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, topic)
	if err != nil {
		return 0, err
	}
	committed, err := c.Committed(ctx, group, extents.Partitions())
	if err != nil {
		return 0, err
	}
	n, _ := kafkaops.TotalLag(kafkaops.LagOf(extents, committed))
	return n, nil
}
