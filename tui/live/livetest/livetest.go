// Package livetest holds pictures for the tests of the pages that show them: runs in every state, partitions, messages,
// and the same with hostile names.
package livetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
)

// Now is the moment of the pictures.
func Now() time.Time { return time.Date(2026, 11, 21, 14, 2, 11, 204e6, time.UTC) }

// ErrDown is a cluster that does not answer.
func ErrDown() error {
	return kafkaops.NewError(kafkaops.Unreachable, "describing cluster", "127.0.0.1:41873", "Check that the brokers run.", errors.New("connection refused"))
}

// Hostile is text that would break a screen.
const Hostile = "\x1b[2J\x1b]52;c;ZXZpbA==\x07\u202eevil\x9b31m日本語👨\u200d👩\u200d👧\xff\xfe\u0301\r\n\tend"

// Nothing is a cluster and a ledger without anything in it, for feeds that are not run.
type Nothing struct{}

// Refresh finds no runs.
func (Nothing) Refresh(context.Context) ([]roundtrip.Judgement, error) { return nil, nil }

// Cluster has no brokers.
func (Nothing) Cluster(context.Context) (kafkaops.Cluster, error) { return kafkaops.Cluster{}, nil }

// TopicExtents are none.
func (Nothing) TopicExtents(context.Context, kafkaops.Isolation, ...string) (kafkaops.Extents, error) {
	return nil, nil
}

// Ends are none.
func (Nothing) Ends(context.Context, kafkaops.Isolation, []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	return nil, nil
}

// Lag is none.
func (Nothing) Lag(context.Context, string) ([]kafkaops.Lag, error) { return nil, nil }

// Tail is empty.
func (Nothing) Tail(context.Context, []string, int) ([]kafkaops.Record, error) { return nil, nil }

// ListTopics are none.
func (Nothing) ListTopics(context.Context) ([]kafkaops.Topic, error) { return nil, nil }

// ListGroups are none.
func (Nothing) ListGroups(context.Context) ([]kafkaops.GroupListing, error) { return nil, nil }

// ID is the run's ID that ends in five given characters.
func ID(short string) string { return "01KB0000000000000000000000"[:26-len(short)] + short }

func run(short, topic string, count int64, before time.Duration) roundtrip.Run {
	return roundtrip.Run{
		ID: ID(short), TopicID: "AAAAAAAAAAAAAAAAAAAAAA", Created: Now().Add(-before),
		Spec: roundtrip.Spec{Topic: topic, Count: count, Key: "sensor-{{randInt 1 9}}", Value: `{"celsius":{{float 15 30 1}}}`, Sender: roundtrip.SendHere,
			Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: roundtrip.DefaultGroup}},
	}
}

// Done is a run of a million that is done.
func Done() roundtrip.Judgement {
	const n = 1_000_000
	first := Now().Add(-2 * time.Minute)
	return roundtrip.Judgement{
		Run: run("7QK3M", "stream", n, 2*time.Minute), At: Now(), Verdict: roundtrip.Done, Final: true,
		Said:    "All 1,000,000 messages were processed exactly once by group krapp-consume.",
		Outcome: roundtrip.Outcome{Sent: n, Stored: n, Once: n}, Latency: latency(n, 41*time.Millisecond, 190*time.Millisecond),
		Partitions: []roundtrip.PartitionOutcome{
			{Partition: 0, Stored: 333_412, Processed: 333_412, LastOffset: 333_411, P99: 40 * time.Millisecond, Worker: "worker-a"},
			{Partition: 1, Stored: 333_080, Processed: 333_080, LastOffset: 333_079, P99: 38 * time.Millisecond, Worker: "worker-a"},
			{Partition: 2, Stored: 333_508, Processed: 333_508, LastOffset: 333_507, P99: 44 * time.Millisecond, Worker: "worker-b"},
		},
		Workers: []roundtrip.WorkerOutcome{
			{Name: "worker-a", Processed: 666_492, Last: Now().Add(-100 * time.Second)},
			{Name: "worker-b", Processed: 333_508, Last: Now().Add(-100 * time.Second)},
		},
		FirstSent: first, LastSent: first.Add(19 * time.Second), LastProgress: first.Add(20 * time.Second),
	}
}

func latency(n int64, p99, most time.Duration) roundtrip.Latency {
	return roundtrip.Latency{
		Count: n, P50: p99 / 4, P90: p99 / 2, P99: p99, Max: most, Least: 2 * time.Millisecond,
		Histogram: []int64{n / 100, n / 20, n / 4, n / 3, n / 5, n / 10, n / 50, n / 100, 0, n / 1000, 3, 1}, ClockDifference: 300 * time.Microsecond,
	}
}

// InFlight is a run that goes on.
func InFlight() roundtrip.Judgement {
	j := roundtrip.Judgement{
		Run: run("7QJ8T", "orders", 250_000, 3*time.Minute), At: Now(), Verdict: roundtrip.InFlight,
		Said:    "All 250,000 messages are stored; 152,500 processed, 97,500 on their way.",
		Outcome: roundtrip.Outcome{Sent: 250_000, Stored: 250_000, Once: 152_500, Waiting: 97_500}, Latency: latency(152_500, 88*time.Millisecond, time.Second),
		FirstSent: Now().Add(-20 * time.Second), LastSent: Now().Add(-10 * time.Second), LastProgress: Now(),
	}
	return j
}

// Lost is a run of which seven messages are lost.
func Lost() roundtrip.Judgement {
	j := roundtrip.Judgement{
		Run: run("7QH1C", "orders", 10_000, 4*time.Minute), At: Now(), Verdict: roundtrip.Lost, Final: true,
		Said:    "7 of 10,000 messages are lost: group orders-app has committed past them and no worker reported them.",
		Cause:   "group orders-app committed offsets without processing what lies before them",
		Hint:    "look for a consumer that commits before it processes, or for a reset of the group",
		Outcome: roundtrip.Outcome{Sent: 10_000, Stored: 10_000, Once: 9_993, Missing: 7}, Latency: latency(9993, 120*time.Millisecond, 1900*time.Millisecond),
		Partitions: []roundtrip.PartitionOutcome{
			{Partition: 0, Stored: 3341, Processed: 3341, LastOffset: 3340, P99: 40 * time.Millisecond, Worker: "worker-a"},
			{Partition: 1, Stored: 3318, Processed: 3318, LastOffset: 3317, P99: 38 * time.Millisecond, Worker: "worker-a"},
			{Partition: 2, Stored: 3341, Processed: 3334, FirstOffset: 85_000, LastOffset: 88_340, P99: 120 * time.Millisecond, Worker: "worker-b"},
		},
		Workers: []roundtrip.WorkerOutcome{
			{Name: "worker-a", Processed: 6659, Last: Now().Add(-4 * time.Minute)},
			{Name: "worker-b", Processed: 3334, Last: Now().Add(-4*time.Minute - 8*time.Second), Left: true},
		},
		MissingRanges: []roundtrip.Range{{First: 4211, Last: 4216}, {First: 4220, Last: 4220}},
		MissingAt:     []roundtrip.Place{{Seq: 4211, Partition: 2, Offset: 88_140}, {Seq: 4212, Partition: 2, Offset: 88_141}, {Seq: 4220, Partition: 2, Offset: 88_149}},
		FirstSent:     Now().Add(-4*time.Minute - 20*time.Second), LastSent: Now().Add(-4*time.Minute - 10*time.Second), LastProgress: Now().Add(-4 * time.Minute),
		Notes: []string{"Clocks differ by up to 1.2 ms: latencies are that uncertain."},
	}
	j.Run.Evidence.Group = "orders-app"
	return j
}

// Stalled is a run for which there is no worker.
func Stalled() roundtrip.Judgement {
	return roundtrip.Judgement{
		Run: run("7QG9A", "audit", 5000, 5*time.Minute), At: Now(), Verdict: roundtrip.Stalled,
		Said:    "Stalled: 5,000 messages wait: no member in group krapp-consume.",
		Cause:   "no member in group krapp-consume",
		Hint:    "start a consumer: krapp-worker consume --topics audit",
		Outcome: roundtrip.Outcome{Sent: 5000, Stored: 5000, Waiting: 5000}, StuckAt: &roundtrip.Place{Seq: 0, Partition: 0, Offset: 120},
		FirstSent: Now().Add(-5 * time.Minute), LastSent: Now().Add(-5 * time.Minute),
	}
}

// Sending is a run in its first second.
func Sending() roundtrip.Judgement {
	j := roundtrip.Judgement{
		Run: run("7QZZZ", "stream", 100_000_000, time.Second), At: Now(), Verdict: roundtrip.Sending,
		Said:    "412,000 of 100,000,000 messages are stored, 398,000 processed.",
		Outcome: roundtrip.Outcome{Sent: 412_400, Stored: 412_000, Once: 398_000, Waiting: 14_000}, Latency: latency(398_000, 52*time.Millisecond, 80*time.Millisecond),
		FirstSent: Now().Add(-time.Second), LastSent: Now(), LastProgress: Now(),
	}
	return j
}

// Evil is a run of which every text is hostile.
func Evil() roundtrip.Judgement {
	j := Lost()
	j.Run.ID, j.Run.Topic, j.Run.Evidence.Group = ID("EV1L\x1b"), Hostile, Hostile
	j.Said, j.Cause, j.Hint, j.Verdict = Hostile, Hostile, Hostile, roundtrip.Failed
	j.Notes = []string{Hostile}
	j.Workers[0].Name, j.Partitions[0].Worker = Hostile, Hostile
	j.Outcome = roundtrip.Outcome{Sent: math.MaxInt64, Stored: math.MaxInt64, Once: math.MinInt64, Missing: math.MaxInt64, Failed: math.MaxInt64, Discarded: math.MaxInt64}
	j.Latency.P99, j.Latency.Max = math.MaxInt64, math.MaxInt64
	return j
}

// Runs is a picture of several runs, newest first.
func Runs() live.RunsPicture {
	return live.RunsPicture{At: Now(), Runs: []roundtrip.Judgement{Done(), InFlight(), Lost(), Stalled()}}
}

// Partitions is a picture of three partitions, one of them behind.
func Partitions() live.Partitions {
	row := func(p int32, end, committed int64, behind time.Duration, in float64, trend ...float64) live.Partition {
		return live.Partition{
			Lag: kafkaops.Lag{TopicPartition: kafkaops.TopicPartition{Topic: "stream", Partition: p}, Extent: kafkaops.Extent{End: end},
				Committed: committed, Records: end - committed, Behind: behind, Member: "krapp-consume-1-5f0c"},
			In: in, Out: in, Trend: trend,
		}
	}
	return live.Partitions{Target: live.Target{Topic: "stream", Group: "krapp-consume"}, At: Now(), Rows: []live.Partition{
		row(0, 166_912, 166_704, 100*time.Millisecond, 4100, 100, 200, 300, 400, 200, 100, 208),
		row(1, 166_530, 166_530, 0, 4000, 0, 0, 0, 0, 0, 0, 0),
		row(2, 167_004, 164_005, 13*time.Second, 4300, 400, 900, 1400, 1800, 2300, 2700, 2999),
	}}
}

// Messages is a picture of the newest n messages.
func Messages(n int) live.Messages {
	m := live.Messages{Topic: "stream", Count: n}
	for i := range n {
		at := Now().Add(-time.Duration(i) * 700 * time.Microsecond)
		m.Records = append(m.Records, live.Message{Record: kafkaops.Record{
			Topic: "stream", Partition: int32(i % 3), Offset: int64(166_911 - i/3), Timestamp: at, TimestampKind: kafkaops.CreateTime,
			Key:   fmt.Appendf(nil, "sensor-%d", 1+i*7%9),
			Value: fmt.Appendf(nil, `{"celsius":%.1f,"at":"%s"}`, 15+float64(i%15), at.Format(time.RFC3339Nano)),
		}})
	}
	return m
}

// EvilMessages is a picture of messages that would break a screen.
func EvilMessages() live.Messages {
	m := live.Messages{Topic: Hostile, Count: 5}
	for i, value := range [][]byte{[]byte(Hostile), nil, {}, make([]byte, 1<<20), []byte("👨\u200d👩\u200d👧🇩🇪नमस्ते مرحبا")} {
		m.Records = append(m.Records, live.Message{Cut: true, Record: kafkaops.Record{
			Topic: Hostile, Partition: math.MaxInt32, Offset: math.MaxInt64 - int64(i), Key: value, Value: value, Timestamp: Now(),
		}})
	}
	return m
}

// EvilPartitions is a picture with figures as large as they get, and an error.
func EvilPartitions() live.Partitions {
	p := Partitions()
	p.Topic, p.Group, p.Err = Hostile, Hostile, errors.New(Hostile)
	r := &p.Rows[0]
	r.Partition, r.Start, r.End, r.Records, r.Behind = math.MaxInt32, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64
	r.Member, r.In, r.Trend = Hostile, math.Inf(1), []float64{math.NaN(), math.Inf(1), -1, math.MaxFloat64}
	p.Rows[1].Err, p.Rows[1].Records = ErrDown(), -1
	return p
}
