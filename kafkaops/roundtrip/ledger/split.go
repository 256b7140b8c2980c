package ledger

import (
	"context"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// split looks into batches in the midst of which a commit has come to rest: reading the part before it tells which messages are behind the
// commit. It is done where a group does not move, as otherwise the batch's turn comes by itself.
func (l *Ledger) split(ctx context.Context, a *account, s *scene) error {
	e := a.run.Evidence
	if e.Kind == roundtrip.Arrived || e.Kind == roundtrip.Reported && !s.proved || !a.ownTopic(s.topics[a.run.Topic].ID) {
		return nil
	}
	for id, p := range a.parts {
		tp := kafkaops.TopicPartition{Topic: a.run.Topic, Partition: id}
		commit, committed := s.commits[e.Group][tp]
		if !committed || len(p.waiting) == 0 {
			continue
		}
		b := &p.waiting[0]
		if b.seqs == nil || commit <= b.first || commit > b.last || s.now.Sub(b.at) < a.within()/2 {
			continue
		}
		behind := roaring.New()
		_, err := l.client.ScanRecords(ctx, kafkaops.Offsets{tp: b.first}, kafkaops.Offsets{tp: commit}, kafkaops.ReadCommitted,
			func(recs []kafkaops.Record) error {
				for i := range recs {
					run, seq, _ := runHeaders(&recs[i])
					if n, ok := wire.ParseUint(seq); ok && n < uint64(a.run.Count) && string(run) == a.run.ID {
						behind.Add(uint32(n))
					}
				}
				return nil
			})
		if err != nil {
			return err
		}
		rest := batch{first: commit, last: b.last, at: b.at, seqs: roaring.AndNot(b.seqs, behind)}
		behind.And(b.seqs)
		a.pendingBits += int64(rest.seqs.GetSizeInBytes()) - int64(b.seqs.GetSizeInBytes())
		before := batch{first: b.first, last: commit - 1, at: b.at, seqs: behind}
		a.over(p, &before, commit, true, s.proved, s.now)
		p.waiting[0] = rest
	}
	return nil
}

// places finds where the first missing messages lie, by reading the ranges of offsets known to hold some. It is done once for a number of
// missing messages, and gives up quietly: the verdict does not hang on it.
func (l *Ledger) places(ctx context.Context, a *account, j roundtrip.Judgement) []roundtrip.Place {
	if len(a.missedAt) > 0 || len(a.overdue) == 0 {
		return a.missedAt
	}
	wanted := roaring.New()
	for _, r := range j.MissingRanges {
		for n := r.First; n <= r.Last && wanted.GetCardinality() < maxPlaces; n++ {
			wanted.Add(uint32(n))
		}
	}
	for _, at := range a.overdue {
		tp := kafkaops.TopicPartition{Topic: a.run.Topic, Partition: at.partition}
		_, err := l.client.ScanRecords(ctx, kafkaops.Offsets{tp: at.first}, kafkaops.Offsets{tp: at.last + 1}, kafkaops.ReadCommitted,
			func(recs []kafkaops.Record) error {
				for i := range recs {
					run, seq, _ := runHeaders(&recs[i])
					n, ok := wire.ParseUint(seq)
					if ok && n < uint64(a.run.Count) && string(run) == a.run.ID && wanted.CheckedRemove(uint32(n)) {
						a.missedAt = append(a.missedAt, roundtrip.Place{Seq: int64(n), Partition: recs[i].Partition, Offset: recs[i].Offset})
					}
				}
				if wanted.IsEmpty() {
					return errFound
				}
				return nil
			})
		if err != nil && !errors.Is(err, errFound) || wanted.IsEmpty() {
			break
		}
	}
	return a.missedAt
}

// askWhy finds out why a run has stalled.
func (l *Ledger) askWhy(ctx context.Context, a *account, s *scene, f *judge.Facts) {
	if a.run.Sender == roundtrip.SendWorkers {
		f.Workforce = l.group(ctx, l.options.WorkGroup, roundtrip.WorkTopic)
	}
	group := a.run.Evidence.Group
	if group == "" || a.run.Evidence.Kind == roundtrip.Arrived {
		return
	}
	f.Group = l.group(ctx, group, a.run.Topic)
	if err := s.errs[group]; err != nil && f.Group.Err == nil {
		f.Group.Err = err
	}
	if f.Group.Err != nil {
		return
	}
	described, err := l.client.DescribeGroups(ctx, group)
	if err != nil || len(described) != 1 {
		return
	}
	markLeft(f.Workers, described[0].Members)
	for _, tp := range s.topicPartitions(a.run.Topic) {
		p := a.parts[tp.Partition]
		member, assigned := described[0].MemberOf(tp)
		if p == nil || len(p.waiting) == 0 || !assigned {
			continue
		}
		at, ok := s.commits[group][tp]
		if !ok {
			at = 0
		}
		recs, err := l.client.Fetch(ctx, tp, at, 1)
		if err != nil || len(recs) == 0 {
			continue
		}
		place := roundtrip.Place{Seq: -1, Partition: tp.Partition, Offset: recs[0].Offset}
		if run, seq, _ := runHeaders(&recs[0]); string(run) == a.run.ID {
			if n, ok := wire.ParseUint(seq); ok && n <= roundtrip.MaxCount {
				place.Seq = int64(n)
			}
		}
		f.Group.Stuck, f.Group.Member = &place, nameOf(member)
		return
	}
}

// markLeft marks the workers that are no longer members of the group: all when it has none; else those of another name than every member has,
// provided that the group's workers report under the names of members at all.
func markLeft(workers []roundtrip.WorkerOutcome, members []kafkaops.Member) {
	present := func(w roundtrip.WorkerOutcome) bool {
		return slices.ContainsFunc(members, func(m kafkaops.Member) bool {
			return w.Name != "" && (m.InstanceID == w.Name || m.ClientID == w.Name || m.ID == w.Name)
		})
	}
	named := slices.ContainsFunc(workers, present)
	for i := range workers {
		workers[i].Left = len(members) == 0 || named && !present(workers[i])
	}
}

func (s *scene) topicPartitions(topic string) []kafkaops.TopicPartition {
	t := s.topics[topic]
	return t.TopicPartitions()
}

func nameOf(m kafkaops.Member) string {
	for _, name := range []string{m.InstanceID, m.ClientID, m.ID} {
		if name != "" {
			if m.Host != "" {
				return name + " on " + m.Host
			}
			return name
		}
	}
	return "unknown"
}

// group describes a group as far as a stall is explained by it.
func (l *Ledger) group(ctx context.Context, name, topic string) *judge.Group {
	g := &judge.Group{Name: name}
	described, err := l.client.DescribeGroups(ctx, name)
	if err != nil || len(described) != 1 {
		g.Err = err
		return g
	}
	d := described[0]
	g.State, g.Members, g.Err = d.State, len(d.Members), d.Err
	for _, m := range d.Members {
		for _, tp := range m.Assigned {
			if tp.Topic == topic {
				g.Assigned++
				break
			}
		}
	}
	return g
}
