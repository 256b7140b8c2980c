package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// contractFollow: everything new, new partitions too, until the context ends.
func contractFollow(t *testing.T, s *suite) {
	topic := s.topic(1)
	s.fill(topic, 0, 5) // before: not followed
	ctx, cancel := context.WithCancel(s.ctx)
	records := make(chan kafkaops.Record, 1000)
	done := make(chan error, 1)
	go func() {
		done <- s.Follow(ctx, []string{topic}, nil, func(batch []kafkaops.Record) error {
			for _, r := range batch {
				records <- r
			}
			return nil
		})
	}()
	// Follow begins at the end it finds; produce until it has begun.
	first := int64(-1)
	s.eventually("a record is followed", func() bool {
		s.produce(kafkaops.Record{Topic: topic, Value: []byte("v")})
		select {
		case r := <-records:
			first = r.Offset
		default:
		}
		return first >= 0
	})
	if first < 5 {
		t.Errorf("it followed offset %d, which was there before", first)
	}

	s.ok(s.CreatePartitions(s.ctx, topic, 2))
	s.fill(topic, 1, 3)
	seen := int64(0)
	for seen < 3 {
		select {
		case r := <-records:
			if r.Partition == 1 {
				if r.Offset != seen {
					t.Fatalf("offset %d of the new partition, want %d", r.Offset, seen)
				}
				seen++
			}
		case <-s.ctx.Done():
			t.Fatal("the new partition is not seen")
		}
	}
	cancel()
	s.ok(<-done)

	t.Run("from offsets", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1)
		s.fill(topic, 0, 10)
		stop := errors.New("stop")
		var got []string
		err := s.Follow(s.ctx, []string{topic}, kafkaops.Offsets{at(topic, 0): 7}, func(batch []kafkaops.Record) error {
			for _, r := range batch {
				got = append(got, string(r.Value))
			}
			if len(got) >= 3 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || fmt.Sprint(got) != "[7 8 9]" {
			t.Errorf("got %v and %v", got, err)
		}
	})
	t.Run("a topic that is deleted", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1)
		s.fill(topic, 0, 1)
		begun := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- s.Follow(s.ctx, []string{topic}, kafkaops.Offsets{at(topic, 0): 0}, func([]kafkaops.Record) error { close(begun); return nil })
		}()
		<-begun
		s.ok(s.DeleteTopics(s.ctx, topic))
		s.class(<-done, kafkaops.NotFound)
	})
	t.Run("a topic that is not there", func(t *testing.T) {
		s := s.in(t)
		err := s.Follow(s.ctx, []string{s.name("absent")}, nil, func([]kafkaops.Record) error { return nil })
		s.class(err, kafkaops.NotFound)
	})
}
