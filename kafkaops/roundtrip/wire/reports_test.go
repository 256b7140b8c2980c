package wire_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

const runID = "01JDZ8T3Q5W0000000000ABCDE"

var at = time.Unix(1700000000, 123456789).UTC()

func doneReport() *wire.Done {
	d := &wire.Done{
		Run: runID, Group: "g", Topic: "orders", TopicID: "abc", Worker: "w1", Partition: 3, First: 10, Last: 1 << 40, At: at,
		Processed: roaring.BitmapOf(0, 1, 2, 70000, 4294967294), Again: roaring.BitmapOf(2), Rejected: roaring.BitmapOf(5), Skew: time.Second,
	}
	for _, ms := range []int{0, 1, 5, 5, 250, 90_000_000} {
		d.Latency.Record(time.Duration(ms) * time.Millisecond)
	}
	return d
}

func sentReport() *wire.Sent {
	return &wire.Sent{
		Run: runID, Sender: "s1", TopicID: "abc", At: at, FirstSent: at.Add(-time.Second), LastSent: at,
		Acked:    []wire.Acked{{Partition: 0, First: 5, Last: 9, Seqs: roaring.BitmapOf(1, 4)}, {Partition: 7, First: 0, Last: 0, Seqs: roaring.BitmapOf(2)}},
		Failed:   []wire.Failure{{Class: "invalid", Error: "too large", Seqs: roaring.BitmapOf(3)}},
		Possibly: roaring.BitmapOf(6),
	}
}

// encoded is what tests and fuzzing begin with.
func encoded(t testing.TB) [][]byte {
	t.Helper()
	done, err := doneReport().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := sentReport().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := (&wire.Sent{Run: runID}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{done, sent, empty, []byte(`{"v":1,"kind":"done","run":"` + runID + `","group":"g","topic":"t","partition":0,"first":0,"last":9,"seqs":[[0,4],[9,9]]}`)}
}

func TestReportsMakeTheRoundTrip(t *testing.T) {
	all := encoded(t)
	report, err := wire.DecodeReport(all[0])
	if err != nil {
		t.Fatal(err)
	}
	got, want := report.Done, doneReport()
	if !got.Processed.Equals(want.Processed) || !got.Again.Equals(want.Again) || !got.Rejected.Equals(want.Rejected) {
		t.Errorf("bitmaps %s %s %s", got.Processed, got.Again, got.Rejected)
	}
	got.Processed, got.Again, got.Rejected = want.Processed, want.Again, want.Rejected
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, want %+v", got, want)
	}
	report, err = wire.DecodeReport(all[1])
	if err != nil {
		t.Fatal(err)
	}
	back, err := report.Sent.Append(nil)
	if err != nil || !bytes.Equal(back, all[1]) {
		t.Errorf("encoding what was decoded gives something else: %v", err)
	}
	for i, value := range all[:3] {
		if wire.RunOf(value) != runID {
			t.Errorf("RunOf(%d) = %q", i, wire.RunOf(value))
		}
	}
}

func TestADoneReportInJSON(t *testing.T) {
	report, err := wire.DecodeReport([]byte(`{"v":1,"kind":"done","run":"R","group":"g","topic":"orders","topic_id":"x","worker":"w","partition":2,
		"first":7,"last":200,"at":1700000000123456789,"seqs":[[0,99],[105,105]],"again":[[3,3]],"rejected":[[100,101]],"latency_us":[[1200,3]]}`))
	if err != nil {
		t.Fatal(err)
	}
	d := report.Done
	if d.Processed.GetCardinality() != 101 || !d.Processed.Contains(105) || d.Again.String() != "{3}" || d.Rejected.String() != "{100,101}" {
		t.Errorf("bitmaps %s %s %s", d.Processed, d.Again, d.Rejected)
	}
	if d.Run != "R" || d.Partition != 2 || d.First != 7 || d.Last != 200 || !d.At.Equal(at) || d.Latency.Count() != 3 || d.Latency.Max() != 1200*time.Microsecond {
		t.Errorf("%+v", d)
	}
}

func TestTheWorkedExampleOfThePaperIsRead(t *testing.T) {
	paper, err := os.ReadFile("../../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(paper, []byte("```json\n"))
	example, _, ends := bytes.Cut(rest, []byte("```"))
	if !ok || !ends {
		t.Fatal("docs/reports.md has no example in JSON")
	}
	report, err := wire.DecodeReport(bytes.TrimSpace(example))
	if err != nil || report.Done == nil {
		t.Errorf("the example of docs/reports.md: %v", err)
	}
}

func TestDamagedReportsAreRefused(t *testing.T) {
	whole := encoded(t)[0]
	cases := map[string][]byte{
		"nothing":                 nil,
		"one byte":                {1},
		"another version":         append([]byte{9}, whole[1:]...),
		"another kind":            append([]byte{1, 'x'}, whole[2:]...),
		"cut short":               whole[:len(whole)-3],
		"a length too long":       {1, 'd', 255, 255, 255, 255, 15},
		"JSON cut short":          []byte(`{"v":1,`),
		"JSON, no run":            []byte(`{"v":1,"kind":"done","group":"g","topic":"t"}`),
		"JSON, a range backwards": []byte(`{"v":1,"kind":"done","run":"R","group":"g","topic":"t","seqs":[[5,4]]}`),
		"JSON, a range too far":   []byte(`{"v":1,"kind":"done","run":"R","group":"g","topic":"t","seqs":[[0,4294967296]]}`),
		"JSON, offsets backwards": []byte(`{"v":1,"kind":"done","run":"R","group":"g","topic":"t","first":9,"last":4}`),
		"JSON, another version":   []byte(`{"v":2,"kind":"done","run":"R","group":"g","topic":"t"}`),
	}
	for name, value := range cases {
		if report, err := wire.DecodeReport(value); err == nil {
			t.Errorf("%s: read as %+v", name, report)
		}
	}
	for cut := range whole {
		if _, err := wire.DecodeReport(whole[:cut]); err == nil {
			t.Errorf("a report cut at %d was read", cut)
		}
	}
}

func FuzzDecodeReport(f *testing.F) {
	for _, value := range encoded(f) {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		report, err := wire.DecodeReport(value)
		if err != nil {
			return
		}
		wire.RunOf(value)
		switch {
		case report.Done != nil && report.Sent == nil:
			again, err := report.Done.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			second, err := wire.DecodeReport(again)
			if err != nil || !second.Done.Processed.Equals(report.Done.Processed) || second.Done.Latency != report.Done.Latency {
				t.Fatalf("what was decoded does not make the round trip: %v", err)
			}
			report.Done.Processed.Or(report.Done.Rejected) // a bitmap that is damaged inside would panic here
		case report.Sent != nil && report.Done == nil:
			again, err := report.Sent.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := wire.DecodeReport(again); err != nil {
				t.Fatalf("what was decoded does not make the round trip: %v", err)
			}
		default:
			t.Fatalf("neither the one nor the other: %+v", report)
		}
	})
}

func TestLatenciesKeepQuantilesWithinTwoPercent(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var l, left, right wire.Latencies
	var all []time.Duration
	for i := range 10_000 {
		d := time.Duration(rng.ExpFloat64() * float64(40*time.Millisecond))
		all = append(all, d)
		l.Record(d)
		if i%2 == 0 {
			left.Record(d)
		} else {
			right.Record(d)
		}
	}
	left.Merge(&right)
	if left != l {
		t.Error("merging halves gives another histogram than the whole")
	}
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
		got, want := l.Quantile(q), exact(all, q)
		if diff := (got - want).Abs(); diff > want/50+2*time.Microsecond {
			t.Errorf("quantile %g is %s, want %s", q, got, want)
		}
	}
	if (&wire.Latencies{}).Quantile(0.5) != 0 {
		t.Error("a quantile of nothing")
	}
	l.Record(-time.Second)
	l.Record(1000 * time.Hour)
	if l.Count() != 10_002 || l.Max() != (1<<36-1)*time.Microsecond || l.Least() != 0 {
		t.Errorf("extremes: count %d, least %s, max %s", l.Count(), l.Least(), l.Max())
	}
}

func exact(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, min(len(sorted)-1, int(q*float64(len(sorted))+0.5)-1))]
}

func TestTheBytesOfThePaperAreRead(t *testing.T) {
	paper, err := os.ReadFile("../../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := bytes.Split(paper, []byte("```"))
	var value []byte
	for _, line := range bytes.Split(bytes.TrimSpace(blocks[len(blocks)-2]), []byte("\n")) {
		digits, _, _ := bytes.Cut(line, []byte("     "))
		raw, err := hex.DecodeString(string(bytes.ReplaceAll(digits, []byte(" "), nil)))
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		value = append(value, raw...)
	}
	report, err := wire.DecodeReport(value)
	if err != nil {
		t.Fatal(err)
	}
	want := &wire.Done{Run: "R", Group: "g", Topic: "t", Worker: "w", First: 5, Last: 5, Processed: roaring.BitmapOf(1), Again: roaring.New(), Rejected: roaring.New()}
	if got := report.Done; got.Run != "R" || got.Group != "g" || got.Topic != "t" || got.Worker != "w" || got.First != 5 || !got.Processed.Equals(want.Processed) {
		t.Errorf("%+v", got)
	}
	ours, err := want.Append(nil)
	if err != nil || !bytes.Equal(ours, value) {
		t.Errorf("we write % x\nthe paper   % x", ours, value)
	}
}
