package exact

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer/ask/route"
)

var _ Reader = (*rdkafka.Client)(nil)

var epoch = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// world is a topic with random records in it, and what a reader must see of them.
type world struct {
	rng  *rand.Rand
	c    *rdkafka.Client
	seen []kafkaops.Record // committed, without offsets
}

const topic = "mixed"

func (w *world) record() kafkaops.Record {
	r := kafkaops.Record{
		Topic: topic, Partition: int32(w.rng.IntN(3)), Timestamp: epoch.Add(time.Duration(w.rng.IntN(3_600_000)) * time.Millisecond), // in no order
		Key: fmt.Appendf(nil, "key-%d", w.rng.IntN(40)),
	}
	switch w.rng.IntN(20) {
	case 0:
		r.Value = nil
	case 1:
		r.Value = []byte(`{"amount": 12, "status": "declined"`) // torn
	case 2:
		r.Value = []byte("a line that says status declined and no more")
	default:
		v := map[string]any{"status": []string{"accepted", "declined", "fai\"led", "ünklar"}[w.rng.IntN(4)]}
		if w.rng.IntN(10) > 0 {
			v["amount"] = json.Number([]string{"0.1", "0.2", "12.50", "-3.333", "1e3", "7", "99999999999.99", "0.30"}[w.rng.IntN(8)])
		} else if w.rng.IntN(2) == 0 {
			v["amount"] = "12"
		}
		if w.rng.IntN(3) > 0 {
			v["customer"] = map[string]any{"id": w.rng.IntN(300), "tags": []string{"a", "b"}, "nested": map[string]any{"status": "declined"}}
		}
		r.Value, _ = json.Marshal(v)
	}
	return r
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 5)), c: client(t)}
	create(t, w.c, topic)
	for round := range 4 {
		var plain []kafkaops.Record
		for range 700 {
			plain = append(plain, w.record())
		}
		kafkatest.Send(t, w.c, plain...)
		w.seen = append(w.seen, plain...)
		w.transaction(t, round%2 == 0)
	}
	return w
}

// transaction stores records that are committed, or aborted and so must never be counted.
func (w *world) transaction(t *testing.T, commit bool) {
	t.Helper()
	p, err := w.c.NewProducer(t.Context(), rdkafka.ProducerOptions{TransactionalID: fmt.Sprint("tx", w.rng.Uint64())})
	must(t, err)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range p.Deliveries() {
			continue
		}
	}()
	must(t, p.InitTransactions(t.Context()))
	must(t, p.Begin(t.Context()))
	var records []kafkaops.Record
	for range 60 {
		records = append(records, w.record())
	}
	must(t, p.Send(t.Context(), records, 0))
	must(t, p.Flush(t.Context()))
	if commit {
		must(t, p.Commit(t.Context()))
		w.seen = append(w.seen, records...)
	} else {
		must(t, p.Abort(t.Context()))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = p.Close(ctx)
	<-drained
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAgainstKafka(t *testing.T) {
	w := newWorld(t, 1)
	t.Run("equals an independent computation", w.equalsAnIndependentComputation)
	t.Run("the property can fail", w.thePropertyCanFail)
	t.Run("counted adds up", w.countedAddsUp)
}

// want is the independent computation: with maps, from what was sent.
type want struct {
	matched  int64
	sum      *big.Rat
	min, max *big.Rat
	values   map[string]bool
	groups   map[string]int64
	torn     int64
}

func (w *world) want(partitions []int32, span route.Span, statusIs, statusNot string, above *big.Rat, holds string) want {
	out := want{sum: new(big.Rat), values: map[string]bool{}, groups: map[string]int64{}}
	for _, r := range w.seen {
		at := r.Timestamp
		if len(partitions) > 0 && !slices.Contains(partitions, r.Partition) ||
			!span.From.IsZero() && at.Before(span.From) || !span.To.IsZero() && !at.Before(span.To) {
			continue
		}
		var v struct {
			Status   *string         `json:"status"`
			Amount   json.RawMessage `json:"amount"`
			Customer *struct {
				ID json.Number `json:"id"`
			} `json:"customer"`
		}
		if r.Value != nil && json.Unmarshal(r.Value, &v) != nil {
			out.torn++
			v.Status, v.Amount, v.Customer = nil, nil, nil
		}
		var amount *big.Rat
		if len(v.Amount) > 0 && v.Amount[0] != '"' {
			amount, _ = new(big.Rat).SetString(string(v.Amount))
		}
		if statusIs != "" && (v.Status == nil || *v.Status != statusIs) || statusNot != "" && (v.Status == nil || *v.Status == statusNot) ||
			above != nil && (amount == nil || amount.Cmp(above) <= 0) ||
			holds != "" && !strings.Contains(strings.ToLower(string(r.Value)), holds) {
			continue
		}
		out.matched++
		if amount != nil {
			out.sum.Add(out.sum, amount)
			if out.min == nil || amount.Cmp(out.min) < 0 {
				out.min = amount
			}
			if out.max == nil || amount.Cmp(out.max) > 0 {
				out.max = amount
			}
		}
		if v.Customer != nil {
			out.values[v.Customer.ID.String()] = true
		}
		if v.Status != nil {
			out.groups[*v.Status]++
		}
	}
	return out
}

func (w *world) span() route.Span {
	var s route.Span
	if w.rng.IntN(2) == 0 {
		s.From = epoch.Add(time.Duration(w.rng.IntN(4_000_000_000)) * time.Microsecond)
	}
	if w.rng.IntN(2) == 0 {
		s.To = epoch.Add(time.Duration(w.rng.IntN(4_000_000_000)) * time.Microsecond)
	}
	return s
}

// Whatever is asked, the scan finds what was sent: no more (aborted records, markers), no less.
func (w *world) equalsAnIndependentComputation(t *testing.T) {
	for i := range 40 {
		var partitions []int32
		if w.rng.IntN(3) == 0 {
			partitions = []int32{int32(w.rng.IntN(3))}
		}
		span := w.span()
		scope := route.Scope{Topic: topic, Field: "amount", By: "status"}
		is, not, holds := "", "", ""
		var above *big.Rat
		switch w.rng.IntN(5) {
		case 0:
			is = "declined"
			scope.Filters = []route.Filter{{Path: "status", Op: route.Equal, Values: []string{"Declined"}}}
		case 1:
			not = `fai"led`
			scope.Filters = []route.Filter{{Path: "status", Op: route.NotEqual, Values: []string{`fai"led`}}}
		case 2:
			above = big.NewRat(1, 5)
			scope.Filters = []route.Filter{{Path: "amount", Op: route.Above, Values: []string{"0.2"}}}
		case 3:
			holds = "declined"
			scope.Filters = []route.Filter{{Op: route.Contains, Values: []string{"Declined"}}}
		}
		want := w.want(partitions, span, is, not, above, holds)
		got, err := Run(t.Context(), w.c, Query{Scopes: []route.Scope{scope}, Partitions: partitions, Span: span})
		must(t, err)
		compare(t, i, got, want)

		scope.Field, scope.By = "customer.id", ""
		got, err = Run(t.Context(), w.c, Query{Scopes: []route.Scope{scope}, Partitions: partitions, Span: span, Distinct: true})
		must(t, err)
		if got.Matched != want.matched || got.Distinct != int64(len(want.values)) {
			t.Errorf("query %d: %d different of %d, want %d of %d", i, got.Distinct, got.Matched, len(want.values), want.matched)
		}
	}
}

func compare(t *testing.T, i int, got Result, want want) {
	t.Helper()
	if got.Matched != want.matched || got.NotJSON != want.torn || got.Partial != "" {
		t.Errorf("query %d: matched %d, %d not JSON (%s), want %d, %d", i, got.Matched, got.NotJSON, got.Partial, want.matched, want.torn)
	}
	if got.Sum.Rat().Cmp(want.sum) != 0 || !got.Sum.Exact() {
		t.Errorf("query %d: sum %s, want %s", i, got.Sum.Rat(), want.sum)
	}
	if want.min != nil && (got.Min.Value.rat().Cmp(want.min) != 0 || got.Max.Value.rat().Cmp(want.max) != 0) {
		t.Errorf("query %d: %s to %s, want %s to %s", i, got.Min.Value, got.Max.Value, want.min, want.max)
	}
	groups := map[string]int64{}
	for _, g := range got.Groups {
		groups[g.Name] = g.Count
	}
	if !maps.Equal(groups, want.groups) {
		t.Errorf("query %d: groups %v, want %v", i, groups, want.groups)
	}
}

// The control: were aborted records counted, or the time range left to the lower bound's offset alone, the property would fail.
func (w *world) thePropertyCanFail(t *testing.T) {
	all := w.want(nil, route.Span{}, "", "", nil, "")
	dirty := int64(0)
	x, err := w.c.TopicExtents(t.Context(), kafkaops.ReadUncommitted, topic)
	must(t, err)
	_, err = w.c.ScanRecords(t.Context(), x.Starts(), x.Ends(), kafkaops.ReadUncommitted, func(r []kafkaops.Record) error {
		dirty += int64(len(r))
		return nil
	})
	must(t, err)
	if dirty <= all.matched {
		t.Errorf("%d records uncommitted, %d committed: nothing was aborted", dirty, all.matched)
	}
	from := epoch.Add(30 * time.Minute)
	at, err := w.c.OffsetsAt(t.Context(), from, x.Partitions())
	must(t, err)
	behind := int64(0)
	_, err = w.c.ScanRecords(t.Context(), at, x.Ends(), kafkaops.ReadCommitted, func(r []kafkaops.Record) error {
		behind += int64(len(r))
		return nil
	})
	must(t, err)
	if want := w.want(nil, route.Span{From: from}, "", "", nil, "").matched; behind == want {
		t.Error("the offsets alone give the right count: timestamps rise")
	}
}

// What was counted is said in offsets and records, and adds up.
func (w *world) countedAddsUp(t *testing.T) {
	got, err := Run(t.Context(), w.c, Query{Scopes: []route.Scope{{Topic: topic}}})
	must(t, err)
	extents, err := w.c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	must(t, err)
	sum := int64(0)
	for _, c := range got.Counted {
		sum += c.Records
		if x := extents[kafkaops.TopicPartition{Topic: c.Topic, Partition: c.Partition}]; c.From != x.Start || c.To != x.End || c.Records >= c.To-c.From {
			t.Errorf("%+v, but the partition reaches from %d to %d, with markers and aborted records in it", c, x.Start, x.End)
		}
	}
	if len(got.Counted) != 3 || sum != got.Read || got.Read != int64(len(w.seen)) {
		t.Errorf("%+v: %d records, want %d", got.Counted, sum, len(w.seen))
	}
}
