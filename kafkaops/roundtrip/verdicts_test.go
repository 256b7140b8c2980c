package roundtrip_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
)

// worker stands for a consume worker of group g. The reports and the commit of offsets are not in one transaction here, which does no harm as
// long as the reports go first.
type worker struct {
	t    *testing.T
	c    *rdkafka.Client
	name string
}

// process reads all of the topic from the given offsets, lets handle say what it did of each, and commits the ends.
func (w worker) process(run roundtrip.Run, handle func(a *done.Accumulator, r *kafkaops.Record)) {
	w.t.Helper()
	x, err := w.c.TopicExtents(w.t.Context(), kafkaops.ReadCommitted, run.Topic)
	if err != nil {
		w.t.Fatal(err)
	}
	a := done.New(done.Options{Group: run.Evidence.Group, Worker: w.name, TopicID: func(string) string { return run.TopicID }})
	_, err = w.c.ScanRecords(w.t.Context(), x.Starts(), x.Ends(), kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		for i := range recs {
			handle(a, &recs[i])
		}
		return w.report(a)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.c.AlterOffsets(w.t.Context(), run.Evidence.Group, x.Ends()); err != nil {
		w.t.Fatal(err)
	}
}

func (w worker) report(a *done.Accumulator) error {
	reports, err := a.Records(time.Now())
	if err != nil || len(reports) == 0 {
		return err
	}
	deliveries, err := w.c.ProduceSync(w.t.Context(), reports)
	for _, d := range deliveries {
		if d.Err != nil {
			return d.Err
		}
	}
	return err
}

func TestARunThatIsProcessedOnceIsDone(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(20_000))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	l := ledger.New(c, ledger.Options{})
	if j := judged(t, l, run, roundtrip.InFlight); j.Stored != 20_000 || j.Waiting != 20_000 {
		t.Errorf("before processing: %+v", j.Outcome)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) { a.Add(r) })
	j := judged(t, l, run, roundtrip.Done)
	if !j.Final || j.Once != 20_000 || j.Latency.Count != 20_000 || len(j.Partitions) != 4 || len(j.Workers) != 1 {
		t.Errorf("judgement %+v", j)
	}
	fresh, err := ledger.New(c, ledger.Options{}).Judge(t.Context(), run.Short())
	if err != nil || fresh.Verdict != roundtrip.Done || fresh.Outcome != j.Outcome || !fresh.Final {
		t.Errorf("a fresh ledger says %s %+v, %v", fresh.Verdict, fresh.Outcome, err)
	}
	verified, err := ledger.New(c, ledger.Options{Verify: true}).Judge(t.Context(), run.ID)
	if err != nil || verified.Verdict != roundtrip.Done || !verified.Verified || verified.Outcome != j.Outcome {
		t.Errorf("verified: %s %+v, %v", verified.Verdict, verified, err)
	}
}

func TestALossIsNamedExactly(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(10_000))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	dropped := func(seq int64) bool { return seq >= 2000 && seq < 2010 || seq == 7777 }
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) {
		if !dropped(seqOf(t, r)) {
			a.Add(r)
		}
	})
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Lost)
	want := []roundtrip.Range{{First: 2000, Last: 2009}, {First: 7777, Last: 7777}}
	if !slices.Equal(j.MissingRanges, want) || j.Missing != 11 || j.Once != 9989 || !j.Final {
		t.Errorf("missing %v (%d), final %v", j.MissingRanges, j.Missing, j.Final)
	}
	if len(j.MissingAt) != 11 {
		t.Fatalf("%d places of missing messages", len(j.MissingAt))
	}
	for _, at := range j.MissingAt {
		recs, err := c.Fetch(t.Context(), kafkaops.TopicPartition{Topic: run.Topic, Partition: at.Partition}, at.Offset, 1)
		if err != nil || len(recs) != 1 || recs[0].Offset != at.Offset || seqOf(t, &recs[0]) != at.Seq {
			t.Errorf("message %d is not at %d/%d: %v", at.Seq, at.Partition, at.Offset, err)
		}
	}
}

func TestACommitInTheMidstOfAReportLosesOnlyWhatIsBehindIt(t *testing.T) {
	c := cluster(t)
	spec := orders(1000)
	spec.Partitions = 1
	run := register(t, c, spec)
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	if err := c.AlterOffsets(t.Context(), run.Evidence.Group, kafkaops.Offsets{{Topic: run.Topic, Partition: 0}: 300}); err != nil {
		t.Fatal(err)
	}
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Lost)
	if !slices.Equal(j.MissingRanges, []roundtrip.Range{{First: 0, Last: 299}}) || j.Waiting != 700 || j.Final {
		t.Errorf("missing %v, %d waiting, final %v", j.MissingRanges, j.Waiting, j.Final)
	}
}

func TestDuplicatesAreNamedExactly(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(5000))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	w := worker{t, c, "w1"}
	w.process(run, func(a *done.Accumulator, r *kafkaops.Record) {
		a.Add(r)
		if seqOf(t, r) == 42 {
			a.Add(r) // twice in one batch
		}
	})
	l := ledger.New(c, ledger.Options{})
	if j := judged(t, l, run, roundtrip.Duplicated); !slices.Equal(j.DuplicatedRanges, []roundtrip.Range{{First: 42, Last: 42}}) {
		t.Errorf("duplicated %v", j.DuplicatedRanges)
	}
	// A second pass over some of it, long after the verdict was final: a report of another identity re-opens the run.
	a := done.New(done.Options{Group: run.Evidence.Group, Worker: "w2", TopicID: func(string) string { return run.TopicID }})
	again(t, c, run, func(r *kafkaops.Record) {
		if seq := seqOf(t, r); seq >= 100 && seq < 110 {
			a.Add(r)
		}
	})
	if err := w.report(a); err != nil {
		t.Fatal(err)
	}
	want := []roundtrip.Range{{First: 42, Last: 42}, {First: 100, Last: 109}}
	for name, l := range map[string]*ledger.Ledger{"the same ledger": l, "a fresh one": ledger.New(c, ledger.Options{})} {
		if j := judged(t, l, run, roundtrip.Duplicated); !slices.Equal(j.DuplicatedRanges, want) || j.Once != 4989 {
			t.Errorf("%s: duplicated %v, once %d", name, j.DuplicatedRanges, j.Once)
		}
	}
}

func TestTheSameReportTwiceIsHarmless(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(1000))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	a := done.New(done.Options{Group: run.Evidence.Group, Worker: "w1", TopicID: func(string) string { return run.TopicID }})
	again(t, c, run, a.Add)
	reports, err := a.Records(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as who does not know whether the first time has succeeded
		if _, err := c.ProduceSync(t.Context(), reports); err != nil {
			t.Fatal(err)
		}
	}
	judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Done)
}

func TestARefusedMessageIsRejectedNotLost(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(1000))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) {
		if seqOf(t, r) == 500 {
			a.Reject(r)
			return
		}
		a.Add(r)
	})
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Rejected)
	if !slices.Equal(j.RejectedRanges, []roundtrip.Range{{First: 500, Last: 500}}) || j.Once != 999 || j.Missing != 0 || !j.Final {
		t.Errorf("%+v", j)
	}
}

func TestAGroupWithoutMembersStalls(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(100))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Stalled)
	if j.Cause != "no member in group "+run.Evidence.Group || j.Hint == "" || j.Waiting != 100 || j.Final {
		t.Errorf("cause %q, hint %q, %d waiting", j.Cause, j.Hint, j.Waiting)
	}
}

func seqOf(t *testing.T, r *kafkaops.Record) int64 {
	t.Helper()
	v, _ := r.Header(roundtrip.SeqHeader)
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		t.Fatalf("record without a sequence number: %v", err)
	}
	return n
}

// again reads all of the run's topic.
func again(t *testing.T, c *rdkafka.Client, run roundtrip.Run, each func(*kafkaops.Record)) {
	t.Helper()
	x, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, run.Topic)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ScanRecords(t.Context(), x.Starts(), x.Ends(), kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		for i := range recs {
			each(&recs[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
