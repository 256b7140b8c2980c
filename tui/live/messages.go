package live

import (
	"bytes"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// keepBytes is how much of a key or value a picture keeps: all of nearly every message, and a bound for 200 of 4 MiB.
const keepBytes = 64 << 10

// Message is one of the newest messages.
type Message struct {
	kafkaops.Record
	Cut bool // key, value or headers are not whole: fetch the record to show it
}

// Messages is the picture of a topic's newest messages.
type Messages struct {
	Topic   string
	Count   int       // how many were asked for
	Records []Message // newest first
	Err     error     // the newest fetch failed; the messages are the last known
}

func sameMessages(a, b Messages) bool {
	return a.Topic == b.Topic && a.Count == b.Count && sameErr(a.Err, b.Err) && slices.EqualFunc(a.Records, b.Records, sameMessage)
}

// sameMessage tells messages by their place: a record at an offset never changes, but a topic may have been created again.
func sameMessage(a, b Message) bool {
	return a.Partition == b.Partition && a.Offset == b.Offset && a.Timestamp.Equal(b.Timestamp) && bytes.Equal(a.Key, b.Key)
}

// previews bounds what is kept of each record.
func previews(records []kafkaops.Record) []Message {
	out := make([]Message, len(records))
	for i, r := range records {
		m := Message{Record: r}
		m.Key, m.Cut = bounded(r.Key, m.Cut)
		m.Value, m.Cut = bounded(r.Value, m.Cut)
		size := 0
		for _, h := range r.Headers {
			size += len(h.Key) + len(h.Value)
		}
		if size > keepBytes {
			m.Headers, m.Cut = nil, true
		}
		out[i] = m
	}
	return out
}

func bounded(b []byte, cut bool) ([]byte, bool) {
	if len(b) <= keepBytes {
		return b, cut
	}
	return bytes.Clone(b[:keepBytes]), true
}
