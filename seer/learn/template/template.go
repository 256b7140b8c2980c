package template

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/seer"
)

// Observation is one record. Key and Value are borrowed until Add returns.
type Observation struct {
	Topic      string
	Partition  int32
	Offset, At int64 // At: milliseconds since the epoch
	Key, Value []byte
}

// Template is a kind of message: what many records have in common.
type Template struct {
	ID          uint64 // of topic and pattern
	Topic       string
	Pattern     string // "connection to <addr> timed out after <num> ms"; of JSON: "amount: <num>, status: declined"
	Exemplar    string // a whole value as it was, cut at 2 KiB: the newest one's
	Count       int64
	First, Last time.Time
	Examples    []seer.Place // the newest by (time, partition, offset), newest first, at most 8
	words       string
}

// The patterns of what has no template of its own.
const (
	Other     = "(other)"        // beyond the bounds
	Prose     = "(prose)"        // natural language: the texts that are passages
	Tombstone = "(tombstone)"    // no value
	Empty     = "(empty value)"  // a value of no bytes
	Binary    = "(binary value)" // neither text nor JSON
)

// Special says that the template only counts what has none of its own.
func (t *Template) Special() bool { return strings.HasPrefix(t.Pattern, "(") && isSpecial(t.Pattern) }

func isSpecial(pattern string) bool {
	switch pattern {
	case Other, Prose, Tombstone, Empty, Binary:
		return true
	}
	return false
}

// Text is what is embedded and indexed: the readable words of the topic's name and of the pattern, without masks.
func (t *Template) Text() string { return t.words }

// idOf is the same in every process.
func idOf(topic, pattern string) uint64 { return digest("template", topic, pattern) }

// digest hashes strings so that nobody can make two of them meet.
func digest(parts ...string) uint64 {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// split appends the words of a name in small letters: "paymentDeclined", "payment_declined" and "payment.declined" are all two.
func split(b *strings.Builder, name string) {
	prev := ' '
	for _, r := range name {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'':
			if unicode.IsUpper(r) && unicode.IsLower(prev) {
				b.WriteByte(' ')
			}
			b.WriteRune(unicode.ToLower(r))
		case prev != ' ':
			r = ' '
			b.WriteByte(' ')
		default:
			r = ' '
		}
		prev = r
	}
}

// place is an example, small.
type place struct {
	at, offset int64
	partition  int32
}

func (a place) before(b place) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.partition != b.partition {
		return a.partition < b.partition
	}
	return a.offset < b.offset
}

func (a place) in(topic string) seer.Place {
	return seer.Place{Topic: topic, Partition: a.partition, Offset: a.offset, At: time.UnixMilli(a.at).UTC()}
}
