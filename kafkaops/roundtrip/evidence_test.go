package roundtrip_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// copyRun stands for a pipeline that knows nothing of krapp: it copies the run's topic to another, as change says.
func copyRun(t *testing.T, c *rdkafka.Client, run roundtrip.Run, change func(r kafkaops.Record) []kafkaops.Record) {
	t.Helper()
	var out []kafkaops.Record
	again(t, c, run, func(r *kafkaops.Record) {
		in := kafkaops.Record{
			Topic: run.Evidence.Topic, Partition: kafkaops.AnyPartition, Key: slices.Clone(r.Key), Value: slices.Clone(r.Value),
		}
		for _, h := range r.Headers {
			in.Headers = append(in.Headers, kafkaops.Header{Key: fmt.Sprint(h.Key), Value: slices.Clone(h.Value)})
		}
		out = append(out, change(in)...)
	})
	deliveries, err := c.ProduceSync(t.Context(), out)
	for _, d := range deliveries {
		err = errors.Join(err, d.Err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// output creates an output topic.
func output(t *testing.T, c *rdkafka.Client) string {
	t.Helper()
	name := "out-" + orders(1).Topic
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 3, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestArrivalsInAnOutputTopic(t *testing.T) {
	keep := func(r kafkaops.Record) kafkaops.Record { return r }
	bare := func(r kafkaops.Record) kafkaops.Record { r.Headers = nil; return r }
	cases := map[string]struct {
		id       string
		key      string
		pipeline func(kafkaops.Record) kafkaops.Record
	}{
		"by the headers":      {"", "{{seq}}", keep},
		"by the key":          {"key", "order-{{id}}", bare},
		"by a JSON path":      {"value.order.id", "", bare},
		"anywhere in it":      {"value", "", bare},
		"headers beat a path": {"value.order.id", "", func(r kafkaops.Record) kafkaops.Record { r.Value = []byte("{}"); return r }},
	}
	c := cluster(t)
	in := orders(1).Topic
	out := output(t, c)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := orders(2000)
			spec.Topic, spec.Key = in, tc.key
			spec.Evidence = roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: out, ID: tc.id, Grace: time.Second, Within: 2 * time.Second}
			whole, broken := register(t, c, spec), register(t, c, spec)
			for _, run := range []roundtrip.Run{whole, broken} {
				if err := sendAll(t, c, run); err != nil {
					t.Fatal(err)
				}
			}
			l := ledger.New(c, ledger.Options{})
			copyRun(t, c, whole, func(r kafkaops.Record) []kafkaops.Record {
				run, _ := r.Header(roundtrip.RunHeader)
				seq := seqOf(t, &r)
				switch out := tc.pipeline(r); {
				case string(run) == broken.ID && seq%1000 == 7:
					return nil
				case string(run) == broken.ID && seq%1000 == 500:
					return []kafkaops.Record{out, out}
				case string(run) == whole.ID || string(run) == broken.ID:
					return []kafkaops.Record{out}
				}
				return nil // an earlier case's
			})
			if j := judged(t, l, whole, roundtrip.Done); j.Once != 2000 {
				t.Errorf("%+v", j.Outcome)
			}
			j := judged(t, l, broken, roundtrip.Missing)
			missing := []roundtrip.Range{{First: 7, Last: 7}, {First: 1007, Last: 1007}}
			twice := []roundtrip.Range{{First: 500, Last: 500}, {First: 1500, Last: 1500}}
			if !slices.Equal(j.MissingRanges, missing) || !slices.Equal(j.DuplicatedRanges, twice) || j.Once != 1996 {
				t.Errorf("missing %v, duplicated %v, %+v", j.MissingRanges, j.DuplicatedRanges, j.Outcome)
			}
			if len(j.MissingAt) != 2 {
				t.Errorf("%d places", len(j.MissingAt))
			}
		})
	}
}

func TestALateArrivalRevisesMissing(t *testing.T) {
	c := cluster(t)
	spec := orders(10)
	spec.Evidence = roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: output(t, c), Grace: 50 * time.Millisecond}
	run := register(t, c, spec)
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	l := ledger.New(c, ledger.Options{})
	judged(t, l, run, roundtrip.Missing)
	copyRun(t, c, run, func(r kafkaops.Record) []kafkaops.Record { return []kafkaops.Record{r} })
	judged(t, l, run, roundtrip.Done)
	judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Done)
}

func TestAForeignGroupsCommitsSayCommitted(t *testing.T) {
	c := cluster(t)
	spec := orders(1000)
	theirs := spec.Evidence.Group
	spec.Partitions, spec.Evidence = 1, roundtrip.Evidence{Kind: roundtrip.Committed, Group: theirs, Within: time.Second}
	run := register(t, c, spec)
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	l := ledger.New(c, ledger.Options{})
	tp := kafkaops.TopicPartition{Topic: run.Topic, Partition: 0}
	if err := c.AlterOffsets(t.Context(), theirs, kafkaops.Offsets{tp: 400}); err != nil {
		t.Fatal(err)
	}
	if j := judged(t, l, run, roundtrip.Stalled); j.Once != 400 || j.Waiting != 600 {
		t.Errorf("%+v", j.Outcome)
	}
	if err := c.AlterOffsets(t.Context(), theirs, kafkaops.Offsets{tp: 1000}); err != nil {
		t.Fatal(err)
	}
	j := judged(t, l, run, roundtrip.Done)
	if !strings.HasPrefix(j.Said, "All 1,000 messages are committed by group "+theirs+".") || strings.Contains(j.Said, "processed") {
		t.Errorf("said %q", j.Said)
	}
}

func TestASenderThatDiesHidesNothing(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(1000))
	// What a sender leaves that is killed: a heartbeat, 300 messages, and a report of the first hundred.
	var recs []kafkaops.Record
	for seq := range int64(300) {
		slice, err := send.RenderSlice(run, wire.Slice{Run: run, First: seq, Last: seq})
		if err != nil {
			t.Fatal(err)
		}
		slice[0].Partition = int32(seq % 4)
		recs = append(recs, slice[0])
	}
	deliveries, err := c.ProduceSync(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	report, err := send.SentReport(run, wire.Slice{Run: run, First: 0, Last: 99}, "w", deliveries[:100])
	if err != nil {
		t.Fatal(err)
	}
	beat, err := wire.EncodeHeartbeat(wire.Heartbeat{State: wire.SenderSending, Sent: 320, Acked: 100, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	heartbeat := kafkaops.Record{Topic: roundtrip.RunsTopic, Key: roundtrip.RunKey(run.ID, roundtrip.SenderRecord, "s"), Value: beat}
	if _, err := c.ProduceSync(t.Context(), []kafkaops.Record{report, heartbeat}); err != nil {
		t.Fatal(err)
	}
	// Until its heartbeat is stale the messages may already count as stalled for another cause: nobody processes them.
	j := judgedWhen(t, ledger.New(c, ledger.Options{}), run, func(j roundtrip.Judgement) bool { return j.Cause == "the sender is gone" })
	if j.Verdict != roundtrip.Stalled || j.Stored != 300 || j.Sent != 320 || j.Said != "Stalled: the sender is gone, 300 of 1,000 messages stored." {
		t.Errorf("%q %q %+v", j.Cause, j.Said, j.Outcome)
	}
}

func TestCancellingStopsTheSender(t *testing.T) {
	c := cluster(t)
	spec := orders(1_000_000)
	spec.Rate = 100
	run := register(t, c, spec)
	sent := make(chan error, 1)
	go func() { sent <- sendAll(t, c, run) }()
	l := ledger.New(c, ledger.Options{})
	if err := l.Cancel(t.Context(), run.Short()); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("Send returned %v", err)
	}
	j := judged(t, l, run, roundtrip.Cancelled)
	if j.Stored == 0 || j.Stored != j.Sent || j.Stored == run.Count {
		t.Errorf("%+v", j.Outcome)
	}
}

func TestAStoppedSenderSaysSo(t *testing.T) {
	c := cluster(t)
	spec := orders(1_000_000)
	spec.Rate = 1000
	run := register(t, c, spec)
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.WithoutCancel(t.Context())) }()
	ctx, cancel := context.WithCancel(t.Context())
	err = send.Send(ctx, c, p, run, func(p send.Progress) {
		if p.Acked > 100 {
			cancel()
		}
	})
	cancel()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Send returned %v", err)
	}
	j := judged(t, ledger.New(c, ledger.Options{}), run, roundtrip.Stalled)
	if j.Stored < 100 || j.Stored != j.Sent || j.PossiblyStored != 0 {
		t.Errorf("%+v: %s", j.Outcome, j.Said)
	}
}

func TestSlicesHoldEveryMessageOnce(t *testing.T) {
	c := cluster(t)
	spec := orders(12_345)
	spec.Sender = roundtrip.SendWorkers
	run := register(t, c, spec)
	if err := send.Enqueue(t.Context(), c, run, nil, nil); err != nil {
		t.Fatal(err)
	}
	work := roundtrip.Run{Spec: roundtrip.Spec{Topic: roundtrip.WorkTopic}}
	seen := map[int64]int{}
	var slices []wire.Slice
	again(t, c, work, func(r *kafkaops.Record) {
		s, err := wire.DecodeSlice(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if s.Run.ID != run.ID {
			return
		}
		for seq := s.First; seq <= s.Last; seq++ {
			seen[seq]++
		}
		slices = append(slices, s)
	})
	if len(seen) != 12_345 {
		t.Fatalf("%d of %d messages are in slices", len(seen), run.Count)
	}
	l := ledger.New(c, ledger.Options{})
	if j := judged(t, l, run, roundtrip.Stalled); j.Cause != "no produce worker takes the work" {
		t.Errorf("cause %q", j.Cause)
	}
	for _, s := range slices {
		recs, err := send.RenderSlice(s.Run, s)
		if err != nil || len(recs) != s.Len() {
			t.Fatalf("%d records, %v", len(recs), err)
		}
		deliveries, err := c.ProduceSync(t.Context(), recs)
		if err != nil {
			t.Fatal(err)
		}
		report, err := send.SentReport(s.Run, s, "w1", deliveries)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ProduceSync(t.Context(), []kafkaops.Record{report}); err != nil {
			t.Fatal(err)
		}
	}
	if j := judged(t, l, run, roundtrip.InFlight, roundtrip.Stalled); j.Stored != 12_345 || j.Waiting != 12_345 {
		t.Errorf("%+v", j.Outcome)
	}
}

func TestMessagesCanBeRenderedAgain(t *testing.T) {
	c := cluster(t)
	run := register(t, c, orders(50))
	if err := sendAll(t, c, run); err != nil {
		t.Fatal(err)
	}
	again(t, c, run, func(r *kafkaops.Record) {
		seq := seqOf(t, r)
		recs, err := send.RenderSlice(run, wire.Slice{Run: run, First: seq, Last: seq})
		if err != nil || string(recs[0].Key) != string(r.Key) || string(recs[0].Value) != string(r.Value) {
			t.Errorf("message %d was %s %s, rendered again %v", seq, r.Key, r.Value, err)
		}
		if !json.Valid(r.Value) {
			t.Errorf("value %s", r.Value)
		}
	})
}
