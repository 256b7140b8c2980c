package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

func (a *account) bitmaps() []*roaring.Bitmap {
	return []*roaring.Bitmap{a.stored, a.possibly, a.failed, a.handled, a.again, a.rejected, a.unproved, a.found}
}

// facts puts together what package judge decides by.
func (l *Ledger) facts(a *account, s *scene) judge.Facts {
	f := judge.Facts{
		Run: a.run, Cancelled: a.cancelled, Stored: a.stored, Possibly: a.possibly, Failed: a.failed, FailedAs: a.failedAs,
		Handled: a.handled, Again: a.again, Rejected: a.rejected, Unproved: a.unproved, Gone: a.gone,
		Discarded: a.discarded, Latency: &a.latency, Skew: max(a.skew, a.senderSkew, 0),
		FirstSent: a.firstSent, LastSent: a.lastSent, LastStored: a.lastStored, LastHandled: a.lastHandled,
		WaitingSince: a.waitingSince(), Expired: a.expired, Verified: a.verified, Notes: l.notesOn(a, s), MissedAt: a.missedAt,
	}
	if a.damaged > 0 && f.Expired == "" {
		f.Expired = fmt.Sprintf("%d reports on this run are damaged", a.damaged)
	}
	for _, id := range slices.Sorted(maps.Keys(a.senders)) {
		h := a.senders[id]
		f.Senders = append(f.Senders, h)
		if a.run.Sender == roundtrip.SendHere {
			if f.FirstSent.IsZero() {
				f.FirstSent = h.FirstSent
			}
			if h.LastSent.After(f.LastSent) {
				f.LastSent = h.LastSent
			}
		}
	}
	t := s.topics[a.run.Topic]
	f.Topic = judge.Topic{Err: t.Err, Gone: kafkaops.ClassOf(t.Err) == kafkaops.NotFound, Recreated: t.Err == nil && !a.ownTopic(t.ID)}
	for _, p := range t.Partitions {
		if p.Leader < 0 {
			f.Topic.Leaderless = append(f.Topic.Leaderless, p.ID)
		}
	}
	for _, p := range a.parts {
		out := p.PartitionOutcome
		out.P99 = p.latency.Quantile(0.99)
		f.Partitions = append(f.Partitions, out)
	}
	slices.SortFunc(f.Partitions, func(a, b roundtrip.PartitionOutcome) int { return cmp.Compare(a.Partition, b.Partition) })
	for _, w := range a.workers {
		f.Workers = append(f.Workers, *w)
	}
	slices.SortFunc(f.Workers, func(a, b roundtrip.WorkerOutcome) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// notesOn says what limits a verdict.
func (l *Ledger) notesOn(a *account, s *scene) []string {
	notes := slices.Clone(a.notes)
	if err := s.errs[a.run.Evidence.Group]; err != nil {
		notes = append(notes, "the commits of group "+a.run.Evidence.Group+" can't be read, so nothing is known to be lost: "+err.Error())
	}
	if l.damaged > 0 {
		notes = append(notes, fmt.Sprintf("%d damaged records in %s were skipped", l.damaged, roundtrip.RunsTopic))
	}
	if l.foreign > 0 {
		notes = append(notes, fmt.Sprintf("%d damaged records in %s were skipped", l.foreign, roundtrip.ReportsTopic))
	}
	if a.discarded > 0 {
		notes = append(notes, fmt.Sprintf("%d sequence numbers at or above the run's count of %d were discarded", a.discarded, a.run.Count))
	}
	if skew := max(a.skew, a.senderSkew); skew > 100*time.Millisecond {
		notes = append(notes, fmt.Sprintf("the hosts' clocks differ by about %s; latencies are that uncertain", skew.Round(time.Millisecond)))
	}
	if a.run.Evidence.Kind == roundtrip.Arrived && a.latency.Count() == 0 && !a.handled.IsEmpty() {
		notes = append(notes, "the pipeline drops the header "+roundtrip.SentHeader+", so latencies aren't known")
	}
	return notes
}

// keep writes a final verdict to krapp.runs, where it outlives its evidence, and frees what the run took. When that fails the judgement is
// none the worse: it says so, and whoever judges next tries again.
func (l *Ledger) keep(ctx context.Context, a *account) {
	v := wire.Verdict{Judgement: a.judgement, Read: a.reportsAt.Clone()}
	for tp, at := range a.outputAt {
		v.Read[tp] = at
	}
	if !l.options.ReadOnly {
		if err := l.write(ctx, a, v); err != nil {
			a.judgement.Notes = append(a.judgement.Notes, "the verdict could not be kept in "+roundtrip.RunsTopic+": "+err.Error())
			v.Judgement = a.judgement
		}
	}
	a.reopened = false
	a.adopt(v)
}

func (l *Ledger) write(ctx context.Context, a *account, v wire.Verdict) error {
	value, err := wire.EncodeVerdict(v)
	if err != nil {
		return err
	}
	deliveries, err := l.client.ProduceSync(ctx, []kafkaops.Record{{
		Topic: roundtrip.RunsTopic, Partition: 0, Key: roundtrip.RunKey(a.run.ID, roundtrip.VerdictRecord, ""), Value: value,
	}})
	for _, d := range deliveries {
		err = errors.Join(err, d.Err)
	}
	return err
}
