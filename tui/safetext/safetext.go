package safetext

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// LineBytes is how much of a value Of looks at: enough for any cell or line,
// and a bound on the work that a 4 MiB value can cause.
const LineBytes = 4 << 10

// Text is text that is safe to draw: no controls, known width.
// The zero Text is empty.
type Text struct {
	s string
	w int
}

// literal can only be made from a constant by code outside this package.
type literal string

// Const is Of for a constant of the program's own. A variable does not
// compile, so that nothing from outside gets in by mistake.
func Const(s literal) Text { return Of(string(s)) }

// Sprintf formats with a constant format. Arguments may be anything: the
// result passes Of.
func Sprintf(format literal, args ...any) Text {
	return Of(fmt.Sprintf(string(format), args...))
}

// Of makes one line of any bytes. Line breaks and tabs become visible (␊, ␉).
// Beyond LineBytes bytes the text ends in "…"; the rest is never looked at.
func Of[T ~string | ~[]byte](v T) Text {
	if len(v) <= LineBytes {
		return sanitise(string(v))
	}
	t := sanitise(string(v[:runeCut(v, LineBytes)]))
	return Join(t, ellipsis())
}

// runeCut is the largest cut not above n that does not split a rune (where
// the bytes are no UTF-8 it cuts at n).
func runeCut[T ~string | ~[]byte](v T, n int) int {
	if n >= len(v) {
		return len(v)
	}
	for i := n; i > n-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(v[i]) {
			return i
		}
	}
	return n
}

// Join puts texts together.
func Join(parts ...Text) Text {
	switch len(parts) {
	case 0:
		return Text{}
	case 1:
		return parts[0]
	}
	var b strings.Builder
	w := 0
	for _, p := range parts {
		b.WriteString(p.s)
		w += p.w
	}
	return Text{s: b.String(), w: w}
}

// Spaces is n blanks; none if n is not positive.
func Spaces(n int) Text {
	if n <= 0 {
		return Text{}
	}
	return Text{s: strings.Repeat(" ", n), w: n}
}

// Repeat is t n times.
func (t Text) Repeat(n int) Text {
	if n <= 0 || t.w == 0 {
		return Text{}
	}
	return Text{s: strings.Repeat(t.s, n), w: t.w * n}
}

// String is the text as it is drawn. Of(t.String()) is t again.
func (t Text) String() string { return t.s }

// Width is the number of terminal cells.
func (t Text) Width() int { return t.w }

// IsEmpty says that there is nothing to draw.
func (t Text) IsEmpty() bool { return t.s == "" }

// ascii says that a byte is a cell, so that cutting is slicing.
func (t Text) ascii() bool { return len(t.s) == t.w }
