package kafkatest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// sink collects a producer's deliveries until it is closed.
type sink struct {
	done chan struct{}
	by   map[int64]kafkaops.Delivery
	dup  int
}

func drain(p *rdkafka.Producer) *sink {
	k := &sink{done: make(chan struct{}), by: map[int64]kafkaops.Delivery{}}
	go func() {
		defer close(k.done)
		for batch := range p.Deliveries() {
			for _, d := range batch {
				if _, twice := k.by[d.Index]; twice {
					k.dup++
				}
				k.by[d.Index] = d
			}
		}
	}()
	return k
}

// contractProducer: one delivery for every record, whatever becomes of it.
func contractProducer(t *testing.T, s *suite) {
	topic := s.topic(3)
	p, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{QueueMessages: 500}) // far fewer than are sent: Send must wait
	s.ok(err)
	k := drain(p)
	const n = 20_000
	for first := 0; first < n; first += 1000 {
		records := make([]kafkaops.Record, 1000)
		for i := range records {
			records[i] = kafkaops.Record{
				Topic: topic, Partition: kafkaops.AnyPartition, Key: fmt.Appendf(nil, "key-%d", (first+i)%50), Value: fmt.Append(nil, first+i),
			}
		}
		s.ok(p.Send(s.ctx, records, int64(first)))
	}
	s.ok(p.Flush(s.ctx))
	s.ok(p.Close(s.ctx))
	<-k.done
	if len(k.by) != n || k.dup != 0 {
		t.Fatalf("%d deliveries and %d twice, want %d", len(k.by), k.dup, n)
	}
	records, _ := s.scan(rdkafka.ScanSpec{From: kafkaops.Offsets{at(topic, 0): 0, at(topic, 1): 0, at(topic, 2): 0}})
	if len(records) != n {
		t.Fatalf("%d are stored", len(records))
	}
	home, last := map[string]int32{}, map[string]int{}
	for _, r := range records {
		var i int
		_, _ = fmt.Sscan(string(r.Value), &i)
		if d := k.by[int64(i)]; d.Err != nil || d.Partition != r.Partition || d.Offset != r.Offset {
			t.Fatalf("record %d is at %d/%d, its delivery says %+v", i, r.Partition, r.Offset, d)
		}
		key := string(r.Key)
		if p, known := home[key]; known && p != r.Partition {
			t.Fatalf("key %s is in partitions %d and %d", key, p, r.Partition)
		}
		if before, known := last[key]; known && before >= i {
			t.Fatalf("key %s: %d comes after %d", key, i, before)
		}
		home[key], last[key] = r.Partition, i
	}

	t.Run("keys go where Java's producer sends them", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(10)
		// murmur2 of the key, positive, modulo 10; computed with Kafka's own Utils.murmur2
		for key, partition := range map[string]int32{"21": javaPartition("21", 10), "foobar": javaPartition("foobar", 10), "": javaPartition("", 10)} {
			ds := s.produce(kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(key)})
			if ds[0].Partition != partition {
				t.Errorf("key %q went to %d, want %d", key, ds[0].Partition, partition)
			}
		}
	})
	t.Run("bad ones among good ones", func(t *testing.T) {
		s := s.in(t)
		ds, err := s.ProduceSync(s.ctx, []kafkaops.Record{
			{Topic: topic, Value: []byte("good")},
			{Topic: "no/such/topic"},
			{Topic: topic, Partition: 77},
			{Topic: s.name("absent")},
			{Topic: topic, Partition: -7},
			{Topic: topic, Value: make([]byte, 20<<20)},
			{Topic: topic, Value: []byte("good too")},
		})
		s.ok(err)
		s.ok(ds[0].Err)
		s.class(ds[1].Err, kafkaops.Invalid)
		s.class(ds[2].Err, kafkaops.NotFound)
		s.class(ds[3].Err, kafkaops.NotFound)
		s.class(ds[4].Err, kafkaops.Invalid, kafkaops.NotFound)
		s.class(ds[5].Err, kafkaops.Invalid)
		s.ok(ds[6].Err)
		for i, d := range ds {
			if d.Index != int64(i) || d.Possibly {
				t.Errorf("delivery %d is %+v", i, d)
			}
		}
	})
	t.Run("a full queue", func(t *testing.T) {
		s := s.in(t)
		p, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{QueueMessages: 10, Linger: 500 * time.Millisecond})
		s.ok(err)
		k := drain(p)
		records := make([]kafkaops.Record, 50)
		for i := range records {
			records[i] = kafkaops.Record{Topic: topic, Value: []byte("v")}
		}
		taken, err := p.TrySend(s.ctx, records, 0)
		s.class(err, kafkaops.Unavailable)
		if taken == 0 || taken >= 50 {
			t.Errorf("took %d of 50 with room for 10", taken)
		}
		s.ok(p.Close(s.ctx))
		<-k.done
		if len(k.by) != taken {
			t.Errorf("%d deliveries, want %d", len(k.by), taken)
		}
		s.class(p.Send(s.ctx, records[:1], 0), kafkaops.Conflict)
	})
	t.Run("a context that ends while the queue is full", func(t *testing.T) {
		s := s.in(t)
		p, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{QueueMessages: 10, Linger: 300 * time.Millisecond})
		s.ok(err)
		k := drain(p)
		ctx, cancel := context.WithTimeout(s.ctx, 50*time.Millisecond)
		defer cancel()
		s.class(p.Send(ctx, plain(topic, 50), 0), kafkaops.TimedOut)
		s.ok(p.Close(s.ctx))
		<-k.done
		failed := 0
		for _, d := range k.by {
			if d.Err != nil {
				failed++
			}
		}
		if len(k.by) != 50 || failed == 0 || failed == 50 {
			t.Errorf("%d deliveries, %d of them failed", len(k.by), failed)
		}
	})
}

func plain(topic string, n int) []kafkaops.Record {
	records := make([]kafkaops.Record, n)
	for i := range records {
		records[i] = kafkaops.Record{Topic: topic, Value: []byte("v")}
	}
	return records
}

// javaPartition is the default partitioner of Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2), written down again.
func javaPartition(key string, partitions int32) int32 {
	const m, r = uint32(0x5bd1e995), 24
	data := []byte(key)
	h := uint32(0x9747b28c) ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24
		k *= m
		k ^= k >> r
		k *= m
		h *= m
		h ^= k
	}
	switch len(data) {
	case 3:
		h ^= uint32(data[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(data[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(data[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	h ^= h >> 15
	return int32(h&0x7fffffff) % partitions
}

// contractDeletedTopic: no client of ours brings a deleted topic back.
func contractDeletedTopic(t *testing.T, s *suite) {
	topic := s.topic(1)
	p, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{MessageTimeout: 5 * time.Second})
	s.ok(err)
	k := drain(p)
	s.ok(p.Send(s.ctx, plain(topic, 1), 0))
	s.ok(p.Flush(s.ctx))
	s.ok(s.DeleteTopics(s.ctx, topic))
	s.ok(p.Send(s.ctx, plain(topic, 1), 1))
	s.ok(p.Flush(s.ctx))
	s.ok(p.Close(s.ctx))
	<-k.done
	s.ok(k.by[0].Err)
	if k.by[1].Err == nil {
		t.Error("a record was acknowledged into a topic that was deleted")
	}
	if got := s.describe(topic); kafkaops.ClassOf(got.Err) != kafkaops.NotFound {
		t.Errorf("the topic is back: %+v", got)
	}
}
