package materialise

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// Phase is what a materialiser is doing.
type Phase string

// The phases of a materialiser.
const (
	Starting   Phase = "starting"
	Waiting    Phase = "waiting"     // for the job's topics, which don't exist yet: see View.Err
	CatchingUp Phase = "catching up" // reads what was there when it started
	Live       Phase = "live"
	BackOff    Phase = "back-off" // the brokers are in trouble: see View.Err and View.RetryAt
	Stopped    Phase = "stopped"
)

// View is one picture of a job's results. Nothing in it is ever changed: it can be kept and shared, and must not be written to.
type View struct {
	Job     *job.Job
	Version int64 // grows by each picture; for Next
	Phase   Phase

	Results      []byte // as GET /results gives them, see job.Table.Results
	Groups       []job.Group
	Completeness job.Completeness
	Sources      []job.SourceProgress // by ID; none of a stream

	// CaughtUp: everything that was there at the start is in. Before that, the results are a part of what is known already, and nobody's answer.
	CaughtUp  bool
	Positions kafkaops.Offsets // of the results and the sources topic: the next record of each partition
	Lag       int64            // records of the results topic that are still to be merged, about; -1: not known
	Newest    time.Time        // of the last record of results that this materialiser has read; zero: none since its snapshot
	LookedAt  time.Time        // when the brokers last said where the topics end; with Lag 0, the results are as of then

	Read      int64 // records of the results topic read since the start of this materialiser
	Snapshots Snapshots

	Err     error // of the phases Waiting and BackOff
	RetryAt time.Time

	epoch int // grows when the results begin anew, since the topic was made again
}

// Snapshots is what a materialiser did with snapshots.
type Snapshots struct {
	Restored bool  // it began with one
	SetAside int64 // found, but damaged, of another computation, topic or version
	Written  int64
	Failed   int64 // that couldn't be written
	Err      error // why the last one couldn't be written; nil after one that could
}

// holds says whether everything before the offsets is in the picture.
func (v *View) holds(ends kafkaops.Offsets) bool {
	for tp, end := range ends {
		if v.Positions[tp] < end {
			return false
		}
	}
	return true
}

// Verdict says in one word what the answer is worth.
type Verdict string

// The verdicts.
const (
	Complete   Verdict = "complete"   // every row of every source, once
	Incomplete Verdict = "incomplete" // more is to come, or was left out on purpose
	Continuous Verdict = "continuous" // a stream: it is never complete
	Wrong      Verdict = "wrong"      // a source failed, chunks are counted twice, or results expired: waiting doesn't mend it
)

// Verdict says what the answer is worth.
func (v *View) Verdict() Verdict {
	c := &v.Completeness
	switch {
	case c.Complete:
		return Complete
	case c.Failed > 0 || c.Duplicated > 0 || c.Expired > 0:
		return Wrong
	case v.Job.Stream != nil:
		return Continuous
	}
	return Incomplete
}

// Settled says whether waiting is of no use: the answer is complete, or nothing is being read any more and what was read is computed or lost.
func (v *View) Settled() bool {
	c := &v.Completeness
	still := c.Sources == 0 || c.Pending+c.Reading > 0 || c.Chunks < c.ChunksExpected && c.Expired == 0
	return v.CaughtUp && v.Job.Stream == nil && (c.Complete || c.Duplicated > 0 || !still)
}
