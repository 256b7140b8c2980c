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
	note      string   // committed
	output    []string // committed
	producers int      // made
	plan      map[string][]func(commit func()) error
	assign    func([]kafkaops.TopicPartition)
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

// failAt orders the same of a later call: after so many that do what they should.
func (f *fake) failAt(call string, after int, do func(commit func()) error) {
	for range after {
		f.fail(call, func(commit func()) error { commit(); return nil })
	}
	f.fail(call, do)
}

// grow adds records while the loop works.
func (f *fake) grow(to int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = to
}

func (f *fake) end() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(f.records)
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
	f.assign, f.revoke = assigned, revoked
	return &fakeMember{func() { assigned([]kafkaops.TopicPartition{f.tp}) }}, nil
}

type fakeMember struct{ join func() }

func (m *fakeMember) serve(ctx context.Context) error { m.join(); <-ctx.Done(); return nil }
func (m *fakeMember) close(context.Context) error     { return nil }

func (f *fake) start(context.Context, []kafkaops.TopicPartition) (kafkaops.Commits, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return kafkaops.Commits{f.tp: {Offset: max(0, f.committed), Note: f.note}}, nil
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
	end := s.f.end()
	if !placed || at >= end {
		sleep(ctx, wait)
		return failed
	}
	first := len(into.Records)
	for n := 0; at < end && n < 3; n++ { // three at a time
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
	at      kafkaops.Commit
	got     []kafkaops.Delivery
}

func (p *fakeProducer) begin(context.Context) error {
	return p.f.call("begin", func() { p.pending, p.at, p.got = nil, kafkaops.Commit{Offset: kafkaops.NoOffset}, nil })
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

func (p *fakeProducer) sendOffsets(_ context.Context, c kafkaops.Commits) error {
	return p.f.call("offsets", func() { p.at = c[p.f.tp] })
}

func (p *fakeProducer) commit(context.Context) error {
	return p.f.call("commit", func() {
		p.f.output = append(p.f.output, p.pending...)
		if p.at.Offset >= p.f.committed {
			p.f.committed, p.f.note = p.at.Offset, p.at.Note
		}
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
	return f.processAs(t, Options{}, h)
}

// processAs is process with more options.
func (f *fake) processAs(t *testing.T, o Options, h Handler) (*Loop, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // of the bubble's clock
	defer cancel()
	o.Group, o.Slot, o.Topics, o.BatchTime = "g", "s", []string{"t"}, time.Millisecond
	o.OnCommit = func(Committed) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.committed == int64(f.records) {
			cancel()
		}
	}
	o, err := o.withDefaults()
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
