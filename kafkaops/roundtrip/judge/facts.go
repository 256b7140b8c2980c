// Package judge decides what became of a run from facts that others fetched. It is pure: the same facts and the same moment give the same
// judgement, whoever asks.
package judge

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// Facts are what is known of a run at one moment. Bitmaps hold sequence numbers below Run.Count; nil is empty. They aren't changed.
type Facts struct {
	Run       roundtrip.Run
	Cancelled time.Time // zero: it was not
	Senders   []Sender
	Topic     Topic

	Stored   *roaring.Bitmap // acknowledged, or found in the topic
	Possibly *roaring.Bitmap // timed out; those that are in Stored too were found
	Failed   *roaring.Bitmap
	FailedAs string          // the first error
	Handled  *roaring.Bitmap // processed or rejected at least once
	Again    *roaring.Bitmap // handled more than once
	Rejected *roaring.Bitmap
	Unproved *roaring.Bitmap // Reported: behind a commit that was read before the reports, and in none of them. Arrived: overdue
	Gone     *roaring.Bitmap // acknowledged, and not in the topic when all of it was scanned

	Discarded  int64
	Latency    *wire.Latencies // nil: none
	Skew       time.Duration
	Partitions []roundtrip.PartitionOutcome
	Workers    []roundtrip.WorkerOutcome

	FirstSent, LastSent time.Time
	LastStored          time.Time
	LastHandled         time.Time
	WaitingSince        time.Time // since when the longest waiting of the stored messages waits; zero: none does

	Expired   string // why evidence of this run is gone; ""
	Group     *Group // what is known of the processing group; nil: not asked
	Workforce *Group // SendWorkers: the group of the produce workers; nil: not asked
	Verified  bool
	Notes     []string
	MissedAt  []roundtrip.Place
}

// Sender is a heartbeat and when the broker stored it.
type Sender struct {
	wire.Heartbeat
	Seen time.Time
}

// Topic is what is known of the run's topic now.
type Topic struct {
	Gone       bool
	Recreated  bool    // it has another topic ID
	Leaderless []int32 // partitions without a leader
	Err        error   // it can't be described
}

// Group is what is known of a group that does not get on.
type Group struct {
	Name     string
	State    string // as the broker names it
	Members  int
	Assigned int              // members that have a partition of the topic
	Stuck    *roundtrip.Place // the record that a member stands before
	Member   string           // that member
	Err      error
}

func (g *Group) class() kafkaops.Class { return kafkaops.ClassOf(g.Err) }
