package exact

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// condition is a filter made ready.
type condition struct {
	op      route.Op
	key     bool // of the record's key
	tomb    bool // that there is no value
	slot    int  // of the extractor, -1: none
	values  []string
	numbers []Decimal // of those values that are numbers, parallel; exact says which
	isNum   []bool
	needles []needle
}

func newCondition(f route.Filter, slot int) condition {
	c := condition{op: f.Op, key: f.Path == route.ByKey, tomb: f.Path == route.Tombstone, slot: slot, values: f.Values}
	for _, v := range f.Values {
		d, ok := ParseDecimal([]byte(v))
		c.numbers, c.isNum = append(c.numbers, d), append(c.isNum, ok)
		c.needles = append(c.needles, newNeedle(v, f.Op == route.Contains || f.Op == route.Lacks && !strings.ContainsAny(v, "0123456789")))
	}
	return c
}

// match says whether r meets the condition; x has been through r's value where the condition has a slot.
func (c *condition) match(r *kafkaops.Record, x *Extractor) bool {
	switch {
	case c.op == route.Holds || c.op == route.Contains || c.op == route.Lacks:
		return c.held(r) == (c.op != route.Lacks)
	case c.key:
		equal := false
		for _, v := range c.values {
			equal = equal || r.Key != nil && string(r.Key) == v
		}
		return equal == (c.op == route.Equal)
	case c.tomb:
		return (r.Value == nil) == (c.op == route.Exists)
	case c.slot < 0:
		return false
	}
	found := x.At(c.slot)
	switch c.op {
	case route.Missing:
		return len(found) == 0 || len(found) == 1 && found[0].Kind == Null
	case route.Exists:
		return len(found) > 0 && found[0].Kind != Null
	case route.NotEqual:
		for _, v := range found {
			if c.equals(v) {
				return false
			}
		}
		return len(found) > 0
	}
	for _, v := range found {
		if c.op == route.Equal && c.equals(v) || c.op != route.Equal && c.compares(v) {
			return true
		}
	}
	return false
}

func (c *condition) held(r *kafkaops.Record) bool {
	for i := range c.needles {
		if c.needles[i].in(r.Value) || c.needles[i].in(r.Key) {
			return true
		}
		for _, h := range r.Headers {
			if c.needles[i].in(h.Value) {
				return true
			}
		}
	}
	return false
}

func (c *condition) equals(v Value) bool {
	for i, want := range c.values {
		switch v.Kind {
		case Number:
			if c.isNum[i] {
				if d, ok := ParseDecimal(v.Raw); ok && d.Compare(c.numbers[i]) == 0 {
					return true
				}
			}
		case String:
			if v.Escaped && strings.EqualFold(v.Text(), want) || !v.Escaped && foldEqual(v.Raw, want) {
				return true
			}
		case Bool, Null:
			if string(v.Raw) == want {
				return true
			}
		}
	}
	return false
}

func (c *condition) compares(v Value) bool {
	if v.Kind != Number || len(c.numbers) == 0 || !c.isNum[0] {
		return false
	}
	d, ok := ParseDecimal(v.Raw)
	if !ok {
		return false
	}
	order := d.Compare(c.numbers[0])
	switch c.op {
	case route.Above:
		return order > 0
	case route.AtLeast:
		return order >= 0
	case route.Below:
		return order < 0
	case route.AtMost:
		return order <= 0
	}
	return false
}

func foldEqual(b []byte, s string) bool {
	return len(b) == len(s) && string(b) == s || bytes.EqualFold(b, []byte(s))
}

// needle is a text to be found whatever the case of its letters. It begins where a word does; with a digit in it, it ends where one does too,
// so that order-4 is not found in order-42. A needle that is anywhere takes both as they come.
type needle struct {
	text     []byte // lower case
	first    [2]byte
	anywhere bool
	whole    bool
	wide     bool // not ASCII
}

func newNeedle(text string, anywhere bool) needle {
	n := needle{text: []byte(strings.ToLower(text)), anywhere: anywhere, whole: strings.ContainsAny(text, "0123456789")}
	if len(n.text) > 0 {
		n.first = [2]byte{n.text[0], upper(n.text[0])}
	}
	for _, c := range n.text {
		n.wide = n.wide || c >= utf8.RuneSelf
	}
	return n
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 32
	}
	return c
}

func (n *needle) in(b []byte) bool {
	if len(n.text) == 0 || len(b) < len(n.text) {
		return false
	}
	if n.wide {
		b = bytes.ToLower(b)
	}
	for i := 0; i+len(n.text) <= len(b); i++ {
		if b[i] != n.first[0] && b[i] != n.first[1] {
			continue
		}
		if n.at(b, i) {
			return true
		}
	}
	return false
}

func (n *needle) at(b []byte, i int) bool {
	for j, want := range n.text {
		c := b[i+j]
		if c >= 'A' && c <= 'Z' {
			c += 32
		}
		if c != want {
			return false
		}
	}
	if n.anywhere {
		return true
	}
	end := i + len(n.text)
	before, _ := utf8.DecodeLastRune(b[:i])
	behind, _ := utf8.DecodeRune(b[end:])
	begins := i == 0 || !wordRune(before)
	ends := end == len(b) || !wordRune(behind)
	return begins && (ends || !n.whole)
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
