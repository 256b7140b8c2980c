package roundtrip_test

import (
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
