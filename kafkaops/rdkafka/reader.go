package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	maxBatch         = 10_000
	defaultReadAhead = 16 << 20 // bytes
	pollSlice        = 250 * time.Millisecond
)

// ReaderOptions say how to read.
type ReaderOptions struct {
	Isolation kafkaops.Isolation
	MaxBatch  int  // records a batch, at most and by default 10,000
	NoHeaders bool // leave headers out: unpacking them costs about as much as all the rest
	ReadAhead int  // bytes fetched ahead of Poll, about; 0 means 16 MiB
	// Wait is how long a broker holds back a fetch that finds nothing; 0 means 100 ms. New records don't wait for it, partitions that are added do: a
	// reader asks each broker one fetch at a time. The longer, the less a reader at rest costs.
	Wait time.Duration
}

const (
	defaultWait = 100 * time.Millisecond
	shortWait   = 5 * time.Millisecond // for short reads, one after the other: the next would wait for what the one before no longer wants
)

// Reader reads partitions from explicit offsets, without a group, until it is closed. Partitions may be added and removed at any time; Poll
// is for one goroutine at a time. It commits nothing.
type Reader struct {
	c        *Client
	h        *handle
	queue    *C.rd_kafka_queue_t
	batch    *C.krapp_batch
	max      C.int
	headers  C.int
	iso      kafkaops.Isolation
	mu       sync.Mutex // guards the handle's topics and positions
	position kafkaops.Offsets
	wanted   atomic.Int32 // those who wait for mu while a poll holds it
	closed   bool
	idle     time.Time
}

// Reader returns a reader of no partitions yet.
func (c *Client) Reader(ctx context.Context, o ReaderOptions) (*Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail("opening a reader", "", err)
	}
	if o.MaxBatch <= 0 || o.MaxBatch > maxBatch {
		o.MaxBatch = maxBatch
	}
	if o.ReadAhead <= 0 {
		o.ReadAhead = defaultReadAhead
	}
	level := "read_committed"
	if o.Isolation == kafkaops.ReadUncommitted {
		level = "read_uncommitted"
	}
	if o.Wait <= 0 {
		o.Wait = defaultWait
	}
	h, err := newHandle(consuming, with(c.conf, map[string]string{
		"enable.auto.commit": "false", "enable.auto.offset.store": "false", "enable.partition.eof": "true",
		"auto.offset.reset": "earliest", "isolation.level": level,
		"queued.max.messages.kbytes": strconv.Itoa(max(64, o.ReadAhead>>10)), "queued.min.messages": "1000000",
		"fetch.wait.max.ms": strconv.FormatInt(max(1, o.Wait.Milliseconds()), 10), "fetch.error.backoff.ms": "100", "fetch.queue.backoff.ms": "10",
		"fetch.message.max.bytes":           strconv.Itoa(min(1<<20, max(64<<10, o.ReadAhead>>2))),
		"topic.metadata.propagation.max.ms": "3000",
	}), c.log)
	if err != nil {
		return nil, err
	}
	r := &Reader{
		c: c, h: h, iso: o.Isolation, queue: C.rd_kafka_queue_new(h.rk),
		batch: C.krapp_batch_new(C.int(o.MaxBatch)), position: kafkaops.Offsets{},
	}
	r.configure(o.MaxBatch, o.NoHeaders)
	return r, nil
}

// configure sets what can be changed between two uses.
func (r *Reader) configure(batch int, noHeaders bool) {
	if batch <= 0 || batch > int(r.batch.capacity) {
		batch = int(r.batch.capacity)
	}
	r.max, r.headers = C.int(batch), 1
	if noHeaders {
		r.headers = 0
	}
}

// reset stops all reading and forgets the topics.
func (r *Reader) reset() {
	r.lock()
	defer r.mu.Unlock()
	for tp := range r.position {
		r.stop(tp)
	}
	C.krapp_release(r.batch)
	for topic := range r.h.topics {
		r.h.forget(topic)
	}
}

// Add starts reading the partitions at the offsets. A partition that is read already jumps there: records fetched from the old position
// are dropped. Add, Remove and Positions may be called while another goroutine polls.
func (r *Reader) Add(from kafkaops.Offsets) error {
	const op = "reading"
	r.lock()
	defer r.mu.Unlock()
	if r.closed {
		return errReaderClosed()
	}
	for tp, offset := range from {
		if err := checkPartition(op, tp); err != nil {
			return err
		}
		if offset < 0 {
			return kafkaops.Errorf(kafkaops.Invalid, op, nameOf(tp), "name an offset of 0 or more", "offset %d", offset)
		}
	}
	for _, tp := range from.Partitions() {
		r.stop(tp)
		t, err := r.h.topic(tp.Topic)
		if err != nil {
			return fail(op, nameOf(tp), err)
		}
		if C.rd_kafka_consume_start_queue(t, C.int32_t(tp.Partition), C.int64_t(from[tp]), r.queue) != 0 {
			return fail(op, nameOf(tp), codeText(C.rd_kafka_last_error()))
		}
		r.position[tp] = from[tp]
	}
	return nil
}

// Remove stops reading the partitions; nothing of them is returned by the next Poll.
func (r *Reader) Remove(tps ...kafkaops.TopicPartition) {
	r.lock()
	defer r.mu.Unlock()
	for _, tp := range tps {
		r.stop(tp)
	}
}

// stop is Remove of one, under the lock. librdkafka drops what is queued of the partition.
func (r *Reader) stop(tp kafkaops.TopicPartition) {
	if _, reading := r.position[tp]; !reading || r.closed {
		return
	}
	C.rd_kafka_consume_stop(r.h.topics[tp.Topic], C.int32_t(tp.Partition))
	delete(r.position, tp)
}

// Positions returns the next offset to be read of each partition: behind the last record returned, or where the end was reported.
func (r *Reader) Positions() kafkaops.Offsets {
	r.lock()
	defer r.mu.Unlock()
	return r.position.Clone()
}

// Poll waits at most for wait until something can be read, and returns it; an empty batch means that nothing came. An error is about one
// partition (its OpError names it: the topic is gone, not authorised) and leaves the others running; what was read with it comes along.
func (r *Reader) Poll(ctx context.Context, wait time.Duration) (*Batch, error) {
	stop := context.AfterFunc(ctx, r.interrupt)
	defer stop()
	until := time.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return &Batch{}, fail("reading", "", err)
		}
		slice := max(0, min(pollSlice, time.Until(until)))
		if r.wanted.Load() > 0 {
			slice = 0
		}
		b, err := r.poll(slice)
		if b.Len() > 0 || len(b.ends) > 0 || err != nil || time.Until(until) <= 0 {
			return b, err
		}
	}
}

// poll is one cgo call. It holds the lock, so that positions can't change between what is fetched and what is made of it.
func (r *Reader) poll(wait time.Duration) (*Batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return &Batch{}, errReaderClosed()
	}
	C.krapp_consume(r.queue, r.batch, r.max, C.int((wait+time.Millisecond-1)/time.Millisecond), r.headers)
	r.drain()
	return r.take()
}

func errReaderClosed() error {
	return kafkaops.Errorf(kafkaops.Conflict, "reading", "", "", "the reader is closed")
}

// lock takes the lock, and makes a Poll that waits let go of it.
func (r *Reader) lock() {
	if r.mu.TryLock() {
		return
	}
	r.wanted.Add(1)
	defer r.wanted.Add(-1)
	r.interrupt()
	r.mu.Lock()
}

// interrupt makes a waiting poll return, for those who need the lock.
func (r *Reader) interrupt() {
	r.h.yield(r.queue)
}

// take makes the batch of what the shim packed, and moves the positions.
func (r *Reader) take() (*Batch, error) {
	all := unsafe.Slice(r.batch.records, int(r.batch.count))
	b := &Batch{records: all[:r.batch.good], headers: unsafe.Slice(r.batch.headers, int(r.batch.header_count))}
	r.split(b)
	var errs []error
	for i := len(all) - 1; i >= int(r.batch.good); i-- { // the failed are packed from the end
		if err := r.problem(b, &all[i]); err != nil {
			errs = append(errs, err)
		}
	}
	for _, complaint := range unsafe.Slice(r.batch.complaints, int(r.batch.complained)) {
		if err := r.complaint(complaint.error, C.GoString(&complaint.text[0])); err != nil {
			errs = append(errs, err)
		}
	}
	return b, joined(errs)
}

// split finds the runs and moves the positions behind them.
func (r *Reader) split(b *Batch) {
	for i := 0; i < len(b.records); {
		first, rkt, partition := i, b.records[i].rkt, b.records[i].partition
		for i < len(b.records) && b.records[i].rkt == rkt && b.records[i].partition == partition {
			i++
		}
		tp := kafkaops.TopicPartition{Topic: r.h.names[(*C.rd_kafka_topic_t)(rkt)], Partition: int32(partition)}
		b.runs = append(b.runs, Run{tp, first, i - 1})
		r.position[tp] = int64(b.records[i-1].offset) + 1
	}
}

// drain hands on the handle's log lines and errors.
func (r *Reader) drain() {
	var ev C.krapp_event
	for {
		C.krapp_poll(r.h.events, 0, &ev) //nolint:gocritic // what cgo makes of the line
		if ev.kind == 0 {
			return
		}
		r.c.handleEvent(&ev)
		C.rd_kafka_event_destroy(ev.event)
	}
}

// Close ends the reader within 2 s; batches of it are invalid from then on.
func (r *Reader) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	for tp := range r.position {
		r.stop(tp)
	}
	r.closed = true
	C.krapp_batch_free(r.batch)
	r.h.destroy(closeLimit, r.queue)
}
