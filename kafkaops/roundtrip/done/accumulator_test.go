package done_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

const run = "01JDZ8T3Q5W0000000000ABCDE"

func record(partition int32, offset int64, run string, seq int, sent time.Time) *kafkaops.Record {
	return &kafkaops.Record{Topic: "orders", Partition: partition, Offset: offset, Headers: []kafkaops.Header{
		{Key: roundtrip.RunHeader, Value: []byte(run)},
		{Key: roundtrip.SeqHeader, Value: []byte(strconv.Itoa(seq))},
		{Key: roundtrip.SentHeader, Value: strconv.AppendInt(nil, sent.UnixNano(), 10)},
	}}
}

func decode(t *testing.T, recs []kafkaops.Record) []*wire.Done {
	t.Helper()
	var out []*wire.Done
	for _, r := range recs {
		if r.Topic != roundtrip.ReportsTopic || string(r.Key) != wire.RunOf(r.Value) {
			t.Fatalf("report in %s under key %q of run %q", r.Topic, r.Key, wire.RunOf(r.Value))
		}
		report, err := wire.DecodeReport(r.Value)
		if err != nil || report.Done == nil {
			t.Fatalf("decoding: %v, %+v", err, report)
		}
		out = append(out, report.Done)
	}
	return out
}

func TestAccumulatorReportsEachRunAndPartition(t *testing.T) {
	now := time.Unix(1700000000, 0)
	a := done.New(done.Options{Group: "g", Worker: "w1", TopicID: func(topic string) string { return topic + "-id" }})
	a.Add(record(0, 10, run, 5, now.Add(-20*time.Millisecond)))
	a.Add(record(0, 11, run, 3, now.Add(-10*time.Millisecond)))
	a.Add(record(1, 7, run, 4, now.Add(time.Second))) // a sender whose clock is ahead
	a.Add(record(0, 14, run, 5, now))                 // the second time
	a.Reject(record(0, 15, run, 6, now))
	a.Add(&kafkaops.Record{Topic: "orders", Offset: 12}) // of no run
	a.Add(record(0, 13, run, -1, now))                   // damaged number

	recs, err := a.Records(now)
	if err != nil {
		t.Fatal(err)
	}
	reports := decode(t, recs)
	if len(reports) != 2 {
		t.Fatalf("%d reports, want one a partition", len(reports))
	}
	p0, p1 := reports[0], reports[1]
	if p0.Group != "g" || p0.Worker != "w1" || p0.Topic != "orders" || p0.TopicID != "orders-id" || p0.First != 10 || p0.Last != 15 {
		t.Errorf("identity %+v", p0)
	}
	if got := p0.Processed.String() + p0.Again.String() + p0.Rejected.String(); got != "{3,5}{5}{6}" {
		t.Errorf("processed, again, rejected: %s", got)
	}
	if p0.Latency.Count() != 3 || p0.Latency.Max() != 20*time.Millisecond || p0.Skew != 0 {
		t.Errorf("latency of %d, max %s, skew %s", p0.Latency.Count(), p0.Latency.Max(), p0.Skew)
	}
	if p1.Skew != time.Second || p1.Latency.Max() != 0 {
		t.Errorf("skew %s, max %s", p1.Skew, p1.Latency.Max())
	}
	if again, err := a.Records(now); err != nil || len(again) != 0 || !a.Empty() {
		t.Errorf("after Records there is still %d reports, %v", len(again), err)
	}
}

func TestAccumulatorForgetsAnAbortedBatch(t *testing.T) {
	a := done.New(done.Options{Group: "g"})
	a.Add(record(0, 1, run, 1, time.Now()))
	a.Reset()
	a.Add(record(0, 2, run, 2, time.Now()))
	recs, err := a.Records(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, recs)[0]; got.Processed.String() != "{2}" || got.First != 2 || got.Latency.Count() != 1 {
		t.Errorf("the aborted record is in the report: %s from %d", got.Processed, got.First)
	}
}

func BenchmarkAccumulator(b *testing.B) {
	const batch = 20_000
	now := time.Now()
	runID, sent := []byte(run), strconv.AppendInt(nil, now.UnixNano(), 10)
	a := done.New(done.Options{Group: "g", Worker: "w"})
	seqs := make([][]byte, batch)
	for i := range seqs {
		seqs[i] = strconv.AppendInt(nil, int64(1_000_000+i*7), 10)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		a.AddRaw("orders", int32(n%batch/5000), int64(n), runID, seqs[n%batch], sent)
		if n%batch == batch-1 {
			if _, err := a.Records(now); err != nil {
				b.Fatal(err)
			}
		}
	}
}
