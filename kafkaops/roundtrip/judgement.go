package roundtrip

import (
	"time"
)

// Verdict is what became of a run, in one word or two.
type Verdict string

// The verdicts, in the order in which the first that holds is given.
const (
	Cancelled  Verdict = "cancelled"
	Failed     Verdict = "failed"
	Lost       Verdict = "lost"
	Missing    Verdict = "missing" // in the place of lost where the evidence is Arrived
	Duplicated Verdict = "duplicated"
	Rejected   Verdict = "rejected"
	Expired    Verdict = "expired" // the evidence went before a verdict was final: nothing can be proved any more
	Stalled    Verdict = "stalled"
	Sending    Verdict = "sending"
	InFlight   Verdict = "in flight"
	Done       Verdict = "done"
)

// Range is sequence numbers [First, Last], both included.
type Range struct{ First, Last int64 }

// Len is how many numbers the range holds.
func (r Range) Len() int64 { return r.Last - r.First + 1 }

// Outcome counts what became of a run's messages. Stored + PossiblyStored + Failed ≤ Sent ≤ Run.Count.
type Outcome struct {
	Sent           int64 // handed to the client library
	Stored         int64 // acknowledged, or found in the topic
	PossiblyStored int64 // timed out, and not yet found in the topic
	Failed         int64 // refused
	Once           int64 // processed exactly once
	Duplicated     int64 // processed more than once
	Rejected       int64 // dead-lettered
	Missing        int64 // stored, and proved unprocessed (Arrived: not arrived within the grace)
	Waiting        int64 // stored and not yet processed
	Discarded      int64 // carried the run's header with a sequence number ≥ Count
}

// Processed counts the messages processed at least once.
func (o Outcome) Processed() int64 { return o.Once + o.Duplicated }

// Latency is from the moment a message was sent to the moment a read-committed reader could see its result.
type Latency struct {
	Count              int64
	P50, P90, P99, Max time.Duration
	// Histogram has the counts of 8 to 24 buckets of equal ratio from Least to Max, for drawing.
	Least     time.Duration
	Histogram []int64
	// ClockDifference is the largest difference seen between the clocks of sender, worker and broker; latencies are that uncertain.
	ClockDifference time.Duration
}

// PartitionOutcome is what became of a run's messages on one partition.
type PartitionOutcome struct {
	Partition   int32
	Stored      int64
	Processed   int64
	FirstOffset int64 // -1: none
	LastOffset  int64
	P99         time.Duration
	Worker      string // the last to report on it; ""
}

// WorkerOutcome is what one worker did for a run.
type WorkerOutcome struct {
	Name      string
	Processed int64
	Last      time.Time // its last report
	Left      bool      // it is no longer a member of the group
}

// Place is where a record is.
type Place struct {
	Seq       int64
	Partition int32
	Offset    int64
}

// Judgement is what can be said of a run at one moment, from facts in Kafka alone.
type Judgement struct {
	Run     Run
	At      time.Time
	Verdict Verdict
	Final   bool   // it can't change any more
	Said    string // one sentence in plain words, with the numbers
	Cause   string // why, for failed, stalled, lost, expired …; ""
	Hint    string // what to try; ""

	Outcome
	Latency    Latency
	Partitions []PartitionOutcome
	Workers    []WorkerOutcome

	MissingRanges    []Range // at most MaxRanges each, in order; the counts are exact
	DuplicatedRanges []Range
	RejectedRanges   []Range
	FailedRanges     []Range
	MissingAt        []Place // where the first missing messages are stored; at most 100
	StuckAt          *Place  // stalled: the record a member stands before

	FirstSent, LastSent time.Time // zero: nothing sent
	LastProgress        time.Time
	Verified            bool     // the whole topic was scanned (--verify)
	Notes               []string // what limits the verdict: clock difference, records skipped as damaged …
}

// MaxRanges is how many ranges a Judgement lists at most.
const MaxRanges = 1000
