package template

import (
	"strings"
)

const (
	maxDepth  = 64  // of JSON; what is nested deeper is taken as text
	readDepth = 12  // what is nested deeper is no part of the template
	maxLeaves = 128 // of a record
	maxKeys   = 64  // of an object
	maxKey    = 40  // bytes
)

// scanner walks JSON, strictly as RFC 8259 has it, without building anything.
type scanner struct {
	data  []byte
	i     int
	depth int
}

// readJSON reads the value as JSON; false: it is none, and the reading must begin anew.
func (r *reading) readJSON(value []byte) bool {
	r.scan = scanner{data: value}
	r.space()
	if !r.value(nil, 1) {
		return false
	}
	r.space()
	return r.scan.i == len(r.scan.data)
}

func (r *reading) space() {
	s := &r.scan
	for s.i < len(s.data) && (s.data[s.i] == ' ' || s.data[s.i] == '\n' || s.data[s.i] == '\t' || s.data[s.i] == '\r') {
		s.i++
	}
}

// value reads any value. key is that of the nearest object, path the hash of the way to here.
func (r *reading) value(key []byte, path uint64) bool {
	s := &r.scan
	if s.i >= len(s.data) {
		return false
	}
	switch c := s.data[s.i]; c {
	case '{':
		return r.nest(func() bool { return r.object(path) })
	case '[':
		return r.nest(func() bool { return r.array(key, path) })
	case '"':
		text, escaped, ok := r.str()
		if ok {
			r.stringLeaf(key, path, text, escaped)
		}
		return ok
	case 't':
		return r.word("true") && r.truthLeaf(path, "true")
	case 'f':
		return r.word("false") && r.truthLeaf(path, "false")
	case 'n':
		return r.word("null") // says as much as nothing
	default:
		from := s.i
		if !r.number() {
			return false
		}
		r.numberLeaf(key, path, s.data[from:s.i])
		return true
	}
}

// nest keeps count of the depth, and mutes what is too deep or too much.
func (r *reading) nest(read func() bool) bool {
	if r.scan.depth++; r.scan.depth > maxDepth {
		return false
	}
	mute := r.scan.depth > readDepth || len(r.leaves) > maxLeaves
	if mute {
		r.mute++
	}
	r.scan.i++
	ok := read()
	if mute {
		r.mute--
	}
	r.scan.depth--
	return ok
}

func (r *reading) object(path uint64) bool {
	s := &r.scan
	r.space()
	if s.i < len(s.data) && s.data[s.i] == '}' {
		s.i++
		return true
	}
	seen := false // a key that is masked: one stands for all
	for keys := 0; ; keys++ {
		r.space()
		if s.i >= len(s.data) || s.data[s.i] != '"' {
			return false
		}
		key, _, ok := r.str()
		if !ok || !r.colon() {
			return false
		}
		shown := r.key(key)
		mute := keys >= maxKeys || len(shown) != len(key) && seen
		seen = seen || len(shown) != len(key)
		if !r.member(shown, path, mute) {
			return false
		}
		more, ok := r.more('}')
		if !ok || !more {
			return ok
		}
	}
}

// key returns the key, or the mask of one that is more of an ID than a name.
func (r *reading) key(key []byte) []byte {
	if len(key) <= maxKey {
		digits, others := 0, 0
		for _, c := range key {
			if k := r.table[c]; k&isDigit != 0 {
				digits++
			} else if k&isLetter == 0 {
				others++
			}
		}
		if digits == 0 && others <= len(key)/2 || digits < 4 && digits*2 < len(key) {
			return key
		}
	}
	return []byte("<key>")
}

func (r *reading) colon() bool {
	s := &r.scan
	r.space()
	if s.i >= len(s.data) || s.data[s.i] != ':' {
		return false
	}
	s.i++
	r.space()
	return true
}

// member reads the value of a key.
func (r *reading) member(key []byte, path uint64, mute bool) bool {
	if mute {
		r.mute++
	}
	if r.slow {
		r.path = append(r.path, strings.ToValidUTF8(string(key), "\uFFFD"))
	}
	ok := r.value(key, fold(path, r.hash(key)))
	if r.slow {
		r.path = r.path[:len(r.path)-1]
	}
	if mute {
		r.mute--
	}
	return ok
}

// array reads an array. Its first element stands for all: the others are checked and say nothing.
func (r *reading) array(key []byte, path uint64) bool {
	s := &r.scan
	r.space()
	if s.i < len(s.data) && s.data[s.i] == ']' {
		s.i++
		return true
	}
	if r.slow {
		r.path = append(r.path, "[]")
		defer func() { r.path = r.path[:len(r.path)-1] }()
	}
	mute := r.mute
	defer func() { r.mute = mute }()
	for {
		r.space()
		if !r.value(key, fold(path, 7)) {
			return false
		}
		r.mute = mute + 1
		more, ok := r.more(']')
		if !ok || !more {
			return ok
		}
	}
}

// more reads the comma, or the end of what is read.
func (r *reading) more(end byte) (more, ok bool) {
	s := &r.scan
	r.space()
	if s.i >= len(s.data) {
		return false, false
	}
	c := s.data[s.i]
	s.i++
	return c == ',', c == ',' || c == end
}

func (r *reading) word(w string) bool {
	s := &r.scan
	if len(s.data)-s.i < len(w) || string(s.data[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// str reads a string and returns what is between the quotes, as written.
func (r *reading) str() (text []byte, escaped, ok bool) {
	s := &r.scan
	s.i++
	from := s.i
	for s.i < len(s.data) {
		switch c := s.data[s.i]; {
		case c == '"':
			s.i++
			return s.data[from : s.i-1], escaped, true
		case c == '\\':
			escaped = true
			n := escape(s.data[s.i:])
			if n == 0 {
				return nil, false, false
			}
			s.i += n
		case c < 0x20:
			return nil, false, false
		default:
			s.i++
		}
	}
	return nil, false, false
}

// escape returns the length of the escape that b begins with; 0: it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}
