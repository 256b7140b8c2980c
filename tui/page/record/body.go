package record

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// format is how bytes are shown.
type format uint8

const (
	asJSON format = iota
	asText
	asHex
	formats
)

func (f format) String() string { return [formats]string{"JSON", "text", "hex"}[f%formats] }

// body is bytes cut into lines for a width. Lines are places in the bytes, not copies, so that 4 MiB cost a few MiB and the time of one
// pass; only those in sight are ever drawn. A body is never changed once made.
type body interface {
	len() int
	// line draws line i, in at most the width that the body was made for.
	line(i int) theme.Line
	// unlisted is how many bytes at the end have no lines: there are limits.
	unlisted() int
}

// maxLines bounds a body: a value of nothing but line ends, or of brackets, would else cost more than its size many times over.
const maxLines = 200_000

// detect chooses the format that suits bytes.
func detect(b []byte) format {
	trimmed := bytes.TrimLeft(b, " \t\r\n")
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(b) {
		return asJSON
	}
	if isText(b) {
		return asText
	}
	return asHex
}

// isText allows what logs and configuration are made of: UTF-8 with hardly any controls.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	controls := 0
	for _, c := range b {
		if c == 0 {
			return false
		}
		if c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			controls++
		}
	}
	return controls*10 <= len(b)
}

// newBody cuts bytes into lines of at most w cells. Bytes that are no JSON are text.
func newBody(b []byte, f format, w int) body {
	w = max(w, 4)
	switch {
	case f == asHex:
		return hexBody{src: b, perLine: hexPerLine(w)}
	case f == asJSON && json.Valid(b):
		return indexJSON(b, w)
	}
	return indexText(b, w)
}

// piece is a line of a body: a range of the bytes.
type piece struct {
	off, end uint32
	indent   uint16
	inside   inside
}

// inside says that a line begins in the middle of a string.
type inside uint8

const (
	inNothing inside = iota
	inName
	inString
)

// cells measures characters as they will be drawn, one at a time: what a line adds up to is never less than what is drawn.
type cells struct{ widths map[rune]int }

// next is the length in bytes and the width in cells of the first character.
func (c *cells) next(b []byte) (n, w int) {
	if b[0] >= 0x20 && b[0] < 0x7f {
		return 1, 1
	}
	if b[0] == '\t' {
		return 1, 4
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return 1, 4 // ⟨9D⟩
	}
	if w, known := c.widths[r]; known {
		return n, w
	}
	if c.widths == nil || len(c.widths) > 4096 {
		c.widths = map[rune]int{}
	}
	w = safetext.Of(b[:n]).Width()
	c.widths[r] = w
	return n, w
}
