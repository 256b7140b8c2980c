package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// followRuns reads what is new in krapp.runs. exists is false on a cluster on which no run was ever registered.
func (l *Ledger) followRuns(ctx context.Context) (exists bool, err error) {
	reached, err := l.client.ScanRecords(ctx, l.runsAt, nil, kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		for i := range recs {
			l.runRecord(&recs[i])
		}
		return nil
	})
	for tp, at := range reached {
		l.runsAt[tp] = max(l.runsAt[tp], at)
	}
	if kafkaops.ClassOf(err) == kafkaops.NotFound {
		return false, nil
	}
	return err == nil, err
}

// runRecord takes one record of krapp.runs. A damaged one is skipped and counted; it may be read twice without harm.
func (l *Ledger) runRecord(r *kafkaops.Record) {
	tp := r.TopicPartition()
	if r.Offset < l.runsAt[tp] {
		return
	}
	l.runsAt[tp] = r.Offset + 1
	id, kind, sender, ok := roundtrip.ParseRunKey(r.Key)
	if !ok {
		l.damaged++
		return
	}
	if r.Value == nil { // a tombstone: somebody tidied up
		return
	}
	if kind == roundtrip.RunRecord {
		l.runRegistered(id, r)
		return
	}
	a := l.runs[id]
	if a == nil { // its RUN has been deleted, or was damaged and counted
		return
	}
	seen := r.Timestamp
	var err error
	switch kind {
	case roundtrip.SenderRecord:
		var h wire.Heartbeat
		if h, err = wire.DecodeHeartbeat(sender, r.Value); err == nil {
			a.heartbeat(h, seen)
		}
	case roundtrip.CancelRecord:
		var at time.Time
		if at, err = roundtrip.DecodeCancel(r.Value); err == nil {
			a.cancelled = at
		}
	case roundtrip.VerdictRecord:
		var v wire.Verdict
		if v, err = wire.DecodeVerdict(a.run, r.Value); err == nil {
			a.adopt(v)
		}
	}
	if err != nil {
		l.damaged++
	}
}

func (l *Ledger) runRegistered(id string, r *kafkaops.Record) {
	run, err := roundtrip.DecodeRun(r.Value)
	if err != nil || run.ID != id {
		l.damaged++
		return
	}
	if l.runs[id] != nil {
		return
	}
	l.runs[id] = newAccount(run)
	at, _ := slices.BinarySearch(l.order, id) // ULIDs sort by time
	l.order = slices.Insert(l.order, at, id)
}

// heartbeat keeps a sender's newest word and the clocks' difference.
func (a *account) heartbeat(h wire.Heartbeat, seen time.Time) {
	if seen.IsZero() {
		seen = h.At
	}
	if apart := seen.Sub(h.At).Abs(); a.senderSkew < 0 || apart < a.senderSkew {
		a.senderSkew = apart // the least seen is the nearest to the clocks' difference: the rest is the way to the broker
	}
	a.senders[h.Sender] = judge.Sender{Heartbeat: h, Seen: seen}
}
