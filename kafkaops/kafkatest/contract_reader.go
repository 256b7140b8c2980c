package kafkatest

import (
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// contractReader: partitions come and go while a reader runs, and it says where the ends are.
func contractReader(t *testing.T, s *suite) {
	topic := s.topic(2)
	s.fill(topic, 0, 100)
	s.fill(topic, 1, 100)
	r, err := s.Reader(s.ctx, rdkafka.ReaderOptions{MaxBatch: 7})
	s.ok(err)
	defer r.Close()

	got := map[int32][]int64{}
	poll := func() bool { // returns true at an end
		b, err := r.Poll(s.ctx, 100*time.Millisecond)
		s.ok(err)
		if b.Len() > 7 {
			t.Fatalf("a batch of %d", b.Len())
		}
		for _, record := range b.Records() {
			got[record.Partition] = append(got[record.Partition], record.Offset)
			if record.Offset < 100 && string(record.Value) != fmt.Sprint(record.Offset) {
				t.Fatalf("%+v", record)
			}
		}
		return len(b.Ends()) > 0
	}

	s.ok(r.Add(kafkaops.Offsets{at(topic, 0): 90}))
	s.eventually("partition 0 is read", poll)
	wantOffsets(t, got[0], 90, 100)
	if p := r.Positions(); p[at(topic, 0)] != 100 {
		t.Errorf("position %v", p)
	}

	s.ok(r.Add(kafkaops.Offsets{at(topic, 1): 95}))
	s.eventually("partition 1 is read", poll)
	wantOffsets(t, got[1], 95, 100)

	// What is removed is never returned again, though it has been fetched already.
	got[0] = nil
	s.ok(r.Add(kafkaops.Offsets{at(topic, 0): 0}))
	s.eventually("a first batch comes", func() bool { poll(); return len(got[0]) > 0 })
	before := len(got[0])
	r.Remove(at(topic, 0))
	s.fill(topic, 1, 1)
	s.eventually("the end of partition 1", poll)
	if len(got[0]) != before {
		t.Errorf("%d records of a removed partition", len(got[0])-before)
	}

	// Jumping back and forth reads from the new position only.
	for _, from := range []int64{50, 10, 99} {
		got[0] = nil
		s.ok(r.Add(kafkaops.Offsets{at(topic, 0): from}))
		s.eventually("the end after a jump", poll)
		wantOffsets(t, got[0], from, 100)
	}

	t.Run("an offset out of range begins at the start", func(t *testing.T) {
		s := s.in(t)
		got[0] = nil
		s.ok(r.Add(kafkaops.Offsets{at(topic, 0): 5000}))
		s.eventually("the end", poll)
		wantOffsets(t, got[0], 0, 100)
	})
	t.Run("an unknown topic is an error, the others go on", func(t *testing.T) {
		s := s.in(t)
		s.ok(r.Add(kafkaops.Offsets{at(s.name("absent"), 0): 0}))
		s.ok(r.Add(kafkaops.Offsets{at(topic, 0): 98}))
		var failure error
		records := 0
		s.eventually("it fails and the other is read", func() bool {
			b, err := r.Poll(s.ctx, 100*time.Millisecond)
			if err != nil {
				failure = err
			}
			records += b.Len()
			return failure != nil && records >= 2
		})
		s.class(failure, kafkaops.NotFound)
	})
	t.Run("bad positions", func(t *testing.T) {
		s := s.in(t)
		s.class(r.Add(kafkaops.Offsets{at(topic, 0): -1}), kafkaops.Invalid)
		s.class(r.Add(kafkaops.Offsets{at(topic, -1): 0}), kafkaops.Invalid)
	})
	t.Run("nothing comes of nothing", func(t *testing.T) {
		s := s.in(t)
		r, err := s.Reader(s.ctx, rdkafka.ReaderOptions{})
		s.ok(err)
		b, err := r.Poll(s.ctx, time.Millisecond)
		s.ok(err)
		if b.Len() != 0 {
			t.Error("a batch of nothing")
		}
		r.Close()
		r.Close()
		_, err = r.Poll(s.ctx, time.Millisecond)
		s.class(err, kafkaops.Conflict)
		s.class(r.Add(kafkaops.Offsets{at(topic, 0): 0}), kafkaops.Conflict)
	})
	t.Run("without headers", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1)
		s.produce(kafkaops.Record{Topic: topic, Value: []byte("v"), Headers: []kafkaops.Header{{Key: "h", Value: []byte("1")}}})
		with, _ := s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}})
		without, _ := s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0}, NoHeaders: true})
		if len(with[0].Headers) != 1 || len(without[0].Headers) != 0 {
			t.Errorf("with %v, without %v", with[0].Headers, without[0].Headers)
		}
	})
}

func wantOffsets(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	if int64(len(got)) != to-from {
		t.Fatalf("read the offsets %v, want %d to %d", got, from, to-1)
	}
	for i, offset := range got {
		if offset != from+int64(i) {
			t.Fatalf("read the offsets %v, want %d to %d", got, from, to-1)
		}
	}
}

// contractTail: the newest across partitions, and single fetches.
func contractTail(t *testing.T, s *suite) {
	topic := s.topic(3)
	base := time.UnixMilli(1_700_000_000_000)
	for i := range 30 {
		s.produce(kafkaops.Record{
			Topic: topic, Partition: int32(i % 3), Value: fmt.Append(nil, i), Timestamp: base.Add(time.Duration(i) * time.Second),
		})
	}
	for _, n := range []int{1, 4, 29, 30, 1000} {
		got, err := s.Tail(s.ctx, []string{topic}, n)
		s.ok(err)
		if len(got) != min(n, 30) {
			t.Fatalf("the last %d are %d", n, len(got))
		}
		for i, r := range got {
			if string(r.Value) != fmt.Sprint(29-i) {
				t.Errorf("the last %d: number %d is %s", n, i, r.Value)
			}
		}
	}
	none, err := s.Tail(s.ctx, []string{s.topic(2)}, 5)
	s.ok(err)
	if len(none) != 0 {
		t.Errorf("an empty topic has %v", none)
	}
	_, err = s.Tail(s.ctx, []string{s.name("absent")}, 5)
	s.class(err, kafkaops.NotFound)

	got, err := s.Fetch(s.ctx, at(topic, 1), 3, 2)
	s.ok(err)
	if len(got) != 2 || got[0].Offset != 3 || got[1].Offset != 4 {
		t.Errorf("fetched %+v", got)
	}
	got, err = s.Fetch(s.ctx, at(topic, 1), 10, 2)
	s.ok(err)
	if len(got) != 0 {
		t.Errorf("at the end there are %v", got)
	}
	for _, offset := range []int64{-1, 11, 1 << 62} {
		_, err = s.Fetch(s.ctx, at(topic, 1), offset, 1)
		s.class(err, kafkaops.Invalid)
	}
	_, err = s.Fetch(s.ctx, at(topic, 8), 0, 1)
	s.class(err, kafkaops.NotFound)
}
