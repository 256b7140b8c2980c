package template

import (
	"bytes"
	"math"
	"strings"
)

const (
	longestSlot = 200 // bytes of a text that may be kept whole
	maxMessage  = 1 << 10
)

// where is the path of what is read now: "customer.name", "items[].sku".
func (r *reading) where() string {
	var b strings.Builder
	for i, key := range r.path {
		if i > 0 && key != "[]" {
			b.WriteByte('.')
		}
		b.WriteString(key)
	}
	return b.String()
}

func (r *reading) truthLeaf(path uint64, word string) bool {
	if r.mute > 0 {
		return true
	}
	r.mix(path)
	text := []byte(word)
	r.slotted(text, truth, r.set(), false)
	r.leafOf(kindBool, 0, text)
	return true
}

// numberLeaf masks a number, but for those that are codes: an HTTP status says what happened.
func (r *reading) numberLeaf(key []byte, path uint64, text []byte) {
	if r.mute > 0 {
		return
	}
	r.mix(path)
	if len(text) <= 3 && isCode(key) {
		r.slotted(text, salient, r.set(), false)
	} else {
		r.masked(formNumber, false)
	}
	if n := toNumber(text); !math.IsInf(n, 0) {
		r.leafOf(kindNumber, n, text)
	}
}

// set names the set of words at this path, which the topic's classes share.
func (r *reading) set() string {
	if !r.slow {
		return ""
	}
	return "path " + r.where()
}

// stringLeaf keeps a word, masks what has a form, and reads a message as the line of a log that it is.
func (r *reading) stringLeaf(key []byte, path uint64, raw []byte, escaped bool) {
	if len(raw) > longText {
		if r.longs++; r.long != nil {
			r.long(raw, escaped)
		}
	}
	if r.mute > 0 || len(raw) == 0 {
		return
	}
	r.mix(path)
	text := raw
	if escaped {
		text = r.unescape(raw[:clip(raw, maxMessage)])
	}
	if len(bytes.TrimSpace(text)) == 0 {
		r.masked(formMarks, false)
		return
	}
	f := formText
	if len(text) <= maxMessage {
		f = r.formOf(text)
	}
	k := kindString
	if f == formTime {
		k = kindTime
	}
	r.leafOf(k, 0, raw)
	switch {
	case f == formWord || f == formMarks:
		r.slotted(text[:min(len(text), longestSlot)], rankOf(key), r.set(), false)
	case f == formNumber && len(text) <= 3 && isCode(key):
		r.slotted(text, salient, r.set(), false)
	case r.requested(text):
	case f != formText:
		r.masked(f, false)
	case isMessage(key) || key == nil:
		r.line(text)
	case len(text) <= longestSlot:
		r.wholeText(text, rankOf(key))
	default:
		r.masked(formText, false)
	}
}

// clip returns where to cut raw so that no escape is cut in two.
func clip(raw []byte, most int) int {
	if len(raw) <= most {
		return len(raw)
	}
	for i := 0; i < most; {
		n := 1
		if raw[i] == '\\' {
			n = escape(raw[i:])
		}
		if i+n > most {
			return i
		}
		i += n
	}
	return most
}

// wholeText is a short text that may be one of few: it is kept or masked as a whole, numbers in it masked.
func (r *reading) wholeText(text []byte, k rank) {
	r.whole++
	r.within = r.within[:0]
	r.line(text)
	r.whole--
	if r.slow {
		r.add(part{text: string(r.within), rank: k, wide: r.set(), slot: true}, false)
	}
}

// rankOf tells how much a key's words say of what happened.
func rankOf(key []byte) rank {
	switch name := lastName(key); name {
	case "status", "state", "level", "severity", "type", "kind", "event", "action", "reason", "error", "code", "result", "outcome", "method", "op",
		"operation", "category", "priority", "stage", "phase", "verdict", "alert", "class", "mode", "cause", "message", "msg", "err":
		return salient
	case "name", "user", "username", "firstname", "lastname", "fullname", "surname", "customer", "author", "owner", "email", "street", "address",
		"login", "by", "person", "contact", "nickname", "patient", "employee", "driver", "rider", "guest", "recipient", "sender", "buyer", "seller":
		return identity
	}
	return usual
}

// lastName is the key without what stands before its last _ - . or capital letter, in small letters: "event_type", "eventType" are both "type".
func lastName(key []byte) string {
	i := len(key)
	for i > 0 {
		c := key[i-1]
		if c == '_' || c == '-' || c == '.' {
			break
		}
		i--
		if c >= 'A' && c <= 'Z' && i > 0 && key[i-1] >= 'a' && key[i-1] <= 'z' {
			break
		}
	}
	var buf [16]byte
	if len(key)-i > len(buf) {
		return ""
	}
	n := copy(buf[:], key[i:])
	for j := range n {
		if buf[j] >= 'A' && buf[j] <= 'Z' {
			buf[j] |= 0x20
		}
	}
	return string(buf[:n])
}

// isCode says that small numbers under this key are codes.
func isCode(key []byte) bool {
	switch lastName(key) {
	case "status", "code", "level", "severity", "priority", "statuscode", "httpstatus":
		return true
	}
	return false
}

// isMessage says that the text under this key is what a log line says.
func isMessage(key []byte) bool {
	switch lastName(key) {
	case "message", "msg", "log", "line", "error", "err", "reason", "cause", "detail", "details", "exception", "event", "warning", "summary", "info":
		return true
	}
	return false
}
