package eos_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func TestEachRecordIsProcessedOnceAndLagComesToZero(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 3, "in", "out")
	produce(t, c, names[0], 0, 1000)
	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a"}, copyTo(names[1]))
	r.await(t, "1000 records are committed", func() bool { return r.loop.State().Records == 1000 })
	produce(t, c, names[0], 1000, 500)
	r.await(t, "500 more are committed", func() bool { return r.loop.State().Records == 1500 })
	checkOnce(t, c, names[1], 1500)
	if n := lag(t, c, names[0], names[0]); n != 0 {
		t.Errorf("lag %d", n)
	}
	s := r.loop.State()
	if s.Phase != eos.Running || len(s.Partitions) != 3 || s.Commits == 0 || s.LastCommit.IsZero() {
		t.Errorf("state %+v", s)
	}
}

func TestLagComesToZeroBehindTransactionMarkers(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 1, "in", "out")
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{TransactionalID: "upstream-" + names[0]})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	go func() {
		for range p.Deliveries() {
		}
	}()
	must(t, p.InitTransactions(t.Context()))
	for i := range 3 { // the topic ends with two markers: of a commit and of an abort
		must(t, p.Begin(t.Context()))
		must(t, p.Send(t.Context(), []kafkaops.Record{{Topic: names[0], Partition: 0, Value: []byte("x")}}, int64(i)))
		must(t, p.Flush(t.Context()))
		if i < 2 {
			must(t, p.Commit(t.Context()))
		} else {
			must(t, p.Abort(t.Context()))
		}
	}
	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a"}, copyTo(names[1]))
	r.await(t, "the end is committed", func() bool { return lag(t, c, names[0], names[0]) == 0 && r.loop.State().Records == 2 })
	committed, err := c.Committed(t.Context(), names[0], nil)
	must(t, err)
	if at := committed[kafkaops.TopicPartition{Topic: names[0], Partition: 0}]; at != 6 {
		t.Errorf("committed %d, want 6: three records and three markers", at)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFailedBatchIsAbortedAndComesAgain(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 3, "in", "out")
	produce(t, c, names[0], 0, 300)
	var calls atomic.Int32
	copying := copyTo(names[1])
	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a"}, eos.HandlerFunc(
		func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			must(t, copying(ctx, b, tx))
			if _, err := tx.Deliver(ctx); err != nil { // stored, so that only the abort keeps it from readers
				return err
			}
			if calls.Add(1) <= 2 {
				return errors.New("boom")
			}
			return nil
		}))
	r.await(t, "all is committed", func() bool { return r.loop.State().Records == 300 })
	checkOnce(t, c, names[1], 300)
	if s := r.loop.State(); s.Aborts < 2 || s.LastError != "boom" {
		t.Errorf("state %+v", s)
	}
}

func TestTheHandlerSeesWhereItsRecordsWent(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 1, "in", "out")
	produce(t, c, names[0], 0, 10)
	offsets := make(chan int64, 100)
	copying := copyTo(names[1])
	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a"}, eos.HandlerFunc(
		func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			if err := copying(ctx, b, tx); err != nil {
				return err
			}
			out, err := tx.Deliver(ctx)
			for i, d := range out {
				if d.Index != int64(i) || d.Err != nil {
					t.Errorf("report %d: %+v", i, d)
				}
				offsets <- d.Offset
			}
			return err
		}))
	r.await(t, "10 records are committed", func() bool { return r.loop.State().Records == 10 })
	if len(offsets) != 10 {
		t.Errorf("%d reports, want 10", len(offsets))
	}
}

func TestMembersShareAndTakeOver(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 4, "in", "out")
	produce(t, c, names[0], 0, 500)
	o := eos.Options{Group: names[0], Topics: names[:1], SessionTimeout: 6 * time.Second}
	o.Slot = "a"
	a := start(t, c, o, copyTo(names[1]))
	a.await(t, "the first member has all partitions", func() bool { return len(a.loop.State().Partitions) == 4 })
	o.Slot = "b"
	b := start(t, c, o, copyTo(names[1]))
	both := func() bool { return len(a.loop.State().Partitions) == 2 && len(b.loop.State().Partitions) == 2 }
	for first := 500; !both(); first += 100 { // records keep coming while the group rebalances
		if first > 50_000 {
			t.Fatal("the partitions are not shared")
		}
		produce(t, c, names[0], first, 100)
		a.await(t, "all is committed", func() bool { return lag(t, c, names[0], names[0]) == 0 })
	}
	must(t, a.stop())
	b.await(t, "the second member has all", func() bool { return len(b.loop.State().Partitions) == 4 })
	seen := values(t, c, names[0])
	b.await(t, "all is committed", func() bool { return lag(t, c, names[0], names[0]) == 0 })
	checkOnce(t, c, names[1], len(seen))
}

func TestNewRefuses(t *testing.T) {
	good := eos.Options{Group: "g", Topics: []string{"a"}, Slot: "s"}
	cases := map[string]struct {
		change func(*eos.Options)
		class  kafkaops.Class
	}{
		"no group":            {func(o *eos.Options) { o.Group = "" }, kafkaops.Invalid},
		"no slot":             {func(o *eos.Options) { o.Slot = "" }, kafkaops.Invalid},
		"no topics":           {func(o *eos.Options) { o.Topics = nil }, kafkaops.Invalid},
		"topics and pattern":  {func(o *eos.Options) { o.Regex = "x.*" }, kafkaops.Invalid},
		"a topic not allowed": {func(o *eos.Options) { o.Allow = func(string) bool { return false } }, kafkaops.Unauthorised},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := good
			c.change(&o)
			if _, err := eos.New(nil, o, nil); kafkaops.ClassOf(err) != c.class || kafkaops.HintOf(err) == "" {
				t.Errorf("%v: class %q", err, kafkaops.ClassOf(err))
			}
		})
	}
}
