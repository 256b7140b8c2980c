package kafkaops

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxNoteBytes is how long a commit's note may be: the brokers' default (offset.metadata.max.bytes).
const MaxNoteBytes = 4096

// Commit is what a group has committed of a partition: the next offset to process, and a note that Kafka keeps with it (in its words:
// metadata), which says how far the work on it is. "" is no note.
type Commit struct {
	Offset int64
	Note   string
}

// Commits maps partitions to what is committed of them.
type Commits map[TopicPartition]Commit

// Partitions lists the partitions in order.
func (c Commits) Partitions() []TopicPartition {
	return slices.SortedFunc(maps.Keys(c), TopicPartition.Compare)
}

// Offsets leaves the notes out.
func (c Commits) Offsets() Offsets {
	o := make(Offsets, len(c))
	for tp, at := range c {
		o[tp] = at.Offset
	}
	return o
}

// Clone copies the map.
func (c Commits) Clone() Commits { return maps.Clone(c) }

// Commits makes commits without notes.
func (o Offsets) Commits() Commits {
	c := make(Commits, len(o))
	for tp, at := range o {
		c[tp] = Commit{Offset: at}
	}
	return c
}

// CheckNote refuses (Invalid) what wouldn't come back as it was: too long a note, text that isn't UTF-8 (the brokers replace it), a zero
// byte (librdkafka ends there). op and resource are those of the error.
func CheckNote(op, resource, note string) error {
	switch {
	case len(note) > MaxNoteBytes:
		return Errorf(Invalid, op, resource, "keep notes short: they are for positions, not for data",
			"a note of %d bytes; Kafka keeps at most %d with an offset", len(note), MaxNoteBytes)
	case !utf8.ValidString(note):
		return Errorf(Invalid, op, resource, "encode bytes as text, base64 for one", "a note that is not UTF-8")
	case strings.IndexByte(note, 0) >= 0:
		return Errorf(Invalid, op, resource, "encode bytes as text, base64 for one", "a note with a zero byte")
	}
	return nil
}
