package kafkatest

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// contractOffsets: starts, ends, offsets by time, and starts that deleting records moves.
func contractOffsets(t *testing.T, s *suite) {
	topic := s.topic(2)
	old := time.UnixMilli(1_700_000_000_000)
	for i := range 5 {
		s.produce(kafkaops.Record{Topic: topic, Partition: 0, Value: []byte("v"), Timestamp: old.Add(time.Duration(i) * time.Second)})
	}
	for _, iso := range []kafkaops.Isolation{kafkaops.ReadCommitted, kafkaops.ReadUncommitted} {
		extents, err := s.TopicExtents(s.ctx, iso, topic)
		s.ok(err)
		if len(extents) != 2 || extents[at(topic, 0)] != (kafkaops.Extent{End: 5}) || extents[at(topic, 1)] != (kafkaops.Extent{}) {
			t.Errorf("isolation %d: got %+v", iso, extents)
		}
	}

	times := map[string]struct {
		when time.Time
		want int64
	}{
		"before all":          {old.Add(-time.Hour), 0},
		"the first":           {old, 0},
		"between two":         {old.Add(1500 * time.Millisecond), 2},
		"the last":            {old.Add(4 * time.Second), 4},
		"after all":           {old.Add(time.Hour), 5},
		"the year 1":          {time.Time{}, 0},
		"before the epoch":    {time.UnixMilli(-1), 0},
		"a million years off": {time.UnixMilli(1 << 55), 5},
	}
	for name, c := range times {
		got, err := s.OffsetsAt(s.ctx, c.when, []kafkaops.TopicPartition{at(topic, 0), at(topic, 1)})
		s.ok(err)
		if got[at(topic, 0)] != c.want || got[at(topic, 1)] != 0 {
			t.Errorf("%s: got %v, want %d", name, got, c.want)
		}
	}

	s.ok(s.DeleteRecords(s.ctx, kafkaops.Offsets{at(topic, 0): 3}))
	extents, err := s.TopicExtents(s.ctx, kafkaops.ReadCommitted, topic)
	s.ok(err)
	if extents[at(topic, 0)] != (kafkaops.Extent{Start: 3, End: 5}) {
		t.Errorf("after deleting records: %+v", extents)
	}
	s.class(s.DeleteRecords(s.ctx, kafkaops.Offsets{at(topic, 0): 99}), kafkaops.Invalid)
	s.class(s.DeleteRecords(s.ctx, kafkaops.Offsets{at(topic, 0): -5}), kafkaops.Invalid)
	s.class(s.DeleteRecords(s.ctx, kafkaops.Offsets{at(topic, 9): 0}), kafkaops.NotFound, kafkaops.Unavailable)

	t.Run("what is not there", func(t *testing.T) {
		s := s.in(t)
		absent := s.name("absent")
		tps := []kafkaops.TopicPartition{at(topic, 0), at(topic, 7), at(absent, 0), at(topic, -1)}
		extents, err := s.Extents(s.ctx, kafkaops.ReadCommitted, tps)
		s.ok(err)
		if x := extents[at(topic, 0)]; x.Err != nil || x.End != 5 {
			t.Errorf("the good partition among bad ones is %+v", x)
		}
		s.class(extents[at(topic, 7)].Err, kafkaops.NotFound)
		s.class(extents[at(absent, 0)].Err, kafkaops.NotFound)
		s.class(extents[at(topic, -1)].Err, kafkaops.Invalid)
		ends, err := s.Ends(s.ctx, kafkaops.ReadCommitted, tps[:1])
		s.ok(err)
		if len(ends) != 1 || ends[at(topic, 0)] != 5 {
			t.Errorf("ends %v", ends)
		}
		_, err = s.Ends(s.ctx, kafkaops.ReadCommitted, tps[:2])
		s.class(err, kafkaops.NotFound)
		_, err = s.TopicExtents(s.ctx, kafkaops.ReadCommitted, topic, absent)
		s.class(err, kafkaops.NotFound)
		none, err := s.Extents(s.ctx, kafkaops.ReadCommitted, nil)
		s.ok(err)
		if len(none) != 0 {
			t.Errorf("no partitions have extents %v", none)
		}
	})
}
