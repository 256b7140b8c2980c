package exact

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Kind is the kind of a JSON value.
type Kind byte

// The kinds.
const (
	String Kind = 's'
	Number Kind = 'n'
	Bool   Kind = 'b'
	Null   Kind = '0'
	Nested Kind = '{' // object or array
)

// Value is one JSON value inside a record: Raw points into it. Of a string it is what stands between the quotes.
type Value struct {
	Kind    Kind
	Raw     []byte
	Escaped bool // Raw holds backslashes
}

// Text is the value in words, without escapes.
func (v Value) Text() string {
	if !v.Escaped {
		return string(v.Raw)
	}
	quoted := make([]byte, 0, len(v.Raw)+2)
	quoted = append(append(append(quoted, '"'), v.Raw...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return string(v.Raw)
	}
	return s
}

// Bounds of one document: nested deeper it counts as no JSON, of more values at one path the rest is not seen.
const (
	maxDepth  = 500
	maxAtPath = 64
)

// node is a step of the paths that are wanted.
type node struct {
	names    []string
	children []*node
	slot     int // -1: no path ends here
}

func (n *node) child(name string) *node {
	for i, have := range n.names {
		if have == name {
			return n.children[i]
		}
	}
	c := &node{slot: -1}
	n.names, n.children = append(n.names, name), append(n.children, c)
	return c
}

func (n *node) find(key []byte) *node {
	for i, name := range n.names {
		if string(key) == name {
			return n.children[i]
		}
	}
	// A name with dots in it looks the same as a path: {"http.status": 200}.
	if dot := bytes.IndexByte(key, '.'); dot >= 0 {
		if n = n.find(key[:dot]); n != nil {
			return n.find(key[dot+1:])
		}
	}
	return nil
}

// Extractor takes the values at some paths out of JSON documents without building anything of the rest, which it checks all the same. For one
// goroutine. A path's elements are joined by dots ("order.customer_id"); arrays are gone through ("items[].price", the brackets may be left out).
type Extractor struct {
	root   *node
	values [][]Value
	b      []byte
	i      int
}

// NewExtractor prepares for paths. Empty paths are allowed and never found.
func NewExtractor(paths ...string) *Extractor {
	x := &Extractor{root: &node{slot: -1}, values: make([][]Value, len(paths))}
	slotOf := map[string]int{}
	for i, path := range paths {
		clean := strings.ReplaceAll(strings.TrimPrefix(path, "$."), "[]", "")
		if clean == "" {
			continue
		}
		if _, twice := slotOf[clean]; twice {
			continue
		}
		slotOf[clean] = i
		n := x.root
		for element := range strings.SplitSeq(clean, ".") {
			n = n.child(element)
		}
		n.slot = i
	}
	return x
}

// Extract reads a document. False: it is no JSON; nothing is known of it then.
func (x *Extractor) Extract(document []byte) bool {
	for i := range x.values {
		x.values[i] = x.values[i][:0]
	}
	x.b, x.i = document, 0
	x.space()
	if !x.value(x.root, 0) {
		return false
	}
	x.space()
	return x.i == len(x.b)
}

// At are the values found at path number i of NewExtractor, valid until the next Extract. A path that was given twice is found at its first.
func (x *Extractor) At(i int) []Value { return x.values[i] }

func (x *Extractor) space() {
	for x.i < len(x.b) {
		switch x.b[x.i] {
		case ' ', '\t', '\n', '\r':
			x.i++
		default:
			return
		}
	}
}

// value reads one value; n is where the wanted paths stand, nil where none leads here.
func (x *Extractor) value(n *node, depth int) bool {
	if x.i >= len(x.b) || depth > maxDepth {
		return false
	}
	start := x.i
	v := Value{}
	var ok bool
	switch x.b[x.i] {
	case '{':
		v.Kind, ok = Nested, x.object(n, depth)
	case '[':
		ok = x.array(n, depth)
		if n != nil && n.slot >= 0 { // its elements are the values
			return ok
		}
	case '"':
		v.Kind = String
		v.Raw, v.Escaped, ok = x.text()
	case 't':
		v.Kind, ok = Bool, x.word("true")
	case 'f':
		v.Kind, ok = Bool, x.word("false")
	case 'n':
		v.Kind, ok = Null, x.word("null")
	default:
		v.Kind, ok = Number, x.number()
	}
	if ok && n != nil && n.slot >= 0 && len(x.values[n.slot]) < maxAtPath {
		if v.Kind != String {
			v.Raw = x.b[start:x.i]
		}
		x.values[n.slot] = append(x.values[n.slot], v)
	}
	return ok
}

func (x *Extractor) object(n *node, depth int) bool {
	x.i++
	x.space()
	if x.i < len(x.b) && x.b[x.i] == '}' {
		x.i++
		return true
	}
	for {
		x.space()
		if x.i >= len(x.b) || x.b[x.i] != '"' {
			return false
		}
		key, escaped, ok := x.text()
		if !ok {
			return false
		}
		var child *node
		if n != nil && len(n.names) > 0 {
			if escaped {
				key = []byte(Value{Raw: key, Escaped: true}.Text())
			}
			child = n.find(key)
		}
		x.space()
		if x.i >= len(x.b) || x.b[x.i] != ':' {
			return false
		}
		x.i++
		x.space()
		if !x.value(child, depth+1) {
			return false
		}
		if more, ok := x.next('}'); !ok || !more {
			return ok
		}
	}
}

func (x *Extractor) array(n *node, depth int) bool {
	x.i++
	x.space()
	if x.i < len(x.b) && x.b[x.i] == ']' {
		x.i++
		return true
	}
	for {
		x.space()
		if !x.value(n, depth+1) {
			return false
		}
		if more, ok := x.next(']'); !ok || !more {
			return ok
		}
	}
}

// next reads the comma or the end behind an element.
func (x *Extractor) next(end byte) (more, ok bool) {
	x.space()
	if x.i >= len(x.b) {
		return false, false
	}
	c := x.b[x.i]
	x.i++
	return c == ',', c == ',' || c == end
}
