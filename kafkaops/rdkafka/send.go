package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"slices"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// Send queues the records; record i has the index firstIndex+i in its delivery. A full queue blocks until there is room: back-pressure.
// Every record gets exactly one delivery, whatever Send returns: when it ends early (context, fatal error) the rest fail there. Only a
// producer that was closed before delivers nothing. Records are copied and may be reused.
func (p *Producer) Send(ctx context.Context, records []kafkaops.Record, firstIndex int64) error {
	if !p.expect(len(records)) {
		return errProducerClosed()
	}
	n, err := p.send(ctx, records, firstIndex, true)
	for ; n < len(records); n++ {
		p.refuse(firstIndex+int64(n), records[n].Partition, err)
	}
	return err
}

// TrySend is Send without waiting: when the queue is full it returns Unavailable and how many records it took. Those that it didn't take get
// no delivery.
func (p *Producer) TrySend(ctx context.Context, records []kafkaops.Record, firstIndex int64) (taken int, err error) {
	if !p.expect(len(records)) {
		return 0, errProducerClosed()
	}
	n, err := p.send(ctx, records, firstIndex, false)
	p.sent.Add(int64(n - len(records)))
	return n, err
}

// expect announces deliveries to come, so that Flush and Close wait for them; false when the producer is closed.
func (p *Producer) expect(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.sent.Add(int64(n))
	}
	return !p.closed
}

// send returns how many records were queued or refused one by one.
func (p *Producer) send(ctx context.Context, records []kafkaops.Record, firstIndex int64, wait bool) (int, error) {
	const op = "producing"
	done := 0
	refreshed := -1 // the record for which metadata was refreshed
	for done < len(records) {
		n, err := p.queue(records[done:], firstIndex+int64(done), refreshed == done)
		done += n
		switch {
		case err == nil:
		case err.Code() == kafka.ErrUnknownPartition:
			// It may be new: the handle would learn of it within awaitedRefresh only.
			if refreshed == done {
				_ = pause(ctx, 20*time.Millisecond)
			}
			p.refresh(ctx, records[done].Topic)
			refreshed = done
		case err.Code() != kafka.ErrQueueFull:
			return done, fail(op, "", *err)
		case !wait:
			return done, kafkaops.NewError(kafkaops.Unavailable, op, "", "try again in a second", *err)
		default:
			if err := p.awaitRoom(ctx); err != nil {
				return done, p.c.fail(op, "", err)
			}
		}
		if err := ctx.Err(); err != nil && done < len(records) {
			return done, fail(op, "", err)
		}
	}
	return done, nil
}

// awaitRoom waits until reports have made room in the queue. The tick is for room that others took first.
func (p *Producer) awaitRoom(ctx context.Context) error {
	tick := time.NewTimer(20 * time.Millisecond)
	defer tick.Stop()
	select {
	case <-p.room:
	case <-tick.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// queue packs as many records as go into one cgo call and queues them. It returns how many were dealt with, and what stopped the next: the
// queue is full, or nothing can be produced any more. What is wrong with a single record is in that record's delivery.
//
// An unknown partition stops it too, unless refreshed says that the first record's was looked for.
func (p *Producer) queue(records []kafkaops.Record, firstIndex int64, refreshed bool) (int, *kafka.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		err := kafka.NewError(kafka.ErrState, "the producer is closed", false)
		return 0, &err
	}
	if err := p.fill(records, firstIndex); err != nil {
		p.refuse(firstIndex, records[0].Partition, err)
		return 1, nil
	}
	done := 0
	data, sizes := p.pack.data, p.pack.sizes
	for len(sizes) > 0 {
		n, used, code := p.produce(data, len(sizes))
		done, data, sizes = done+n, data[used:], sizes[n:]
		if code == 0 {
			continue
		}
		err := codeText(code)
		if stops(err.Code()) || err.Code() == kafka.ErrUnknownPartition && p.mayRefresh(&records[done], refreshed && done == 0) {
			return done, &err
		}
		r := &records[done]
		p.refuse(firstIndex+int64(done), r.Partition, fail("producing to", r.Topic, err))
		done, data, sizes = done+1, data[sizes[0]:], sizes[1:]
	}
	return done, nil
}

// fill packs the leading records that can be produced, at least one; the error is about the first.
func (p *Producer) fill(records []kafkaops.Record, firstIndex int64) error {
	p.pack.reset()
	p.topics = p.topics[:0]
	topic, number := "", int32(-1)
	for i := range records {
		r := &records[i]
		if number < 0 || r.Topic != topic {
			t, err := p.topicOf(r)
			if err != nil {
				if i == 0 {
					return err
				}
				return nil
			}
			topic, number = r.Topic, p.number(t)
		}
		p.pack.add(r, number, firstIndex+int64(i))
		if p.pack.full() {
			return nil
		}
	}
	return nil
}

func (p *Producer) topicOf(r *kafkaops.Record) (*C.rd_kafka_topic_t, error) {
	const op = "producing to"
	if t, ok := p.h.topics[r.Topic]; ok {
		return t, nil
	}
	if err := checkTopic(op, r.Topic); err != nil {
		return nil, err
	}
	t, err := p.h.topic(r.Topic)
	return t, fail(op, r.Topic, err)
}

// number finds or gives the topic's place in the call's table; a stretch rarely has more than two topics.
func (p *Producer) number(t *C.rd_kafka_topic_t) int32 {
	i := slices.Index(p.topics, t)
	if i < 0 {
		i = len(p.topics)
		p.topics = append(p.topics, t)
	}
	return int32(i)
}

// produce is the cgo call. It returns how many records and bytes were queued, and the code of what stopped it before all were.
func (p *Producer) produce(data []byte, count int) (n int, used int64, code C.int) {
	var cused C.int64_t
	table := make([]*C.rd_kafka_topic_t, len(p.topics)) // C memory's addresses only: cgo may see it
	copy(table, p.topics)
	n = int(C.krapp_produce(p.h.rk, &table[0], (*C.char)(unsafe.Pointer(&data[0])), C.int64_t(len(data)), C.int(count), &cused, &code))
	return n, int64(cused), code
}

// mayRefresh says whether it's worth asking for the topic's metadata (again): records for a partition that doesn't exist must not make a
// request each, but a partition that this client has made is only a question of which broker is asked.
func (p *Producer) mayRefresh(r *kafkaops.Record, refreshed bool) bool {
	return p.c.own.made(r.TopicPartition()) || !refreshed && time.Since(p.refreshes[r.Topic]) > awaitedRefresh/2
}

// refresh asks for the topic's metadata.
func (p *Producer) refresh(ctx context.Context, topic string) {
	p.mu.Lock()
	p.refreshes[topic] = time.Now()
	t := p.h.topics[topic]
	p.mu.Unlock()
	p.metadata(ctx, t)
}

// metadata makes a metadata request: about a topic, or with nil about the brokers only.
func (p *Producer) metadata(ctx context.Context, t *C.rd_kafka_topic_t) {
	if !p.h.enter() {
		return
	}
	limit := C.int(remaining(ctx, p.c.timeout).Milliseconds())
	_, _ = bounded(ctx, func() (struct{}, error) {
		defer p.h.leave()
		var m *C.struct_rd_kafka_metadata
		if C.rd_kafka_metadata(p.h.rk, 0, t, &m, limit) == 0 { //nolint:gocritic // what cgo makes of the line
			C.rd_kafka_metadata_destroy(m)
		}
		return struct{}{}, nil
	})
}

// stops says that the error is about the producer, not the record.
func stops(code kafka.ErrorCode) bool {
	switch code {
	case kafka.ErrQueueFull, kafka.ErrFatal, kafka.ErrState, kafka.ErrFenced, kafka.ErrDestroy:
		return true
	}
	return false
}
