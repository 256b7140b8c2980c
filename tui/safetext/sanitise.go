package safetext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxMarks is how many combining marks may sit on a letter. Two are enough
// for living languages; a stack of fifty paints over the lines above.
const maxMarks = 2

const (
	zwj  = 0x200D
	vs15 = 0xFE0E
	vs16 = 0xFE0F
)

// sanitise does the work of Of, on all of s.
func sanitise(s string) Text {
	if n := plain(s); n == len(s) {
		return Text{s: s, w: n}
	}
	b := builder{out: strings.Builder{}}
	b.out.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b.escape("%02X", rune(s[i]))
		} else {
			b.add(r, s[i+size:])
		}
		i += size
	}
	return Text{s: b.out.String(), w: b.w}
}

// plain is the length of the printable ASCII that s begins with.
func plain(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return i
		}
	}
	return len(s)
}

type builder struct {
	out   strings.Builder
	w     int
	marks int  // on the last character; -1 when it takes none
	base  rune // the last rune of the input that was drawn as itself, else 0
}

// add draws r, or says what it is; rest is what follows it.
func (b *builder) add(r rune, rest string) {
	switch {
	case r >= 0x20 && r <= 0x7e:
		b.draw(r, 1)
	case r < 0x20:
		b.picture(0x2400 + r)
	case r == 0x7f:
		b.picture(0x2421)
	case r == 0x0E33: // Thai and Lao AM: the sign and the vowel apart, whose widths are agreed on
		b.add(0x0E4D, "")
		b.add(0x0E32, "")
	case r == 0x0EB3:
		b.add(0x0ECD, "")
		b.add(0x0EB2, "")
	case b.onlyChoosesGlyph(r, rest):
	case isMark(r):
		b.mark(r)
	case r >= 0x1F1E6 && r <= 0x1F1FF: // regional indicators pair up to flags, or not
		b.escape("%c", 'A'+r-0x1F1E6)
	default:
		if w := spacing(r); w > 0 {
			b.draw(r, w)
			return
		}
		b.escape("%04X", r)
	}
}

// onlyChoosesGlyph says that r is a variation selector upon a pictograph or
// a joiner between two: dropping it loses a glyph, not a character.
func (b *builder) onlyChoosesGlyph(r rune, rest string) bool {
	if !isPictograph(b.base) {
		return false
	}
	if r == vs15 || r == vs16 {
		return true
	}
	after, _ := utf8.DecodeRuneInString(rest)
	return r == zwj && isPictograph(after)
}

func (b *builder) draw(r rune, w int) {
	b.out.WriteRune(r)
	b.w += w
	b.marks, b.base = 0, r
}

// mark draws a combining mark on a letter of the data, never on a sign of
// ours and never at the start.
func (b *builder) mark(r rune) {
	if b.base == 0 || b.marks >= maxMarks || !takesMark(b.base) {
		b.escape("%04X", r)
		return
	}
	b.out.WriteRune(r)
	b.marks++
}

func (b *builder) picture(r rune) {
	b.out.WriteRune(r)
	b.w += runeWidth(r)
	b.base = 0
}

func (b *builder) escape(format string, r rune) {
	code := fmt.Sprintf(format, r)
	b.out.WriteString("⟨" + code + "⟩")
	b.w += 2*runeWidth('⟨') + len(code)
	b.base = 0
}

// spacing is the width of a rune that may be drawn as itself, else 0. Both
// ways of measuring must give the same, and it may not join its neighbours.
func spacing(r rune) int {
	if !unicode.IsGraphic(r) || unicode.Is(unicode.M, r) || isBlank(r) || isOversized(r) || conjoins(r) {
		return 0
	}
	s := string(r)
	w := ansi.StringWidthWc(s)
	if w < 1 || w > 2 || ansi.StringWidth(s) != w {
		return 0
	}
	// In company: one cell before, one after, and twice the same.
	if ansi.StringWidth("a"+s+"a") != w+2 || ansi.StringWidth(s+s) != 2*w {
		return 0
	}
	return w
}

// runeWidth is the width of a rune that has passed spacing or isMark.
func runeWidth(r rune) int { return ansi.StringWidthWc(string(r)) }

func ellipsis() Text {
	if w := runeWidth('…'); w == 1 {
		return Text{s: "…", w: 1}
	}
	return Text{s: "~", w: 1} // RUNEWIDTH_EASTASIAN makes the ellipsis wide
}
