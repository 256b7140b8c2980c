package eos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// fake is a cluster in memory whose transactional calls fail on order. It keeps to the rules that count: what a transaction produced and the
// offsets it was given become visible together, or not at all.
type fake struct {
	tp      kafkaops.TopicPartition
	records int // 0 to records-1 are in the partition

	mu        sync.Mutex
	committed int64
	output    []string // committed
	producers int      // made
	plan      map[string][]func(commit func()) error
	revoke    func([]kafkaops.TopicPartition)
	readers   map[kafkaops.TopicPartition]int64
}

func newFake(records int) *fake {
	return &fake{
		tp: kafkaops.TopicPartition{Topic: "t"}, records: records, committed: kafkaops.NoOffset,
		plan: map[string][]func(func()) error{}, readers: map[kafkaops.TopicPartition]int64{},
	}
}

// fail orders the next call of that name to do something else. commit does what the call should have done.
func (f *fake) fail(call string, do func(commit func()) error) {
	f.plan[call] = append(f.plan[call], do)
}

// call runs a call, or what was ordered in its place.
func (f *fake) call(name string, do func()) error {
	f.mu.Lock()
	var order func(func()) error
	if left := f.plan[name]; len(left) > 0 {
		order, f.plan[name] = left[0], left[1:]
	}
	f.mu.Unlock()
	locked := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		do()
	}
	if order != nil {
		return order(locked)
	}
	locked()
	return nil
}

func (f *fake) join(_ context.Context, assigned, revoked, _ func([]kafkaops.TopicPartition)) (member, error) {
	f.revoke = revoked
	return &fakeMember{func() { assigned([]kafkaops.TopicPartition{f.tp}) }}, nil
}

type fakeMember struct{ join func() }

func (m *fakeMember) serve(ctx context.Context) error { m.join(); <-ctx.Done(); return nil }
func (m *fakeMember) close(context.Context) error     { return nil }

func (f *fake) start(context.Context, []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return kafkaops.Offsets{f.tp: max(0, f.committed)}, nil
}

func (f *fake) source(context.Context) (source, func(), error) { return &fakeSource{f}, func() {}, nil }

type fakeSource struct{ f *fake }

func (s *fakeSource) place(from kafkaops.Offsets) error {
	for tp, at := range from {
		s.f.readers[tp] = at
	}
	return nil
}

func (s *fakeSource) remove(tps ...kafkaops.TopicPartition) {
	for _, tp := range tps {
		delete(s.f.readers, tp)
	}
}

func (s *fakeSource) read(ctx context.Context, wait time.Duration, into *Batch) error {
	var failed error
	if err := s.f.call("read", func() {}); err != nil {
		failed = err
	}
	at, placed := s.f.readers[s.f.tp]
	if !placed || at >= int64(s.f.records) {
		sleep(ctx, wait)
		return failed
	}
	first := len(into.Records)
	for n := 0; at < int64(s.f.records) && n < 3; n++ { // three at a time
		into.Records = append(into.Records, kafkaops.Record{Topic: "t", Offset: at, Value: into.hold([]byte(fmt.Sprint(at)))})
		at++
	}
	into.Runs = append(into.Runs, Stretch{s.f.tp, first, len(into.Records) - 1})
	s.f.readers[s.f.tp] = at
	return failed
}

func (f *fake) producer(context.Context, member) (producer, error) {
	if err := f.call("init", func() { f.producers++ }); err != nil {
		return nil, err
	}
	return &fakeProducer{f: f}, nil
}

type fakeProducer struct {
	f       *fake
	pending []string
	offset  int64
	got     []kafkaops.Delivery
}

func (p *fakeProducer) begin(context.Context) error {
	return p.f.call("begin", func() { p.pending, p.offset, p.got = nil, kafkaops.NoOffset, nil })
}

func (p *fakeProducer) send(_ context.Context, recs []kafkaops.Record) error {
	for i := range recs {
		p.got = append(p.got, kafkaops.Delivery{Index: int64(len(p.pending))})
		p.pending = append(p.pending, string(recs[i].Value))
	}
	return nil
}

func (p *fakeProducer) reports() []kafkaops.Delivery {
	got := p.got
	p.got = nil
	return got
}

func (p *fakeProducer) changed() <-chan struct{} { return nil }

func (p *fakeProducer) sendOffsets(_ context.Context, o kafkaops.Offsets) error {
	return p.f.call("offsets", func() { p.offset = o[p.f.tp] })
}

func (p *fakeProducer) commit(context.Context) error {
	return p.f.call("commit", func() {
		p.f.output = append(p.f.output, p.pending...)
		p.f.committed = max(p.f.committed, p.offset)
	})
}

func (p *fakeProducer) abort(context.Context) error { return p.f.call("abort", func() {}) }
func (p *fakeProducer) close(context.Context)       {}

// txError is a transactional failure as rdkafka gives it.
func txError(class kafkaops.Class, kind rdkafka.TxKind) error {
	return kafkaops.NewError(class, "committing", "", "", &rdkafka.TxError{Kind: kind, Err: errors.New(string(kind))})
}

// process runs a loop that copies until everything is committed or Run ends.
func (f *fake) process(t *testing.T, h Handler) (*Loop, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o, err := Options{Group: "g", Slot: "s", Topics: []string{"t"}, BatchTime: time.Millisecond, OnCommit: func(Committed) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.committed == int64(f.records) {
			cancel()
		}
	}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if h == nil {
		h = HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error { return tx.Produce(ctx, b.Records) })
	}
	l := &Loop{o: o, cluster: f, handler: h}
	return l, l.Run(ctx, func() {})
}

// once says whether the output is each record once, in order.
func (f *fake) once() bool {
	if len(f.output) != f.records {
		return false
	}
	for i, v := range f.output {
		if v != fmt.Sprint(i) {
			return false
		}
	}
	return true
}
