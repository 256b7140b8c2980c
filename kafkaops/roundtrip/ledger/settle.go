package ledger

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// settle looks at the batches that wait, oldest first, and ends the waiting of those of which all is known. Each is looked at until its turn
// comes, never again after: the cost is that of the batches, not of refreshes times batches.
//
// commits were read before the reports; proved says that the reports have been read at least as far as they reached after that. Only then is a
// message behind a commit and in no report a lost one.
func (a *account) settle(commits kafkaops.Offsets, proved bool, now time.Time) {
	for id, p := range a.parts {
		commit, committed := commits[kafkaops.TopicPartition{Topic: a.run.Topic, Partition: id}]
		for len(p.waiting) > 0 {
			b := &p.waiting[0]
			if !a.over(p, b, commit, committed, proved, now) {
				break
			}
			if b.seqs != nil {
				a.pendingBits -= int64(b.seqs.GetSizeInBytes())
			}
			p.waiting = p.waiting[1:]
		}
		if len(p.waiting) == 0 {
			p.waiting = nil // frees the array
		}
	}
	a.settleCoarse(commits, proved, now)
}

// over says whether nothing more is to be awaited of a batch, after counting what follows from that.
func (a *account) over(p *part, b *batch, commit int64, committed, proved bool, now time.Time) bool {
	if b.seqs == nil {
		return false
	}
	if b.seqs.AndCardinality(a.handled) == b.seqs.GetCardinality() {
		return true
	}
	passed := committed && commit > b.last
	switch a.run.Evidence.Kind {
	case roundtrip.Committed:
		if passed {
			a.pass(p, b.seqs, b.at, now)
		}
		return passed
	case roundtrip.Arrived:
		if now.Sub(b.at) <= a.grace() {
			return false
		}
	default:
		if !passed || !proved {
			return false
		}
	}
	a.unproved.Or(roaring.AndNot(b.seqs, a.handled))
	if len(a.overdue) < maxPlaces {
		a.overdue = append(a.overdue, span{p.Partition, b.first, b.last})
	}
	return true
}

// pass counts messages as committed. When they were, nothing in Kafka says: for a ledger that watches it is now, for one that has just begun
// it is no earlier than they were stored.
func (a *account) pass(p *part, seqs *roaring.Bitmap, stored, now time.Time) {
	p.Processed += int64(seqs.GetCardinality() - seqs.AndCardinality(a.handled))
	a.handled.Or(seqs)
	a.dirty = true
	if a.updates > 0 {
		stored = now
	}
	if stored.After(a.lastHandled) {
		a.lastHandled = stored
	}
}

// settleCoarse settles what waits without bitmaps, once every partition has come past all that the run stored there (arrived: once the grace of
// all has passed): then all of the rest is known to be behind, whatever it is.
func (a *account) settleCoarse(commits kafkaops.Offsets, proved bool, now time.Time) {
	if !a.coarse || !a.allBehind(commits, now) || a.run.Evidence.Kind == roundtrip.Reported && !proved {
		return
	}
	if a.run.Evidence.Kind == roundtrip.Committed {
		a.handled.Or(a.stored)
	} else {
		a.unproved.Or(roaring.AndNot(a.stored, a.handled))
	}
	for _, p := range a.parts {
		for _, b := range p.waiting {
			if len(a.overdue) < maxPlaces {
				a.overdue = append(a.overdue, span{p.Partition, b.first, b.last})
			}
		}
		if a.run.Evidence.Kind == roundtrip.Committed {
			p.Processed = p.Stored
		}
		p.waiting = nil
	}
	a.coarse, a.dirty, a.pendingBits = false, true, 0
}

func (a *account) allBehind(commits kafkaops.Offsets, now time.Time) bool {
	for id, p := range a.parts {
		n := len(p.waiting)
		if n == 0 {
			continue
		}
		last := p.waiting[n-1]
		if a.run.Evidence.Kind == roundtrip.Arrived {
			if now.Sub(last.at) <= a.grace() {
				return false
			}
			continue
		}
		commit, committed := commits[kafkaops.TopicPartition{Topic: a.run.Topic, Partition: id}]
		if !committed || commit <= last.last {
			return false
		}
	}
	return true
}

// maxPlaces is how many places of missing messages a judgement names.
const maxPlaces = 100

func (a *account) grace() time.Duration {
	if a.run.Evidence.Grace > 0 {
		return a.run.Evidence.Grace
	}
	return roundtrip.DefaultGrace
}

func (a *account) within() time.Duration {
	if a.run.Evidence.Within > 0 {
		return a.run.Evidence.Within
	}
	return roundtrip.DefaultStall
}

// waitingSince is since when the longest waiting message waits; zero when none does.
func (a *account) waitingSince() time.Time {
	var since time.Time
	for _, p := range a.parts {
		if len(p.waiting) > 0 && (since.IsZero() || p.waiting[0].at.Before(since)) {
			since = p.waiting[0].at
		}
	}
	return since
}
