package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// contractReading: a scan sees every record between its bounds once, in order, and nothing else.
func contractReading(t *testing.T, s *suite) {
	topic := s.topic(3)
	s.fill(topic, 0, 25_000) // more than a batch
	s.fill(topic, 1, 10)

	read := map[kafkaops.TopicPartition]int64{}
	reached, err := s.Scan(s.ctx, rdkafka.ScanSpec{
		From: kafkaops.Offsets{at(topic, 0): 0, at(topic, 1): 0, at(topic, 2): 0},
	}, func(b *rdkafka.Batch) error {
		for _, run := range b.Runs() {
			for i := run.First; i <= run.Last; i++ {
				want := read[run.TopicPartition]
				if b.Offset(i) != want || string(b.Value(i)) != fmt.Sprint(want) {
					t.Fatalf("%v: offset %d with %q, want %d", run.TopicPartition, b.Offset(i), b.Value(i), want)
				}
				read[run.TopicPartition]++
			}
		}
		return nil
	})
	s.ok(err)
	for tp, n := range map[kafkaops.TopicPartition]int64{at(topic, 0): 25_000, at(topic, 1): 10, at(topic, 2): 0} {
		if read[tp] != n || reached[tp] != n {
			t.Errorf("%v: read %d, reached %d, want %d", tp, read[tp], reached[tp], n)
		}
	}

	t.Run("bounds", func(t *testing.T) {
		s := s.in(t)
		got, reached := s.scan(rdkafka.ScanSpec{
			From: kafkaops.Offsets{at(topic, 0): 24_000, at(topic, 1): 4, at(topic, 2): 0},
			To:   kafkaops.Offsets{at(topic, 0): 24_003, at(topic, 1): 4},
		})
		if len(got) != 3 || got[0].Offset != 24_000 || got[2].Offset != 24_002 || reached[at(topic, 0)] != 24_003 || reached[at(topic, 1)] != 4 {
			t.Errorf("got %d records, reached %v", len(got), reached)
		}
	})
	t.Run("a To beyond the end is waited for", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1)
		s.fill(topic, 0, 2)
		seen := make(chan struct{})
		go func() {
			<-seen
			_, _ = s.ProduceSync(s.ctx, []kafkaops.Record{{Topic: topic, Value: []byte("late")}})
		}()
		n := 0
		_, err := s.Scan(s.ctx, rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}, To: kafkaops.Offsets{at(topic, 0): 3}},
			func(b *rdkafka.Batch) error {
				if n += b.Len(); n == 2 {
					close(seen)
				}
				return nil
			})
		s.ok(err)
		if n != 3 {
			t.Errorf("read %d", n)
		}
	})
	t.Run("a start that has moved", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1)
		s.fill(topic, 0, 10)
		s.ok(s.DeleteRecords(s.ctx, kafkaops.Offsets{at(topic, 0): 7}))
		got, _ := s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}})
		if len(got) != 3 || got[0].Offset != 7 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the callback's error ends it", func(t *testing.T) {
		s := s.in(t)
		boom := errors.New("boom")
		_, err := s.Scan(s.ctx, rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}, MaxBatch: 10}, func(b *rdkafka.Batch) error {
			if b.Len() > 10 {
				t.Errorf("a batch of %d", b.Len())
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the context's end ends it", func(t *testing.T) {
		s := s.in(t)
		ctx, cancel := context.WithCancel(s.ctx)
		_, err := s.Scan(ctx, rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 1): 0}, To: kafkaops.Offsets{at(topic, 1): 1000}},
			func(*rdkafka.Batch) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no progress is an error, not a wait for ever", func(t *testing.T) {
		s := s.in(t)
		_, err := s.Scan(s.ctx, rdkafka.ScanSpec{
			From: kafkaops.Offsets{at(topic, 1): 0}, To: kafkaops.Offsets{at(topic, 1): 1000}, Stall: 100 * time.Millisecond,
		}, func(*rdkafka.Batch) error { return nil })
		s.class(err, kafkaops.TimedOut)
	})
	t.Run("compacted gaps", func(t *testing.T) { compactedGaps(t, s.in(t)) })
	t.Run("what is not there", func(t *testing.T) {
		s := s.in(t)
		for _, tp := range []kafkaops.TopicPartition{at(topic, 9), at(s.name("absent"), 0)} {
			_, err := s.Scan(s.ctx, rdkafka.ScanSpec{From: kafkaops.Offsets{tp: 0}}, func(*rdkafka.Batch) error { return nil })
			s.class(err, kafkaops.NotFound)
		}
	})
}

// compactedGaps: a scan ends although the last offsets below its end hold no record any more.
func compactedGaps(t *testing.T, s *suite) {
	topic := s.topic(1, "cleanup.policy", "compact", "segment.ms", "100", "min.cleanable.dirty.ratio", "0.01", "max.compaction.lag.ms", "100")
	for i := range 5 {
		s.produce(kafkaops.Record{Topic: topic, Key: []byte("same"), Value: fmt.Append(nil, i)})
	}
	// Differs: real Kafka compacts by its cleaner's own clock, 15 s and more; the scan must be right before and after, so no wait here.
	got, reached := s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}})
	if len(got) == 0 || string(got[len(got)-1].Value) != "4" || reached[at(topic, 0)] != 5 {
		t.Errorf("got %d records, reached %v", len(got), reached)
	}
}

// scan collects a scan's records.
func (s *suite) scan(spec rdkafka.ScanSpec) ([]kafkaops.Record, kafkaops.Offsets) {
	s.t.Helper()
	var records []kafkaops.Record
	reached, err := s.Scan(s.ctx, spec, func(b *rdkafka.Batch) error {
		records = append(records, b.Records()...)
		return nil
	})
	s.ok(err)
	return records, reached
}
