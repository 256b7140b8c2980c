package materialise

import (
	"bytes"
	"context"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// found is what there was to begin with.
type found struct {
	table    *job.Table
	offsets  map[int32]int64 // of the results topic
	restored bool
	slot     int // of the snapshot; -1: none
	setAside int64
}

// firstWindow is how many of the last records of the snapshots topic are read at first: two snapshots, in the common case of one part each.
const firstWindow = 16

// loadSnapshot finds the best of the last snapshots. Those that are damaged, or of another computation, topic or version, are set aside, and
// with none left the results are read from their start.
func (f *follower) loadSnapshot(ctx context.Context, extents kafkaops.Extents) (found, error) {
	best := found{table: job.NewTable(f.job), slot: -1}
	lost := f.lost(best.table, nil, extents)
	tp := kafkaops.TopicPartition{Topic: f.job.SnapshotsTopic()}
	x, err := f.extentOf(ctx, tp)
	if err != nil || x.End == x.Start {
		return best, err
	}
	for window := int64(firstWindow); ; window *= 16 {
		from := max(x.Start, x.End-window)
		shelf := newShelf(f)
		_, err := f.m.client.ScanRecords(ctx, kafkaops.Offsets{tp: from}, kafkaops.Offsets{tp: x.End}, kafkaops.ReadCommitted, shelf.put)
		if err != nil {
			return best, err
		}
		for slot := range slots {
			table, offsets, ok := shelf.take(slot, extents)
			if l := f.lost(table, offsets, extents); ok && (l < lost || l == lost && sum(offsets) > sum(best.offsets)) {
				best, lost = found{table: table, offsets: offsets, restored: true, slot: slot}, l
			}
		}
		if best.setAside = shelf.setAside; best.restored || from == x.Start {
			return best, nil
		}
	}
}

// extentOf is how far a partition reaches; of a topic that doesn't exist nothing.
func (f *follower) extentOf(ctx context.Context, tp kafkaops.TopicPartition) (kafkaops.Extent, error) {
	topics, err := f.m.client.DescribeTopics(ctx, tp.Topic)
	switch {
	case err != nil:
		return kafkaops.Extent{}, err
	case kafkaops.ClassOf(topics[0].Err) == kafkaops.NotFound:
		return kafkaops.Extent{}, nil
	}
	all, err := f.m.client.Extents(ctx, kafkaops.ReadCommitted, []kafkaops.TopicPartition{tp})
	if err != nil {
		return kafkaops.Extent{}, err
	}
	return all[tp], all[tp].Err
}

// lost is how many results a table can't have any more.
func (f *follower) lost(t *job.Table, offsets map[int32]int64, extents kafkaops.Extents) int64 {
	if t == nil {
		return 0
	}
	lost := t.Expired()
	for tp, x := range extents {
		if tp.Topic == f.job.ResultsTopic() {
			lost += max(0, x.Start-offsets[tp.Partition])
		}
	}
	return lost
}

func sum(offsets map[int32]int64) int64 {
	total := int64(0)
	for _, o := range offsets {
		total += o
	}
	return total
}

// shelf holds the last parts of snapshots by slot.
type shelf struct {
	f        *follower
	computed string // the job's print
	parts    [slots]map[int]shelved
	last     [slots]partHeader
	setAside int64
}

type shelved struct {
	id    string
	value []byte
}

func newShelf(f *follower) *shelf {
	s := &shelf{f: f, computed: f.job.Print()}
	for i := range s.parts {
		s.parts[i] = map[int]shelved{}
	}
	return s
}

// put takes records of the snapshots topic: of each key the last one counts.
func (s *shelf) put(records []kafkaops.Record) error {
	for i := range records {
		r := &records[i]
		raw, _ := r.Header(SnapshotHeader)
		h, err := decodePart(raw)
		switch {
		case r.Value == nil:
		case err != nil:
			s.discard(err)
		case h.Print != s.computed || h.TopicID != s.f.ids[s.f.job.ResultsTopic()]:
			s.discard(kafkaops.Errorf(kafkaops.Conflict, "reading snapshot", s.f.job.Name, "", "it is of another computation, or of a results topic that was deleted"))
		default:
			s.parts[h.Slot][h.Part], s.last[h.Slot] = shelved{h.ID, bytes.Clone(r.Value)}, h
		}
	}
	return nil
}

func (s *shelf) discard(err error) {
	s.setAside++
	s.f.complain(s.f.job.SnapshotsTopic(), err)
}

// take puts a slot's snapshot together and reads it. One whose parts are not all there was being written, or lies further back.
func (s *shelf) take(slot int, extents kafkaops.Extents) (*job.Table, map[int32]int64, bool) {
	h := s.last[slot]
	var whole []byte
	for part := range h.Parts {
		p, ok := s.parts[slot][part]
		if !ok || p.id != h.ID {
			return nil, nil, false
		}
		whole = append(whole, p.value...)
	}
	if h.Parts == 0 {
		return nil, nil, false
	}
	table, offsets, err := job.Restore(s.f.job, whole)
	if err == nil {
		err = s.within(offsets, extents)
	}
	if err != nil {
		s.discard(err)
		return nil, nil, false
	}
	return table, offsets, true
}

// within refuses a snapshot that is of more than there is: the results topic has lost its end.
func (s *shelf) within(offsets map[int32]int64, extents kafkaops.Extents) error {
	for p, offset := range offsets {
		x, ok := extents[kafkaops.TopicPartition{Topic: s.f.job.ResultsTopic(), Partition: p}]
		if !ok || offset > x.End {
			return kafkaops.Errorf(kafkaops.Conflict, "reading snapshot", s.f.job.Name, "", "it is up to offset %d of partition %d, which ends at %d", offset, p, x.End)
		}
	}
	return nil
}
