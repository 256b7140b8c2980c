package passage

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// leastWords is the length from which on a value can be told to be prose.
const leastWords = 8

// judged is how much of a value IsProse looks at, in bytes.
const judged = 4 << 10

// IsProse says that a value is natural language, in any script, rather than JSON, a log line, code or binary: sentences of words. It looks at the
// first 4 KiB.
func IsProse(value []byte) bool {
	whole := len(value) <= judged
	if !whole {
		value = value[:judged]
		for i := 0; i < utf8.UTFMax && len(value) > 0 && !utf8.Valid(value); i++ {
			value = value[:len(value)-1] // a rune cut in two
		}
	}
	value = bytes.TrimSpace(value)
	if len(value) < 20 || value[0] == '{' || value[0] == '[' || value[0] == '<' || !utf8.Valid(value) {
		return false
	}
	var t tally
	for i := 0; i < len(value); {
		r, n := utf8.DecodeRune(value[i:])
		i += n
		next := rune(' ')
		if i < len(value) {
			next, _ = utf8.DecodeRune(value[i:])
		}
		if !t.add(r, next) {
			return false
		}
	}
	t.endWord(' ')
	return t.prose(whole)
}

// tally counts what a text is made of.
type tally struct {
	words, plain int // words in all; of letters only, but for marks around them
	ideographs   int
	runes        int
	marks        int // that end a sentence
	logged       int // of log lines: key=value, [brackets], LEVELS, file:12
	letters      int // of the word so far
	odd          int // digits and signs inside of it
	upper        int
	last         rune
	line         int // words of this line
}

// add takes a rune; false: no prose has that.
func (t *tally) add(r, next rune) bool {
	t.runes++
	switch {
	case r == '\n' || r == '\t' || r == '\r' || unicode.IsSpace(r):
		t.endWord(next)
		if r == '\n' {
			t.line = 0
		}
		return true
	case r < 0x20 || r == 0x7f:
		return false
	case spaceless(r):
		t.ideographs++
	case unicode.IsLetter(r) || unicode.Is(unicode.M, r):
		if t.odd > 0 && t.letters > 0 {
			t.odd++
		}
		if t.letters++; unicode.IsUpper(r) {
			t.upper++
		}
	case unicode.IsDigit(r) || r == '=' || r == '_' || r == '/' || r == '\\' || r == '{' || r == '}' || r == '<' || r == '>' || r == '|' || r == '@':
		if t.odd++; r == '=' || r == '{' || r == '}' {
			t.logged++
		}
	case r == '[' && t.line == 0, r == ']' && t.words <= 3:
		t.logged++
	}
	if terminal(r) && (r >= 0x80 || unicode.IsSpace(next) || next == '"' || next == '\'' || next == ')' || next >= 0x80) {
		t.marks++
	}
	t.last = r
	return true
}

// endWord judges the word that has just ended.
func (t *tally) endWord(rune) {
	if t.letters == 0 && t.odd == 0 {
		return
	}
	t.words++
	t.line++
	if t.odd == 0 {
		t.plain++
	}
	if t.line <= 3 && t.odd == 0 && t.upper == t.letters && t.letters >= 4 && (t.last == ':' || t.last == ']' || unicode.IsUpper(t.last)) {
		t.logged++ // ERROR
	}
	if t.line == 1 && t.odd > 3 {
		t.logged++ // a time
	}
	t.letters, t.odd, t.upper = 0, 0, 0
}

// prose decides.
func (t *tally) prose(whole bool) bool {
	if t.ideographs >= 2*leastWords && t.ideographs*2 >= t.runes {
		return t.marks > 0 || t.ideographs >= 8*leastWords
	}
	if t.words < leastWords || t.plain*100 < t.words*80 || t.logged > t.words/40 {
		return false
	}
	return t.marks > 0 || !whole || t.words >= 4*leastWords
}
