package judge

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Judge says what became of the run at the moment now.
func Judge(f Facts, now time.Time) roundtrip.Judgement {
	c := situationOf(f, now)
	j := roundtrip.Judgement{
		Run: f.Run, At: now, Outcome: c.outcome, Latency: latency(f), Partitions: f.Partitions, Workers: f.Workers,
		MissingRanges: Ranges(c.missing), DuplicatedRanges: Ranges(c.again), RejectedRanges: Ranges(c.rejected), FailedRanges: Ranges(c.failed),
		MissingAt: f.MissedAt, FirstSent: f.FirstSent, LastSent: f.LastSent, LastProgress: latest(f.LastStored, f.LastHandled, f.LastSent),
		Verified: f.Verified, Notes: f.Notes,
	}
	j.Verdict = c.verdict()
	j.Final = c.final(j.Verdict)
	c.say(&j)
	return j
}

// situation is the facts with what follows from them.
type situation struct {
	Facts
	now      time.Time
	outcome  roundtrip.Outcome
	missing  *roaring.Bitmap
	again    *roaring.Bitmap
	rejected *roaring.Bitmap
	failed   *roaring.Bitmap
	allKnown bool // every message has been stored, failed or timed out
	sender   senderState
}

type senderState uint8

const (
	senderAlive  senderState = iota
	senderEnded              // it said its last word
	senderAbsent             // its heartbeat is stale, or there never was one
)

func situationOf(f Facts, now time.Time) *situation {
	c := &situation{Facts: f, now: now, again: orEmpty(f.Again), rejected: orEmpty(f.Rejected)}
	handled := orEmpty(f.Handled)
	stored := roaring.Or(orEmpty(f.Stored), handled)
	possibly := roaring.AndNot(orEmpty(f.Possibly), stored)
	c.failed = roaring.AndNot(orEmpty(f.Failed), stored)
	c.failed.AndNot(possibly)
	c.missing = roaring.AndNot(roaring.Or(orEmpty(f.Unproved), orEmpty(f.Gone)), handled)

	o := &c.outcome
	o.Stored, o.PossiblyStored, o.Failed = count(stored), count(possibly), count(c.failed)
	o.Duplicated, o.Rejected = count(c.again), count(c.rejected)
	o.Once = count(roaring.AndNot(roaring.AndNot(handled, c.again), c.rejected))
	o.Missing, o.Discarded = count(c.missing), f.Discarded
	waiting := roaring.AndNot(stored, handled)
	waiting.AndNot(c.missing)
	o.Waiting = count(waiting)
	known := o.Stored + o.PossiblyStored + o.Failed
	o.Sent = known
	if f.Run.Sender == roundtrip.SendHere {
		for _, s := range f.Senders {
			o.Sent = max(o.Sent, min(s.Sent, f.Run.Count))
		}
	}
	c.allKnown = known >= f.Run.Count
	c.sender = c.senderState()
	return c
}

// senderState looks at the newest word of any sender.
func (c *situation) senderState() senderState {
	var newest Sender
	for _, s := range c.Senders {
		if s.Seen.After(newest.Seen) || newest.State == "" {
			newest = s
		}
	}
	switch {
	case newest.State == "" && c.now.Sub(c.Run.Created) <= c.within():
		return senderAlive // it is about to begin
	case newest.State == "":
		return senderAbsent
	case newest.State.Last():
		return senderEnded
	case c.now.Sub(newest.Seen) > c.within():
		return senderAbsent
	}
	return senderAlive
}

// said tells whether a sender's last word was one of these.
func (c *situation) said(states ...string) (Sender, bool) {
	for _, s := range c.Senders {
		for _, state := range states {
			if string(s.State) == state {
				return s, true
			}
		}
	}
	return Sender{}, false
}

func (c *situation) within() time.Duration {
	if c.Run.Evidence.Within > 0 {
		return c.Run.Evidence.Within
	}
	return roundtrip.DefaultStall
}

func (c *situation) grace() time.Duration {
	if c.Run.Evidence.Grace > 0 {
		return c.Run.Evidence.Grace
	}
	return roundtrip.DefaultGrace
}

// complete says whether every message made the round trip at least once.
func (c *situation) complete() bool { return count(orEmpty(c.Handled)) >= c.Run.Count }

// verdict gives the first that holds, in the order of the design.
func (c *situation) verdict() roundtrip.Verdict {
	o := c.outcome
	switch {
	case c.cancelled():
		return roundtrip.Cancelled
	case c.hasFailed():
		return roundtrip.Failed
	case o.Missing > 0 && c.Expired == "":
		if c.Run.Evidence.Kind == roundtrip.Arrived {
			return roundtrip.Missing
		}
		return roundtrip.Lost
	case o.Duplicated > 0:
		return roundtrip.Duplicated
	case o.Rejected > 0:
		return roundtrip.Rejected
	case c.complete():
		return roundtrip.Done
	case c.Expired != "":
		return roundtrip.Expired
	case c.sendingStalled() || c.processingStalled():
		return roundtrip.Stalled
	case !c.allKnown:
		return roundtrip.Sending
	}
	return roundtrip.InFlight
}

// cancelled holds unless everything had been sent before the cancellation was seen.
func (c *situation) cancelled() bool {
	if _, yes := c.said("cancelled"); yes {
		return true
	}
	return !c.Cancelled.IsZero() && !c.allKnown
}

func (c *situation) hasFailed() bool {
	if c.outcome.Failed > 0 {
		return true
	}
	if c.complete() { // what happens to the topic after the round trip does not undo it
		return false
	}
	if c.Topic.Gone || c.Topic.Recreated {
		return true
	}
	if _, failed := c.said("failed"); failed && !c.allKnown {
		return true
	}
	return c.outcome.PossiblyStored > 0 && c.sender != senderAlive
}

// sendingStalled says that messages are outstanding which nobody is sending.
func (c *situation) sendingStalled() bool {
	if c.allKnown {
		return false
	}
	if c.Run.Sender != roundtrip.SendWorkers {
		return c.sender != senderAlive
	}
	if _, enqueued := c.said("enqueued"); !enqueued && c.sender != senderAlive {
		return true
	}
	due := c.Run.Created
	if c.Run.Rate > 0 {
		due = due.Add(time.Duration(min(float64(c.outcome.Stored)/c.Run.Rate, 1e9) * float64(time.Second)))
	}
	return c.now.Sub(latest(due, c.LastStored)) > c.within()
}

// processingStalled says that stored messages wait and nothing has been processed for too long. With arrived evidence a message that does not
// come is missing after its grace, so only that counts.
func (c *situation) processingStalled() bool {
	if c.outcome.Waiting == 0 || c.WaitingSince.IsZero() || c.Run.Evidence.Kind == roundtrip.Arrived {
		return false
	}
	return c.now.Sub(latest(c.WaitingSince, c.LastHandled)) > c.within()
}

// final says whether the verdict can't change any more, short of somebody processing the same messages again.
func (c *situation) final(v roundtrip.Verdict) bool {
	quiet := c.outcome.Waiting == 0
	if c.Run.Evidence.Kind == roundtrip.Arrived { // a copy of the last message may be right behind it
		quiet = quiet && c.now.Sub(latest(c.LastHandled, c.LastStored)) > arrivedQuiet
	}
	switch v {
	case roundtrip.Done:
		return quiet
	case roundtrip.Cancelled:
		return c.sender != senderAlive && (quiet || c.processingStalled())
	case roundtrip.Failed:
		return (c.sender != senderAlive || c.allKnown) && (quiet || c.processingStalled() || c.Topic.Gone || c.Topic.Recreated)
	case roundtrip.Lost, roundtrip.Duplicated, roundtrip.Rejected:
		return c.allKnown && quiet
	case roundtrip.Missing:
		return c.allKnown && quiet && c.now.Sub(latest(c.LastStored, c.LastHandled)) > missingFinal*c.grace()
	case roundtrip.Expired:
		return c.sender != senderAlive
	}
	return false
}

const (
	arrivedQuiet = 2 * time.Second
	missingFinal = 20 // times the grace: until then a late arrival revises it
)

func orEmpty(b *roaring.Bitmap) *roaring.Bitmap {
	if b == nil {
		return roaring.New()
	}
	return b
}

func count(b *roaring.Bitmap) int64 { return int64(b.GetCardinality()) }

func latest(ts ...time.Time) time.Time {
	var out time.Time
	for _, t := range ts {
		if t.After(out) {
			out = t
		}
	}
	return out
}

// Ranges lists a bitmap as ranges, at most roundtrip.MaxRanges of them.
func Ranges(b *roaring.Bitmap) []roundtrip.Range {
	var out []roundtrip.Range
	if b == nil || b.IsEmpty() {
		return nil
	}
	for next := b.NextValue(0); next >= 0 && len(out) < roundtrip.MaxRanges; {
		end := b.NextAbsentValue(uint32(next))
		if end <= next { // it wraps around when the range ends with the greatest number there is
			return append(out, roundtrip.Range{First: next, Last: int64(b.Maximum())})
		}
		out = append(out, roundtrip.Range{First: next, Last: end - 1})
		next = b.NextValue(uint32(end))
	}
	return out
}

// latency sums up the histogram, with 16 buckets of equal ratio for drawing.
func latency(f Facts) roundtrip.Latency {
	out := roundtrip.Latency{ClockDifference: f.Skew}
	l := f.Latency
	if l == nil || l.Count() == 0 {
		return out
	}
	out.Count, out.Max, out.Least = l.Count(), l.Max(), max(l.Least(), time.Microsecond)
	out.P50, out.P90, out.P99 = l.Quantile(0.5), l.Quantile(0.9), l.Quantile(0.99)
	const bars = 16
	out.Histogram = make([]int64, bars)
	span := logRatio(out.Least, out.Max)
	l.Each(func(upTo time.Duration, n int64) {
		i := 0
		if span > 0 {
			i = int(logRatio(out.Least, max(upTo, out.Least)) / span * bars)
		}
		out.Histogram[min(max(i, 0), bars-1)] += n
	})
	return out
}
