package kafkatest

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// contractLag: how far a group is behind, in records and in time.
func contractLag(t *testing.T, s *suite) {
	topic, group := s.topic(3), s.name("group")
	old := time.Now().Add(-time.Hour)
	for range 4 {
		s.produce(kafkaops.Record{Topic: topic, Partition: 0, Value: []byte("v"), Timestamp: old})
	}
	s.fill(topic, 1, 2)
	s.ok(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): 1, at(topic, 1): 2}))

	lags, err := s.Lag(s.ctx, group)
	s.ok(err)
	if len(lags) != 2 {
		t.Fatalf("got %+v", lags)
	}
	if l := lags[0]; l.Records != 3 || l.Committed != 1 || l.End != 4 || l.Behind < 59*time.Minute || l.Behind > 70*time.Minute {
		t.Errorf("partition 0: %+v", l)
	}
	if l := lags[1]; l.Records != 0 || l.Behind != 0 || l.Committed != 2 {
		t.Errorf("partition 1: %+v", l)
	}

	t.Run("many groups at once", func(t *testing.T) {
		s := s.in(t)
		other := s.name("other")
		s.ok(s.AlterOffsets(s.ctx, other, kafkaops.Offsets{at(topic, 0): 0, at(topic, 2): 0}))
		all, err := s.Lags(s.ctx, []string{group, other, s.name("absent")})
		s.ok(err)
		if n, complete := kafkaops.TotalLag(all[group]); n != 3 || !complete {
			t.Errorf("%s lags %d", group, n)
		}
		if n, complete := kafkaops.TotalLag(all[other]); n != 4 || !complete {
			t.Errorf("%s lags %d", other, n)
		}
		if len(all) != 3 {
			t.Errorf("got %d groups", len(all))
		}
	})
	t.Run("a member without a commit lags from the start", func(t *testing.T) {
		s := s.in(t)
		group := s.name("fresh")
		m := s.member(rdkafka.GroupOptions{Group: group, Topics: []string{topic}})
		s.eventually("it has all partitions", func() bool { return len(m.Assigned()) == 3 })
		lags, err := s.Lag(s.ctx, group)
		s.ok(err)
		if len(lags) != 3 || lags[0].Records != 4 || lags[0].Committed != kafkaops.NoOffset || lags[0].Member == "" || lags[2].Records != 0 {
			t.Errorf("got %+v", lags)
		}
	})
	t.Run("a topic that is gone is an error, not a lag of 0", func(t *testing.T) {
		s := s.in(t)
		topic, group := s.topic(1), s.name("group")
		s.fill(topic, 0, 1)
		s.ok(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): 0}))
		s.ok(s.DeleteTopics(s.ctx, topic))
		lags, err := s.Lag(s.ctx, group)
		s.ok(err)
		// Differs: real Kafka forgets a deleted topic's commits, the embedded broker keeps them.
		for _, l := range lags {
			if l.Err == nil || l.Records != -1 {
				t.Errorf("got %+v", l)
			}
		}
	})
	t.Run("the lag behind a transaction marker is 0", func(t *testing.T) {
		s := s.in(t)
		topic, group := s.topic(1), s.name("group")
		p := s.txProducer(s.name("tx"))
		s.ok(p.Begin(s.ctx))
		s.send(p, topic, "a")
		s.ok(p.Commit(s.ctx))
		reached := kafkaops.Offsets{}
		s.eventually("the record is visible", func() bool {
			var records []kafkaops.Record
			records, reached = s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}})
			return len(records) == 1
		})
		s.ok(s.AlterOffsets(s.ctx, group, reached))
		lags, err := s.Lag(s.ctx, group)
		s.ok(err)
		if n, _ := kafkaops.TotalLag(lags); n != 0 || reached[at(topic, 0)] != 2 {
			t.Errorf("lag %d, reached %v", n, reached)
		}
		// The negative control: committing the last record's offset + 1 leaves a lag for ever.
		s.ok(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): 1}))
		lags, err = s.Lag(s.ctx, group)
		s.ok(err)
		if n, _ := kafkaops.TotalLag(lags); n != 1 {
			t.Errorf("lag %d", n)
		}
	})
}
