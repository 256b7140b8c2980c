package ledger

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// applySent counts a sender's report. Counting it twice changes nothing.
func (a *account) applySent(s *wire.Sent, at time.Time) {
	if !a.ownTopic(s.TopicID) {
		return
	}
	a.dirty = true
	a.sentBetween(s.FirstSent, s.LastSent)
	for _, acked := range s.Acked {
		p := a.part(acked.Partition)
		p.upTo = max(p.upTo, acked.Last+1)
		a.storedOn(p, acked.First, acked.Last, at, a.clip(acked.Seqs))
	}
	for _, f := range s.Failed {
		a.failed.Or(a.clip(f.Seqs))
		if a.failedAs == "" {
			a.failedAs = f.Error
		}
	}
	a.possibly.Or(a.clip(s.Possibly))
}

func (a *account) sentBetween(first, last time.Time) {
	if !first.IsZero() && (a.firstSent.IsZero() || first.Before(a.firstSent)) {
		a.firstSent = first
	}
	if last.After(a.lastSent) {
		a.lastSent = last
	}
}

// storedOn counts messages that lie on a partition between two offsets, and lets those that are not handled yet wait.
func (a *account) storedOn(p *part, first, last int64, at time.Time, seqs *roaring.Bitmap) {
	fresh := int64(seqs.GetCardinality() - seqs.AndCardinality(a.stored))
	if fresh == 0 {
		return
	}
	p.Stored += fresh
	if p.FirstOffset < 0 || first < p.FirstOffset {
		p.FirstOffset = first
	}
	p.LastOffset = max(p.LastOffset, last)
	a.stored.Or(seqs)
	if at.After(a.lastStored) {
		a.lastStored = at
	}
	a.await(p, batch{first: first, last: last, at: at, seqs: seqs})
}

// maxPending bounds the bitmaps that wait, in bytes: a consumer that is a hundred million messages behind must not cost gigabytes.
const maxPending = 16 << 20

func (a *account) await(p *part, b batch) {
	size := int64(b.seqs.GetSizeInBytes())
	if a.pendingBits+size > maxPending {
		b.seqs, size, a.coarse = nil, 0, true
	}
	a.pendingBits += size
	p.waiting = append(p.waiting, b)
}

// applyDone counts a processing group's report, if it is the run's evidence.
func (a *account) applyDone(d *wire.Done) {
	e := a.run.Evidence
	if e.Kind != roundtrip.Reported || d.Group != e.Group || d.Topic != a.run.Topic || !a.ownTopic(d.TopicID) {
		return // copies elsewhere carry the same headers, and other groups may report too
	}
	id := identity{partition: d.Partition, first: d.First, last: d.Last}
	if !d.At.IsZero() {
		id.at = d.At.UnixNano()
	}
	if _, known := a.identities[id]; known {
		return
	}
	a.identities[id] = struct{}{}
	a.dirty = true
	processed, rejected := a.clip(d.Processed), a.clip(d.Rejected)
	repeated := roaring.And(a.clip(d.Again), roaring.Or(processed, rejected))
	p := a.part(d.Partition)
	p.Processed += int64(processed.GetCardinality() - processed.AndCardinality(a.handled))
	a.repeat(processed)
	a.handled.Or(processed)
	a.repeat(rejected)
	a.handled.Or(rejected)
	a.rejected.Or(rejected)
	a.again.Or(repeated)

	a.latency.Merge(&d.Latency)
	p.latency.Merge(&d.Latency)
	a.skew = max(a.skew, d.Skew)
	a.worked(d, int64(processed.GetCardinality()))
	p.Worker = d.Worker
}

// repeat notes those that are handled for the second time.
func (a *account) repeat(seqs *roaring.Bitmap) {
	if seqs.Intersects(a.handled) {
		a.again.Or(roaring.And(seqs, a.handled))
	}
}

func (a *account) worked(d *wire.Done, processed int64) {
	if d.At.After(a.lastHandled) {
		a.lastHandled = d.At
	}
	w := a.workers[d.Worker]
	if w == nil {
		if len(a.workers) >= maxWorkers {
			return
		}
		w = &roundtrip.WorkerOutcome{Name: d.Worker}
		a.workers[d.Worker] = w
	}
	w.Processed += processed
	if d.At.After(w.Last) {
		w.Last = d.At
	}
}

// maxWorkers bounds how many worker names are kept: they come from outside.
const maxWorkers = 1000
