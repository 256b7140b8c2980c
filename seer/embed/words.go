package embed

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxChars is how long a word may be; a longer one is unknown, as in BERT.
	maxChars = 100
	maxWord  = maxChars * utf8.UTFMax
	// maxMask is how many bytes the name of a mask ("<num>") may have.
	maxMask = 32
)

// words goes through a text's words as BERT's uncased tokeniser cuts them: accents and control characters dropped, lower case, punctuation and
// Chinese characters words of their own. It allocates nothing, and its memory does not depend on the text.
type words struct {
	rest   string
	masks  bool // "<name>" separates words and is none
	buf    [maxWord + utf8.UTFMax]byte
	n      int  // bytes of buf in use
	chars  int  // of the word so far, beyond maxChars too
	digit  bool // the word has a digit
	single [utf8.UTFMax]byte
	held   int // bytes of single: a word of its own that comes after the one in buf
}

// next is the next word, which holds until the call after it; none: the text has ended. long words come out cut, with chars > maxChars.
func (w *words) next() (word []byte, ok bool) {
	w.n, w.chars, w.digit = 0, 0, false
	if w.held > 0 {
		w.n, w.chars = copy(w.buf[:], w.single[:w.held]), 1
		w.held = 0
		return w.buf[:w.n], true
	}
	for len(w.rest) > 0 {
		if w.step() && w.chars > 0 {
			return w.buf[:w.n], true
		}
	}
	return w.buf[:w.n], w.chars > 0
}

// step takes one character off the text; true: the word before it has ended, or it is a word itself.
func (w *words) step() bool {
	c := w.rest[0]
	if c >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(w.rest)
		from := w.rest[:size]
		w.rest = w.rest[size:]
		return w.wide(r, from)
	}
	if c == '<' && w.masks {
		if n := maskAt(w.rest); n > 0 {
			w.rest = w.rest[n:]
			return true
		}
	}
	w.rest = w.rest[1:]
	return w.narrow(c)
}

// narrow takes an ASCII character.
func (w *words) narrow(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z':
		w.appendByte(c)
	case c >= 'A' && c <= 'Z':
		w.appendByte(c | 0x20)
	case c >= '0' && c <= '9':
		w.digit = true
		w.appendByte(c)
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return true
	case c < ' ' || c == 0x7f:
	default:
		return w.alone(rune(c))
	}
	return false
}

func (w *words) appendByte(c byte) {
	if w.chars++; w.chars <= maxChars {
		w.buf[w.n] = c
		w.n++
	}
}

// wide takes any other character; from holds its bytes.
func (w *words) wide(r rune, from string) bool {
	switch {
	case r == utf8.RuneError || unicode.Is(unicode.C, r):
		return false
	case unicode.IsSpace(r):
		return true
	case chinese(r):
		if d := norm.NFD.PropertiesString(from).Decomposition(); len(d) > 0 {
			r, _ = utf8.DecodeRune(d)
		}
		return w.alone(r)
	case r >= hangulFirst && r <= hangulLast:
		w.hangul(r)
		return false
	}
	d := norm.NFD.PropertiesString(from).Decomposition()
	if len(d) == 0 {
		return w.plain(r)
	}
	ended := false
	for len(d) > 0 {
		part, size := utf8.DecodeRune(d)
		d = d[size:]
		ended = w.plain(part) || ended
	}
	return ended
}

// plain takes a character that does not decompose further.
func (w *words) plain(r rune) bool {
	switch {
	case unicode.Is(unicode.Mn, r):
		return false
	case unicode.IsSpace(r):
		return true
	}
	r = unicode.ToLower(r)
	if punctuation(r) {
		return w.alone(r)
	}
	w.digit = w.digit || unicode.IsDigit(r)
	if w.chars++; w.chars <= maxChars {
		w.n += utf8.EncodeRune(w.buf[w.n:], r)
	}
	return false
}

// alone takes a character that is a word of its own.
func (w *words) alone(r rune) bool {
	if w.chars > 0 {
		w.held = utf8.EncodeRune(w.single[:], r)
		return true
	}
	w.n, w.chars = utf8.EncodeRune(w.buf[:], r), 1
	return true
}

// Hangul syllables are composed by rule (The Unicode Standard, 3.12), and x/text has no decompositions for them.
const (
	hangulFirst, hangulLast = 0xac00, 0xd7a3
	leadFirst, vowelFirst   = 0x1100, 0x1161
	trailBefore             = 0x11a7
	vowels, trails          = 21, 28
)

func (w *words) hangul(r rune) {
	s := r - hangulFirst
	w.plain(leadFirst + s/(vowels*trails))
	w.plain(vowelFirst + s%(vowels*trails)/trails)
	if t := s % trails; t > 0 {
		w.plain(trailBefore + t)
	}
}

// maskAt is how many bytes the mask takes that s begins with; 0: it begins with none.
func maskAt(s string) int {
	for i := 1; i < len(s) && i <= maxMask+1; i++ {
		switch c := s[i]; {
		case c == '>' && i > 1:
			return i + 1
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c == '-':
		default:
			return 0
		}
	}
	return 0
}

// punctuation is BERT's: what Unicode calls so, and every ASCII character that is no letter, digit or space.
func punctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r < 0x7f && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}
	return unicode.Is(unicode.P, r)
}

// chinese says whether BERT sets the character apart: ideographs, but neither kana nor Hangul.
func chinese(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf || r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2b73f ||
		r >= 0x2b740 && r <= 0x2b81f || r >= 0x2b920 && r <= 0x2ceaf || r >= 0xf900 && r <= 0xfaff || r >= 0x2f800 && r <= 0x2fa1f
}
