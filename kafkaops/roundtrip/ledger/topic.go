package ledger

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// wantedScan says how much of the run's own topic has to be looked at: all of it when that is asked for or when messages timed out and may be
// stored anywhere; what the last report does not cover when the sender is gone. Workers report in the transaction that stores, so a report
// of theirs can't be missing.
func (l *Ledger) wantedScan(a *account, now time.Time) scanKind {
	switch {
	case l.options.Verify:
		return scanAll
	case !a.possibly.IsEmpty() && !a.senderAlive(now):
		return scanAll
	case a.run.Sender == roundtrip.SendHere && a.senderGone(now):
		return scanRest
	}
	return scanNothing
}

func (a *account) newest() (judge.Sender, bool) {
	var newest judge.Sender
	for _, s := range a.senders {
		if newest.State == "" || s.Seen.After(newest.Seen) {
			newest = s
		}
	}
	return newest, newest.State != ""
}

func (a *account) senderAlive(now time.Time) bool {
	s, any := a.newest()
	return any && !s.State.Last() && now.Sub(s.Seen) <= a.within()
}

// senderGone says that the sender stopped talking without a last word.
func (a *account) senderGone(now time.Time) bool {
	s, any := a.newest()
	if !any {
		return now.Sub(a.run.Created) > a.within()
	}
	return !s.State.Last() && now.Sub(s.Seen) > a.within()
}

// scanTopic looks for the run's messages in the topic itself.
func (l *Ledger) scanTopic(ctx context.Context, a *account, s *scene) error {
	kind := l.wantedScan(a, s.now)
	topic := s.topics[a.run.Topic]
	readable := topic.Err == nil && a.ownTopic(topic.ID)
	if kind == scanNothing || !readable {
		return nil // a topic that is gone, or another by now, is what the verdict is about
	}
	if kind > a.scanned {
		a.scanned, a.topicAt = kind, kafkaops.Offsets{}
	}
	written, err := l.client.TopicExtents(ctx, kafkaops.ReadUncommitted, a.run.Topic)
	if err != nil {
		return err
	}
	from := kafkaops.Offsets{}
	whole := true // the run's part of the topic is still there
	for tp, x := range written {
		if x.Err != nil {
			return x.Err
		}
		whole = whole && x.Start <= a.run.Ends[tp]
		at, begun := a.topicAt[tp]
		if !begun {
			at = a.run.Ends[tp]
			if p := a.parts[tp.Partition]; p != nil && a.scanned == scanRest {
				at = max(at, p.upTo)
			}
		}
		from[tp] = max(at, x.Start)
	}
	reached, err := l.client.ScanRecords(ctx, from, nil, kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		a.seen(recs)
		return nil
	})
	if err != nil {
		return err
	}
	complete := true
	for tp, at := range reached {
		a.topicAt[tp] = max(a.topicAt[tp], at)
		complete = complete && at >= written[tp].End
	}
	if kind == scanAll && l.options.Verify {
		return l.verify(ctx, a, whole, complete)
	}
	return nil
}

// seen counts the run's messages among records of its topic.
func (a *account) seen(recs []kafkaops.Record) {
	for first := 0; first < len(recs); {
		tp := recs[first].TopicPartition()
		var b batch
		var seqs []uint32
		i := first
		for ; i < len(recs) && recs[i].TopicPartition() == tp; i++ {
			r := &recs[i]
			run, seq, sent := runHeaders(r)
			if string(run) != a.run.ID {
				continue
			}
			n, ok := wire.ParseUint(seq)
			if !ok || n > roundtrip.MaxCount {
				continue
			}
			if len(seqs) == 0 {
				b.first = r.Offset
			}
			b.last, b.at = r.Offset, r.Timestamp
			seqs = append(seqs, uint32(n))
			if at, ok := wire.ParseUint(sent); ok && at < 1<<63 {
				when := time.Unix(0, int64(at))
				a.sentBetween(when, when)
			}
		}
		if len(seqs) > 0 {
			found := a.clip(roaring.BitmapOf(seqs...))
			a.found.Or(found)
			a.storedOn(a.part(tp.Partition), b.first, b.last, b.at, found)
			a.dirty = true
		}
		first = i
	}
}

// verify compares what was acknowledged with what the scan of the whole topic has found.
func (l *Ledger) verify(ctx context.Context, a *account, whole, complete bool) error {
	a.verified = true
	a.notes = nil
	missing := roaring.AndNot(a.stored, a.found)
	switch {
	case missing.IsEmpty():
		a.gone = nil
	case !whole:
		a.notes = append(a.notes, "the topic no longer reaches back to the start of the run, so not all of it could be verified")
	case !complete:
		a.verified = false
		a.notes = append(a.notes, "a transaction is open on the topic; what lies behind it could not be verified")
	default:
		compacted, err := l.compacted(ctx, a.run.Topic)
		if err != nil {
			return err
		}
		if compacted {
			a.notes = append(a.notes, "the topic is compacted: of messages with the same key only the last is kept, so not all could be verified")
			return nil
		}
		a.gone = missing
	}
	return nil
}

// compacted says whether a topic drops older records of a key. A client that can't tell is taken at its word that it is not.
func (l *Ledger) compacted(ctx context.Context, topic string) (bool, error) {
	c, ok := l.client.(interface {
		TopicConfigs(ctx context.Context, topic string) ([]kafkaops.ConfigEntry, error)
	})
	if !ok {
		return false, nil
	}
	configs, err := c.TopicConfigs(ctx, topic)
	if err != nil {
		return false, err
	}
	for _, e := range configs {
		if e.Name == "cleanup.policy" && strings.Contains(e.Value, "compact") {
			return true, nil
		}
	}
	return false, nil
}

// errFound ends a scan that has found what it wanted.
var errFound = errors.New("found")
