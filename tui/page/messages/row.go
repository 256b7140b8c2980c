package messages

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// What is kept of a message for the list; opening it fetches all of it. Filters look at this much.
const (
	keepKey   = 256
	keepValue = 2 << 10
)

// row is a message in the list. It is never changed once made.
type row struct {
	key        string // partition@offset
	tp         kafkaops.TopicPartition
	offset     int64
	when       time.Time
	keyBytes   []byte // nil: no key
	value      []byte // nil: a tombstone
	keySize    int
	valueSize  int
	headerSize int // number of headers
}

// rowOf copies what is kept, so that the record's memory may go.
func rowOf(r *kafkaops.Record) *row {
	return &row{
		key: strconv.Itoa(int(r.Partition)) + "@" + strconv.FormatInt(r.Offset, 10),
		tp:  r.TopicPartition(), offset: r.Offset, when: r.Timestamp,
		keyBytes: cut(r.Key, keepKey), value: cut(r.Value, keepValue),
		keySize: len(r.Key), valueSize: len(r.Value), headerSize: len(r.Headers),
	}
}

// cut copies the beginning; nil stays nil, empty stays empty.
func cut(b []byte, n int) []byte {
	if b == nil {
		return nil
	}
	n = min(len(b), n)
	return append(make([]byte, 0, n), b[:n]...)
}

// whole says that all of the value is here.
func (r *row) whole() bool { return len(r.value) == r.valueSize }

// matches looks for a text in lower case in the key and the value.
func (r *row) matches(lower string) bool {
	return r.key == lower || contains(r.keyBytes, lower) || contains(r.value, lower)
}

// recordMatches is matches before a row is made.
func recordMatches(r *kafkaops.Record, lower string) bool {
	return contains(r.Key[:min(len(r.Key), keepKey)], lower) || contains(r.Value[:min(len(r.Value), keepValue)], lower)
}

// contains is case-insensitive, without allocating where the text is ASCII.
func contains(b []byte, lower string) bool {
	if lower == "" {
		return true
	}
	for i := range len(lower) {
		if lower[i] >= 0x80 {
			return bytes.Contains(bytes.ToLower(b), []byte(lower))
		}
	}
	for i := 0; i+len(lower) <= len(b); i++ {
		if equalFold(b[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func equalFold(b []byte, lower string) bool {
	for i := range b {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// merge takes n of the partitions' rows, each in its partition's order, in the order of time: from the newest back, or from the oldest
// on. Within a partition the order stays the partition's own, whatever the timestamps say.
func merge(parts map[kafkaops.TopicPartition][]*row, n int, newestFirst bool) []*row {
	heads := make([][]*row, 0, len(parts))
	for _, rows := range parts {
		if len(rows) > 0 {
			heads = append(heads, rows)
		}
	}
	head := func(rows []*row) *row {
		if newestFirst {
			return rows[len(rows)-1]
		}
		return rows[0]
	}
	merged := make([]*row, 0, n)
	for len(heads) > 0 && len(merged) < n {
		best := 0
		for i := range heads {
			if c := older(head(heads[i]), head(heads[best])); c < 0 != newestFirst && c != 0 {
				best = i
			}
		}
		rows := heads[best]
		merged = append(merged, head(rows))
		if newestFirst {
			rows = rows[:len(rows)-1]
		} else {
			rows = rows[1:]
		}
		if heads[best] = rows; len(rows) == 0 {
			heads = slices.Delete(heads, best, best+1)
		}
	}
	return merged
}

// older orders messages of different partitions; equal times always come in the same order.
func older(a, b *row) int {
	return cmp.Or(a.when.Compare(b.when), a.tp.Compare(b.tp), cmp.Compare(a.offset, b.offset))
}
