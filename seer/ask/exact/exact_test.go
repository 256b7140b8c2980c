package exact

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// fake is a topic in memory.
type fake struct {
	records map[kafkaops.TopicPartition][]kafkaops.Record
	batch   int
	after   func(ctx context.Context, batch int) // called before each batch
}

func (f *fake) TopicExtents(_ context.Context, _ kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	x := kafkaops.Extents{}
	for tp, r := range f.records {
		if tp.Topic == topics[0] {
			x[tp] = kafkaops.Extent{End: int64(len(r))}
		}
	}
	if len(x) == 0 {
		return nil, kafkaops.NewError(kafkaops.NotFound, "describing topic", topics[0], "", nil)
	}
	return x, nil
}

func (f *fake) OffsetsAt(_ context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	o := kafkaops.Offsets{}
	for _, tp := range tps {
		for o[tp] < int64(len(f.records[tp])) && f.records[tp][o[tp]].Timestamp.Before(when) {
			o[tp]++
		}
	}
	return o, nil
}

func (f *fake) ScanRecords(
	ctx context.Context, from, to kafkaops.Offsets, _ kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	reached := from.Clone()
	n := 0
	for _, tp := range from.Partitions() {
		for reached[tp] < to[tp] {
			if f.after != nil {
				f.after(ctx, n)
			}
			if ctx.Err() != nil {
				return reached, ctx.Err()
			}
			end := min(reached[tp]+int64(f.batch), to[tp])
			if err := each(f.records[tp][reached[tp]:end]); err != nil {
				return reached, err
			}
			reached[tp] = end
			n++
		}
	}
	return reached, nil
}

func newFake(n int, value func(i int) string) *fake {
	f := &fake{records: map[kafkaops.TopicPartition][]kafkaops.Record{}, batch: 100}
	for i := range n {
		tp := kafkaops.TopicPartition{Topic: topic, Partition: int32(i % 2)}
		f.records[tp] = append(f.records[tp], kafkaops.Record{
			Topic: topic, Partition: tp.Partition, Offset: int64(len(f.records[tp])), Value: []byte(value(i)),
			Timestamp: epoch.Add(time.Duration(i) * time.Second), TimestampKind: kafkaops.CreateTime,
		})
	}
	return f
}

// A scan whose time is up says so, and says exactly what it covers.
func TestATimeLimitIsSaid(t *testing.T) {
	f := newFake(1000, func(i int) string { return `{"n": 1}` })
	ctx := t.Context()
	f.after = func(ctx context.Context, batch int) {
		if batch == 3 {
			<-ctx.Done() // past the limit
		}
	}
	got, err := Run(ctx, f, Query{Scopes: []route.Scope{{Topic: topic, Field: "n"}}, Limit: 15 * time.Millisecond})
	must(t, err)
	read := int64(0)
	for _, c := range got.Counted {
		read += c.Records
		if c.To-c.From != c.Records {
			t.Errorf("%+v: what is said to be covered is not what was read", c)
		}
	}
	if got.Partial == "" || read != got.Matched || read >= 1000 || got.Sum.N() != read || got.Until != 1000 {
		t.Errorf("partial %q, %d read, %d counted of %d", got.Partial, read, got.Matched, got.Until)
	}
}

func TestTooManyGroupsAreSaid(t *testing.T) {
	f := newFake(1000, func(i int) string { return fmt.Sprintf(`{"k": "v%d"}`, i%100) })
	got, err := Run(t.Context(), f, Query{Scopes: []route.Scope{{Topic: topic, By: "k"}}, Groups: 10})
	must(t, err)
	if !got.Capped || len(got.Groups) != 10 || got.Groups[0].Count != 10 {
		t.Errorf("%v %d groups", got.Capped, len(got.Groups))
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	f := newFake(10, func(int) string { return "{}" })
	got, err := Run(t.Context(), f, Query{Scopes: []route.Scope{{Topic: topic}, {Topic: "gone"}}, Partitions: []int32{1, 7}})
	must(t, err)
	if got.Matched != 5 || strings.Join(got.Absent, "; ") != "partition 7 of mixed, which has 2; topic gone" {
		t.Errorf("%d matched, absent %q", got.Matched, got.Absent)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct{ doc, path, want string }{
		{`{"a":{"b":"x"}}`, "a.b", "x"},
		{`{"a":[{"b":1},{"b":2}]}`, "a[].b", "1 2"},
		{`{"a":[{"b":1},{"b":2}]}`, "a.b", "1 2"},
		{`{"a.b":"flat"}`, "a.b", "flat"},
		{`{"\u0061":{"b":"esc\"aped"}}`, "a.b", `esc"aped`},
		{`{"a":["x","y"]}`, "a[]", "x y"},
		{`{"a":null,"b":1}`, "a", "null"},
		{`{"b":{"a":1}}`, "a", ""},
		{`["x"]`, "a", ""},
	} {
		x := NewExtractor("other", c.path)
		if !x.Extract([]byte(c.doc)) {
			t.Errorf("%s: not JSON", c.doc)
		}
		var got []string
		for _, v := range x.At(1) {
			got = append(got, v.Text())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s at %s: %q, want %q", c.doc, c.path, got, c.want)
		}
	}
}

// The extractor takes for JSON what encoding/json does.
func FuzzExtract(f *testing.F) {
	for _, s := range []string{
		`{"a":{"b":[1,2.5e3,"x\u00e9",true,false,null]}}`, `{}`, `[]`, ` 1 `, `"\ud800"`, `{"a":01}`, `{"a":1,}`, `{"a" 1}`, `-`, `1e`, "\"\x01\"", `{"a.b":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x := NewExtractor("a.b", "a")
		if got, want := x.Extract(b), json.Valid(b); got != want && strings.Count(string(b), "[")+strings.Count(string(b), "{") < maxDepth {
			t.Errorf("%q: %v, want %v", b, got, want)
		}
		for _, v := range x.At(0) {
			_ = v.Text()
			if d, ok := ParseDecimal(v.Raw); ok && v.Kind == Number && d.exact {
				if r, fine := new(big.Rat).SetString(string(v.Raw)); fine && r.Cmp(d.rat()) != 0 {
					t.Errorf("%s is read as %s", v.Raw, d)
				}
			}
		}
	})
}

func TestDecimals(t *testing.T) {
	var s Sum
	want := new(big.Rat)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := fmt.Sprintf("%d.%0*d", rng.Int64N(2_000_000)-1_000_000, 1+rng.IntN(6), rng.IntN(10))
		d, ok := ParseDecimal([]byte(text))
		if !ok {
			t.Fatal(text)
		}
		s.Add(d)
		r, _ := new(big.Rat).SetString(text)
		want.Add(want, r)
	}
	if s.Rat().Cmp(want) != 0 || !s.Exact() {
		t.Errorf("%s, want %s", s.Rat(), want)
	}
	for _, c := range []struct{ in, want string }{
		{"1e3", "1000"}, {"-0", "0"}, {"1.50", "1.5"}, {"1e-2", "0.01"}, {"9007199254740993", "9007199254740993"}, {"123456789012345678901234567890", "1.2345678901234568e+29"},
		{"1e300", "1e+300"}, {"0e5", "0"}, {"1.000", "1"},
	} {
		if d, ok := ParseDecimal([]byte(c.in)); !ok || d.String() != c.want {
			t.Errorf("%s is %s, want %s", c.in, d, c.want)
		}
	}
	a, _ := ParseDecimal([]byte("9007199254740993"))
	b, _ := ParseDecimal([]byte("9007199254740992"))
	if a.Compare(b) != 1 || b.Compare(a) != -1 {
		t.Error("numbers that float64 can't tell apart are not ordered")
	}
}

// A text is found where a word begins; an ID only as a whole.
func TestNeedles(t *testing.T) {
	for _, c := range []struct {
		needle, in string
		anywhere   bool
		want       bool
	}{
		{"order-4", "the order-42 came", false, false}, {"order-42", "the ORDER-42, came", false, true}, {"connection", "connections failed", false, true},
		{"nection", "connections", false, false}, {"nection", "connections", true, true}, {"É", "caf é", false, true}, {"x", "", false, false},
	} {
		n := newNeedle(c.needle, c.anywhere)
		if got := n.in([]byte(c.in)); got != c.want {
			t.Errorf("%q in %q: %v", c.needle, c.in, got)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	value := []byte(`{"order_id":"o-123456","customer":{"id":4711,"name":"Ada"},"status":"declined","amount":12.50,"currency":"EUR","items":[{"sku":"a1","n":2}]}`)
	q := Query{Scopes: []route.Scope{{Topic: topic, Field: "amount", By: "status", Filters: []route.Filter{{Path: "status", Op: route.Equal, Values: []string{"declined"}}}}}}
	c := newCounter(&q, q.Scopes[0], seedsFor(b))
	r := kafkaops.Record{Topic: topic, Value: value, Timestamp: epoch, TimestampKind: kafkaops.CreateTime}
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		c.add(&r)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func seedsFor(testing.TB) [2]maphash.Seed {
	return [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
}
