package ledger

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// proofWait bounds the wait for transactions that are open on krapp.reports, when the reports have to be read to their end. A transaction takes
// about 50 ms; one that hangs is aborted after 10 s, and until then nothing is claimed to be lost.
const proofWait = 2 * time.Second

// readReports reads krapp.reports once for all the runs. The end is what read-uncommitted readers see: a transaction's commit of offsets may
// be visible before its reports are, and those must be waited for. It returns the final runs on which reports still came in.
func (l *Ledger) readReports(ctx context.Context, accounts []*account, s *scene) ([]*account, error) {
	readers := l.reportReaders(accounts)
	if len(readers) == 0 {
		return nil, nil
	}
	extents, err := l.client.TopicExtents(ctx, kafkaops.ReadUncommitted, roundtrip.ReportsTopic)
	if kafkaops.ClassOf(err) == kafkaops.NotFound {
		for _, a := range readers {
			a.expired = roundtrip.ReportsTopic + " was deleted"
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	from, err := starts(extents, slices.Collect(maps.Values(readers)), (*account).reportsFrom)
	if err != nil {
		return nil, err
	}
	ends := extents.Ends()
	late := map[string]*account{}
	each := func(recs []kafkaops.Record) error {
		for i := range recs {
			l.report(&recs[i], readers, late)
		}
		return nil
	}
	reached, err := l.client.ScanRecords(ctx, from, nil, kafkaops.ReadCommitted, each)
	if err == nil {
		reached, err = l.awaitEnds(ctx, reached, ends, each)
	}
	if err != nil {
		return nil, err
	}
	s.proved = true
	for tp, end := range ends {
		s.proved = s.proved && reached[tp] >= end
		for _, a := range readers {
			a.reportsAt[tp] = max(a.reportsAt[tp], reached[tp])
		}
	}
	return slices.Collect(maps.Values(late)), nil
}

// reportReaders is the runs that are brought up to date, and the final ones young enough for reports that come after the verdict.
func (l *Ledger) reportReaders(accounts []*account) map[string]*account {
	readers := map[string]*account{}
	for _, a := range accounts {
		readers[a.run.ID] = a
	}
	for id, a := range l.runs {
		if a.settled() && l.young(a) {
			readers[id] = a
		}
	}
	return readers
}

// starts is where to read each partition from, so that all the runs are served.
func starts(
	extents kafkaops.Extents, readers []*account, begin func(*account, kafkaops.TopicPartition, kafkaops.Extent) int64,
) (kafkaops.Offsets, error) {
	from := kafkaops.Offsets{}
	for tp, x := range extents {
		if x.Err != nil {
			return nil, x.Err
		}
		for _, a := range readers {
			at := begin(a, tp, x)
			if least, ok := from[tp]; !ok || at < least {
				from[tp] = at
			}
		}
	}
	return from, nil
}

func (a *account) reportsFrom(tp kafkaops.TopicPartition, x kafkaops.Extent) int64 {
	return a.begin(a.reportsAt, tp, x)
}

func (a *account) outputFrom(tp kafkaops.TopicPartition, x kafkaops.Extent) int64 {
	return a.begin(a.outputAt, tp, x)
}

// begin is where to read a partition on for the run. Evidence that was deleted before it was read has expired.
func (a *account) begin(positions kafkaops.Offsets, tp kafkaops.TopicPartition, x kafkaops.Extent) int64 {
	at := positions[tp] // 0 for a partition that was added later
	if at < x.Start {
		if a.expired == "" && !a.settled() {
			a.expired = tp.Topic + " no longer reaches back to this run: its oldest records were deleted by retention"
		}
		at = x.Start
		positions[tp] = at
	}
	return at
}

// awaitEnds reads on to the ends, over transactions that are still open, for a while. Where it does not get there, what was read is good, and
// nothing is proved.
func (l *Ledger) awaitEnds(
	ctx context.Context, reached, ends kafkaops.Offsets, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	reached = reached.Clone()
	bounded, cancel := context.WithTimeout(ctx, proofWait)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		rest := kafkaops.Offsets{}
		for tp, end := range ends {
			if reached[tp] < end {
				rest[tp] = reached[tp]
			}
		}
		if len(rest) == 0 {
			return reached, nil
		}
		select {
		case <-ctx.Done():
			return reached, ctx.Err()
		case <-bounded.Done():
			return reached, nil
		case <-time.After(wait):
		}
		further, err := l.client.ScanRecords(ctx, rest, nil, kafkaops.ReadCommitted, each)
		for tp, at := range further {
			reached[tp] = max(reached[tp], at)
		}
		if err != nil {
			return reached, err
		}
	}
}

// report takes one record of krapp.reports. A damaged one is skipped and counted; under a run's own key it also damages that run's evidence.
func (l *Ledger) report(r *kafkaops.Record, readers, late map[string]*account) {
	tp := r.TopicPartition()
	id := wire.RunOf(r.Value)
	if id == "" {
		id = string(r.Key) // JSON; its own field is looked at below
	}
	a := readers[id]
	if a == nil && len(r.Value) > 0 && r.Value[0] != '{' && wire.RunOf(r.Value) != "" {
		return
	}
	report, err := wire.DecodeReport(r.Value)
	if err != nil {
		if l.firstSight(tp, r.Offset) {
			l.foreign++
		}
		if a != nil && r.Offset >= a.reportsAt[tp] {
			a.reportsAt[tp] = r.Offset + 1
			a.damaged++
		}
		return
	}
	if report.Done != nil {
		a = readers[report.Done.Run]
	}
	if a == nil || r.Offset < a.reportsAt[tp] {
		return
	}
	a.reportsAt[tp] = r.Offset + 1
	switch {
	case a.settled():
		late[a.run.ID] = a
	case report.Done != nil:
		a.applyDone(report.Done)
	default:
		at := report.Sent.At
		if at.IsZero() {
			at = r.Timestamp
		}
		a.applySent(report.Sent, at)
	}
}

// firstSight says whether a record of krapp.reports is read for the first time, so that damaged ones are counted once.
func (l *Ledger) firstSight(tp kafkaops.TopicPartition, offset int64) bool {
	if offset < l.sightedAt[tp] {
		return false
	}
	l.sightedAt[tp] = offset + 1
	return true
}
