package live

import (
	"bytes"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// What a picture keeps.
const (
	keepBytes    = 64 << 10 // of a key or value: all of nearly every message
	pictureBytes = 4 << 20  // of all of them together; from there on …
	briefBytes   = 1 << 10  // … so much of each
)

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

// previews bounds what is kept of each record, and of all.
func previews(records []kafkaops.Record) []Message {
	out := make([]Message, len(records))
	kept := 0
	for i, r := range records {
		most := keepBytes
		if kept >= pictureBytes {
			most = briefBytes
		}
		m := Message{Record: r}
		m.Key, m.Cut = bounded(r.Key, most, m.Cut)
		m.Value, m.Cut = bounded(r.Value, most, m.Cut)
		size := 0
		for _, h := range r.Headers {
			size += len(h.Key) + len(h.Value)
		}
		if size > most {
			m.Headers, m.Cut, size = nil, true, 0
		}
		kept += len(m.Key) + len(m.Value) + size
		out[i] = m
	}
	return out
}

func bounded(b []byte, most int, cut bool) ([]byte, bool) {
	if len(b) <= most {
		return b, cut
	}
	return bytes.Clone(b[:most]), true
}
