package kafkaops

import "time"

// Header is one header of a record. Keys may repeat.
type Header struct {
	Key   string
	Value []byte // nil and empty differ on the wire
}

// TimestampKind says who set a record's timestamp.
type TimestampKind uint8

// The kinds of timestamp.
const (
	NoTimestamp TimestampKind = iota
	CreateTime
	LogAppendTime
)

// Record is one message as the broker keeps it. Key, Value and header values belong to the record's holder and aren't reused.
type Record struct {
	Topic         string
	Partition     int32 // AnyPartition when produced by key
	Offset        int64
	Timestamp     time.Time // millisecond precision
	TimestampKind TimestampKind
	Key           []byte // nil: no key
	Value         []byte // nil: a tombstone
	Headers       []Header
}

// AnyPartition lets the producer's partitioner choose (murmur2 of the key, as Java's).
const AnyPartition int32 = -1

// TopicPartition returns where the record is.
func (r *Record) TopicPartition() TopicPartition {
	return TopicPartition{Topic: r.Topic, Partition: r.Partition}
}

// Header returns the value of the last header named key, as Kafka's lastHeader does.
func (r *Record) Header(key string) ([]byte, bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == key {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

// Delivery is what became of one produced record: where it was stored, or why not.
type Delivery struct {
	Index     int64 // the caller's number of the record, given back unchanged
	Partition int32
	Offset    int64
	Err       error // nil: acknowledged by all in-sync replicas
	Possibly  bool  // with Err: the outcome is unknown (timed out in flight), the record may be stored
}
