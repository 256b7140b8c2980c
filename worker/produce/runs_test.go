package produce

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// register registers a run for workers and writes its slices.
func register(t testing.TB, c *rdkafka.Client, topic string, count int64, rate float64) roundtrip.Run {
	t.Helper()
	run, err := roundtrip.Register(t.Context(), c, roundtrip.Spec{
		Topic: topic, Count: count, Rate: rate, Key: "k{{seq}}", Value: "v{{seq}}", Sender: roundtrip.SendWorkers, CreateTopic: true,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: roundtrip.DefaultGroup},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := send.Enqueue(t.Context(), c, run, nil, nil); err != nil {
		t.Fatal(err)
	}
	return run
}

// reports adds up what the sent reports of a run say.
func reports(t testing.TB, c *rdkafka.Client, run string) (acked, failed uint64) {
	t.Helper()
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, roundtrip.ReportsTopic)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			r, err := wire.DecodeReport(b.Value(i))
			if err != nil {
				return err
			}
			if r.Sent == nil || r.Sent.Run != run {
				continue
			}
			for _, a := range r.Sent.Acked {
				acked += a.Seqs.GetCardinality()
			}
			for _, f := range r.Sent.Failed {
				failed += f.Seqs.GetCardinality()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return acked, failed
}

func TestWorkersSendARunOnceAndReportIt(t *testing.T) {
	_, c := startBroker(t)
	startRole(t, Options{Client: c, Worker: "a", NoHTTP: false})
	startRole(t, Options{Client: c, Worker: "b"})
	run := register(t, c, "demo", 30_000, 0)
	await(t, "all is reported", func() bool {
		acked, _ := reports(t, c, run.ID)
		return acked == 30_000
	})
	if n := count(t, c, "demo"); n != 30_000 {
		t.Errorf("%d records, want 30,000", n)
	}
	seqs := make(map[string]int)
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			seq, _ := b.Header(i, roundtrip.SeqHeader)
			seqs[string(seq)]++
			if want := "v" + string(seq); string(b.Value(i)) != want {
				return fmt.Errorf("message %s has the value %q", seq, b.Value(i))
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(seqs) != 30_000 {
		t.Errorf("%d different messages", len(seqs))
	}
}

func TestASliceWaitsForItsTimeWithoutATransactionOpen(t *testing.T) {
	_, c := startBroker(t)
	startRole(t, Options{Client: c})
	run := register(t, c, "slow", 20, 10)
	// While the run goes on, at ten a second, another one is not held up behind an open transaction.
	await(t, "the first messages", func() bool { return count(t, c, "slow") > 0 })
	if n := count(t, c, "slow"); n == 20 {
		t.Error("all came at once")
	}
	await(t, "all messages", func() bool {
		acked, _ := reports(t, c, run.ID)
		return acked == 20
	})
}

func TestATopicThatIsNotAllowedIsReportedAsFailed(t *testing.T) {
	_, c := startBroker(t)
	startRole(t, Options{Client: c, Topics: []string{"mine-*"}})
	run := register(t, c, "theirs", 50, 0)
	await(t, "the refusal is reported", func() bool {
		_, failed := reports(t, c, run.ID)
		return failed == 50
	})
	if n := count(t, c, "theirs"); n != 0 {
		t.Errorf("%d records were sent", n)
	}
}

func TestARunThatIsCancelledIsSkipped(t *testing.T) {
	_, c := startBroker(t)
	if err := roundtrip.EnsureTopics(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	cancelled := register(t, c, "demo", 5000, 0)
	if err := roundtrip.Cancel(t.Context(), c, cancelled.ID); err != nil {
		t.Fatal(err)
	}
	other := register(t, c, "demo", 10, 0)
	startRole(t, Options{Client: c})
	await(t, "the other run is sent", func() bool {
		acked, _ := reports(t, c, other.ID)
		return acked == 10
	})
	await(t, "the slices are behind the group", func() bool {
		lags, err := c.Lag(t.Context(), DefaultGroup)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := kafkaops.TotalLag(lags)
		return n == 0
	})
	if n := count(t, c, "demo"); n != 10 {
		t.Errorf("%d records, want 10: those of the run that was not cancelled", n)
	}
}

func TestAMessageThatNoBrokerTakesFailsAlone(t *testing.T) {
	_, c := startBroker(t)
	startRole(t, Options{Client: c})
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{
		Name: "small", Partitions: 1, ReplicationFactor: -1, Configs: map[string]string{"max.message.bytes": "20000"},
	}); err != nil {
		t.Fatal(err)
	}
	run, err := roundtrip.Register(t.Context(), c, roundtrip.Spec{
		Topic: "small", Count: 3, Sender: roundtrip.SendWorkers, File: "lines.txt",
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: roundtrip.DefaultGroup},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := &someLines{"a", strings.Repeat("x", 100_000), "b"}
	if err := enqueueLines(t.Context(), c, run, lines); err != nil {
		t.Fatal(err)
	}
	await(t, "the outcome is reported", func() bool {
		acked, failed := reports(t, c, run.ID)
		return acked == 2 && failed == 1
	})
}

type someLines []string

// enqueueLines writes one slice that holds the lines.
func enqueueLines(ctx context.Context, c *rdkafka.Client, run roundtrip.Run, lines *someLines) error {
	run.Ends = nil
	value, err := wire.EncodeSlice(wire.Slice{Run: run, First: 0, Last: int64(len(*lines)) - 1, Lines: *lines})
	if err != nil {
		return err
	}
	out, err := c.ProduceSync(ctx, []kafkaops.Record{{Topic: roundtrip.WorkTopic, Partition: 0, Key: []byte(run.ID), Value: value}})
	if err == nil {
		err = out[0].Err
	}
	return err
}
