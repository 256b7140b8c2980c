package deadletter

import (
	"strconv"

	"github.com/krapp-io/krapp/kafkaops"
)

// Suffix makes the name of a topic's dead-letter topic.
const Suffix = ".dlq"

// The headers that a dead letter has beside its own.
const (
	TopicHeader     = "krapp-dlq-topic"
	PartitionHeader = "krapp-dlq-partition"
	OffsetHeader    = "krapp-dlq-offset"
	ErrorHeader     = "krapp-dlq-error"
	AttemptHeader   = "krapp-dlq-attempt"
	SourceHeader    = "krapp-dlq-source" // of rows: the source that they are of
	RowHeader       = "krapp-dlq-row"    // of rows: their number in the source, from 0
	CutHeader       = "krapp-dlq-cut"    // where the value had to be cut: how many bytes it had
)

// maxBytes is what a letter has at most: a topic that is made like any other takes 1 MiB with what is around a record.
const maxBytes = 1<<20 - 16<<10

// Letter is the record that goes to the dead letters: key, value and headers as they were, and why it is there. It shares r's memory. Of a
// record that is too large for that the value is cut, and CutHeader says so: what can't be dead-lettered would stop its partition for good.
func Letter(r *kafkaops.Record, reason string, attempt int) kafkaops.Record {
	headers := make([]kafkaops.Header, 0, len(r.Headers)+8)
	headers = append(headers, r.Headers...)
	l := kafkaops.Record{
		Topic: r.Topic + Suffix, Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value,
		Headers: AppendHeaders(headers, r, reason, attempt),
	}
	over := Bytes(&l) - maxBytes
	if over <= 0 {
		return l
	}
	l.Headers = append(l.Headers, kafkaops.Header{Key: CutHeader, Value: strconv.AppendInt(nil, int64(len(l.Value)), 10)})
	if l.Value != nil {
		l.Value = l.Value[:max(0, len(l.Value)-over)]
	}
	if Bytes(&l) > maxBytes+1<<10 { // key and headers alone
		l.Key, l.Headers = l.Key[:min(len(l.Key), maxBytes/2)], l.Headers[len(r.Headers):]
	}
	return l
}

// Bytes is about how large a record is where it is stored.
func Bytes(r *kafkaops.Record) int {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 4
	}
	return n
}

// AppendHeaders appends the five headers that say where a letter is from.
func AppendHeaders(dst []kafkaops.Header, r *kafkaops.Record, reason string, attempt int) []kafkaops.Header {
	return append(dst,
		kafkaops.Header{Key: TopicHeader, Value: []byte(r.Topic)},
		kafkaops.Header{Key: PartitionHeader, Value: strconv.AppendInt(nil, int64(r.Partition), 10)},
		kafkaops.Header{Key: OffsetHeader, Value: strconv.AppendInt(nil, r.Offset, 10)},
		kafkaops.Header{Key: ErrorHeader, Value: []byte(reason)},
		kafkaops.Header{Key: AttemptHeader, Value: strconv.AppendInt(nil, int64(attempt), 10)},
	)
}
