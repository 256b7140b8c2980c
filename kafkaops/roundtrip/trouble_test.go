package roundtrip_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
)

func TestATopicMadeAnewFailsTheRunAndIsNotTouched(t *testing.T) {
	c := cluster(t)
	spec := orders(1_000_000)
	spec.Rate = 2000
	run := register(t, c, spec)
	sent := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
		if err != nil {
			sent <- err
			return
		}
		defer func() { _ = p.Close(context.WithoutCancel(t.Context())) }()
		var once sync.Once
		sent <- send.Send(t.Context(), c, p, run, func(p send.Progress) {
			if p.Acked > 0 {
				once.Do(func() { close(begun) })
			}
		})
	}()
	<-begun
	if err := c.DeleteTopics(t.Context(), run.Topic); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err == nil {
		t.Error("Send did not notice that its topic is gone")
	}
	l := ledger.New(c, ledger.Options{ReadOnly: true})
	if j := judged(t, l, run, roundtrip.Failed); j.Cause != "the topic "+run.Topic+" was deleted" {
		t.Errorf("cause %q", j.Cause)
	}
	topics, err := c.DescribeTopics(t.Context(), run.Topic)
	if err != nil || kafkaops.ClassOf(topics[0].Err) != kafkaops.NotFound {
		t.Errorf("somebody has created the topic again: %+v, %v", topics, err)
	}
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: run.Topic, Partitions: 4, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	if j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Failed); !strings.Contains(j.Cause, "another topic ID") {
		t.Errorf("cause %q", j.Cause)
	}
}

func TestPartitionsAddedMidRunChangeNothing(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(4000))
	if err := c.CreatePartitions(t.Context(), run.Topic, 8); err != nil {
		t.Fatal(err)
	}
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) { a.Add(r) })
	j := judged(t, ledger.New(c, ledger.Options{Verify: true}), run, roundtrip.Done)
	if len(j.Partitions) != 8 || j.Once != 4000 {
		t.Errorf("%d partitions, %+v", len(j.Partitions), j.Outcome)
	}
}

func TestDamagedRecordsAreSkippedCountedAndShown(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(500))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	garbage := []kafkaops.Record{
		{Topic: roundtrip.RunsTopic, Key: []byte(run.ID + "/cancel"), Value: []byte("\x00\xff")},
		{Topic: roundtrip.RunsTopic, Key: []byte("who?"), Value: []byte("{}")},
		{Topic: roundtrip.ReportsTopic, Key: []byte("other"), Value: []byte{1, 'd', 255, 255, 255}},
		{Topic: roundtrip.ReportsTopic, Value: nil},
	}
	if _, err := c.ProduceSync(t.Context(), garbage); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) { a.Add(r) })
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Done)
	if damaged := damages(t, j.Notes); damaged[roundtrip.RunsTopic] < 2 || damaged[roundtrip.ReportsTopic] < 2 {
		t.Errorf("notes %q, want two damaged records in each topic", j.Notes)
	}
}

func TestADamagedReportIsNeverTakenForALoss(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(500))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) {
		if seqOf(t, r) != 3 {
			a.Add(r)
		}
	})
	damaged := kafkaops.Record{Topic: roundtrip.ReportsTopic, Key: []byte(run.ID), Value: []byte("\x01d\x1a" + run.ID)}
	if _, err := c.ProduceSync(t.Context(), []kafkaops.Record{damaged}); err != nil {
		t.Fatal(err)
	}
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Expired)
	if j.Cause != "1 reports on this run are damaged" {
		t.Errorf("cause %q", j.Cause)
	}
}

func TestReportsThatExpiredAreSaidToHave(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(500))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) { a.Add(r) })
	x, err := c.TopicExtents(t.Context(), kafkaops.ReadUncommitted, roundtrip.ReportsTopic)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteRecords(t.Context(), x.Ends()); err != nil {
		t.Fatal(err)
	}
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Expired)
	if !strings.Contains(j.Cause, "retention") || j.Missing != 0 {
		t.Errorf("cause %q, missing %d", j.Cause, j.Missing)
	}
}

func TestAVerdictOutlivesItsEvidence(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(500))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	worker{t, c, "w1"}.process(run, func(a *done.Accumulator, r *kafkaops.Record) { a.Add(r) })
	judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Done)
	x, err := c.TopicExtents(t.Context(), kafkaops.ReadUncommitted, roundtrip.ReportsTopic)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteRecords(t.Context(), x.Ends()); err != nil {
		t.Fatal(err)
	}
	judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Done)
	judged(t, ledger.New(c, ledger.Options{Verify: true}), run, roundtrip.Done)
}

// damages reads the counts of damaged records from a judgement's notes.
func damages(t *testing.T, notes []string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, note := range notes {
		var n int
		var topic string
		if _, err := fmt.Sscanf(note, "%d damaged records in %s were skipped", &n, &topic); err == nil {
			out[topic] = n
		}
	}
	return out
}
