package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"strings"
	"time"
	"unsafe"

	"github.com/krapp-io/krapp/kafkaops"
)

// Batch is what one Poll or one step of a Scan read: records in each partition's order. Everything but the copies that Record makes points
// into librdkafka's memory and is valid only until the next Poll, or until the function that was given the batch returns.
type Batch struct {
	records []C.krapp_record
	headers []C.krapp_header
	runs    []Run
	ends    []PartitionEnd
}

// Run is a stretch of a batch, records [First, Last], that is all of one partition.
type Run struct {
	kafkaops.TopicPartition
	First, Last int
}

// PartitionEnd says that a reader has reached the end of a partition: the next record to come has this offset or a higher one. It lies
// behind transaction markers and aborted records, which have offsets but are never read; who commits it leaves no lag behind.
type PartitionEnd struct {
	kafkaops.TopicPartition
	Offset int64
}

// Len is the number of records.
func (b *Batch) Len() int { return len(b.records) }

// Runs lists the stretches of one partition each, in order.
func (b *Batch) Runs() []Run { return b.runs }

// Ends lists the partitions whose end was reached, after the batch's own records.
func (b *Batch) Ends() []PartitionEnd { return b.ends }

// Offset returns the offset of record i.
func (b *Batch) Offset(i int) int64 { return int64(b.records[i].offset) }

// TimestampMillis returns the timestamp of record i in milliseconds since the epoch.
func (b *Batch) TimestampMillis(i int) int64 { return int64(b.records[i].timestamp) }

// Key returns the key of record i without copying it, nil when it has none.
func (b *Batch) Key(i int) []byte { return view(b.records[i].key, b.records[i].key_len) }

// Value returns the value of record i without copying it, nil when it is a tombstone.
func (b *Batch) Value(i int) []byte { return view(b.records[i].value, b.records[i].value_len) }

// HeaderCount is the number of headers of record i.
func (b *Batch) HeaderCount(i int) int { return int(b.records[i].headers) }

// HeaderAt returns header n of record i without copying it.
func (b *Batch) HeaderAt(i, n int) (key string, value []byte) {
	h := &b.headers[int(b.records[i].first_header)+n]
	return unsafe.String((*byte)(unsafe.Pointer(h.name)), int(h.name_len)), view(h.value, h.size)
}

// Header returns the value of the last header of record i with that key, without copying it.
func (b *Batch) Header(i int, key string) ([]byte, bool) {
	for n := b.HeaderCount(i) - 1; n >= 0; n-- {
		if k, v := b.HeaderAt(i, n); k == key {
			return v, true
		}
	}
	return nil, false
}

// Record copies record i out of the batch.
func (b *Batch) Record(i int) kafkaops.Record {
	return b.record(i, b.partitionAt(i))
}

// Records copies all records out of the batch.
func (b *Batch) Records() []kafkaops.Record {
	out := make([]kafkaops.Record, 0, b.Len())
	for _, run := range b.runs {
		for i := run.First; i <= run.Last; i++ {
			out = append(out, b.record(i, run.TopicPartition))
		}
	}
	return out
}

func (b *Batch) record(i int, tp kafkaops.TopicPartition) kafkaops.Record {
	c := &b.records[i]
	r := kafkaops.Record{
		Topic: tp.Topic, Partition: tp.Partition, Offset: int64(c.offset),
		TimestampKind: kafkaops.TimestampKind(c.timestamp_kind),
		Key:           copied(b.Key(i)), Value: copied(b.Value(i)),
	}
	if r.TimestampKind != kafkaops.NoTimestamp {
		r.Timestamp = time.UnixMilli(int64(c.timestamp))
	}
	if n := b.HeaderCount(i); n > 0 {
		r.Headers = make([]kafkaops.Header, n)
		for h := range r.Headers {
			key, value := b.HeaderAt(i, h)
			r.Headers[h] = kafkaops.Header{Key: strings.Clone(key), Value: copied(value)}
		}
	}
	return r
}

func (b *Batch) partitionAt(i int) kafkaops.TopicPartition {
	for _, run := range b.runs {
		if i <= run.Last {
			return run.TopicPartition
		}
	}
	return kafkaops.TopicPartition{}
}

// keep drops the records that wanted refuses. It may be called once, by the batch's maker.
func (b *Batch) keep(wanted func(tp kafkaops.TopicPartition, offset int64) bool) {
	kept := b.records[:0]
	runs := b.runs[:0]
	for _, run := range b.runs {
		first := len(kept)
		for i := run.First; i <= run.Last; i++ {
			if wanted(run.TopicPartition, int64(b.records[i].offset)) {
				kept = append(kept, b.records[i])
			}
		}
		if len(kept) > first {
			runs = append(runs, Run{run.TopicPartition, first, len(kept) - 1})
		}
	}
	b.records, b.runs = kept, runs
}

func view(p unsafe.Pointer, n C.int64_t) []byte {
	if p == nil || n < 0 {
		return nil
	}
	return unsafe.Slice((*byte)(p), int(n))
}

// copied keeps nil apart from empty.
func copied(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}
