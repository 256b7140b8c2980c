// Package theme holds the console's colours and glyphs as a value that is
// handed to whatever draws. Six roles, the selection, and nothing else; what
// a colour means is always said by a letter or a sign as well.
package theme

import (
	"fmt"
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
)

// Role is what a piece of text means.
type Role uint8

// The six roles. Bold variants do not exist: Span.Strong makes any of them so.
const (
	Text   Role = iota
	Muted       // labels, rules, what is not the answer
	Accent      // the focus, keys, links
	Good        // ✔
	Warn        // !
	Bad         // ✘
	roles
)

// Span is a run of text in one role: what cells, lines and titles are made of.
type Span struct {
	Text   safetext.Text
	Role   Role
	Strong bool
	Cursor bool // drawn reversed: where typing goes
}

// Line is one row of a screen before it has a width.
type Line []Span

// S makes a span in a role.
func S(r Role, t safetext.Text) Span { return Span{Text: t, Role: r} }

// Width is the number of cells of a line.
func (l Line) Width() int {
	w := 0
	for _, s := range l {
		w += s.Text.Width()
	}
	return w
}

// Colours is how many colours the terminal has.
type Colours uint8

// What terminals offer. None is also what NO_COLOR asks for.
const (
	None Colours = iota
	Sixteen
	Full // 256 or true colour; the renderer picks the nearest it can
)

// Options say what the terminal can do.
type Options struct {
	Light   bool // a light background
	Colours Colours
	ASCII   bool // no UTF-8, or no font for it: see NeedsASCII
}

// Theme draws spans. The zero Theme draws without colours and with Unicode glyphs.
type Theme struct {
	options  Options
	sgr      [roles]string
	selected string
	muted    bool
	glyphs   *Glyphs // never changed once made
}

// New makes the theme for a terminal.
func New(o Options) Theme {
	t := Theme{options: o, selected: "\x1b[7m", glyphs: glyphs(o.ASCII)}
	switch {
	case o.Colours == None:
		// Nothing but bold and reverse: NO_COLOR.
	case o.Colours == Sixteen:
		t.sgr = [roles]string{Muted: "\x1b[90m", Accent: "\x1b[36m", Good: "\x1b[32m", Warn: "\x1b[33m", Bad: "\x1b[31m"}
	case o.Light:
		t.sgr = [roles]string{
			Muted: rgb(38, 0x6b7280), Accent: rgb(38, 0x0b6fa4), Good: rgb(38, 0x1a7f37), Warn: rgb(38, 0x9a6700), Bad: rgb(38, 0xc0262d),
		}
		t.selected = rgb(48, 0xdbe7f2)
	default:
		t.sgr = [roles]string{
			Muted: rgb(38, 0x858c98), Accent: rgb(38, 0x6cb6d9), Good: rgb(38, 0x7fbf7f), Warn: rgb(38, 0xd9b25f), Bad: rgb(38, 0xe57474),
		}
		t.selected = rgb(48, 0x2b3a4a)
	}
	return t
}

// Muted is the same theme with every role muted: for a last known picture.
func (t Theme) Muted() Theme {
	m := t
	m.muted = true
	for r := range m.sgr {
		m.sgr[r] = t.sgr[Muted]
	}
	return m
}

// Options returns what New was given.
func (t Theme) Options() Options { return t.options }

// Render draws spans one after the other.
func (t Theme) Render(spans ...Span) string {
	var b strings.Builder
	t.render(&b, spans, "")
	return b.String()
}

// RenderSelected draws spans on the selection's background.
func (t Theme) RenderSelected(spans ...Span) string {
	var b strings.Builder
	t.render(&b, spans, t.selected)
	return b.String()
}

func (t Theme) render(b *strings.Builder, spans []Span, under string) {
	for _, s := range spans {
		if s.Text.IsEmpty() {
			continue
		}
		open := t.sgr[s.Role%roles] + under
		if s.Cursor {
			open = "\x1b[7m"
		} else if under == "\x1b[7m" {
			open = under // colours reversed are loud; the signs still tell
		}
		if s.Strong && !t.muted {
			open += "\x1b[1m"
		}
		if open == "" {
			b.WriteString(s.Text.String())
			continue
		}
		b.WriteString(open)
		b.WriteString(s.Text.String())
		b.WriteString("\x1b[m")
	}
}

// Fit draws a line in exactly w cells.
func (t Theme) Fit(w int, line Line) string { return t.Render(FitLine(line, w)...) }

// FitLine cuts or pads a line to exactly w cells.
func FitLine(line Line, w int) Line {
	out := make(Line, 0, len(line)+1)
	left := max(w, 0)
	for i, s := range line {
		if s.Text.Width() > left || s.Text.Width() == left && line[i+1:].Width() > 0 {
			s.Text = cutShort(s.Text, left)
			out = append(out, s)
			left -= s.Text.Width()
			break
		}
		out = append(out, s)
		left -= s.Text.Width()
	}
	return append(out, Span{Text: safetext.Spaces(left)})
}

// CutLine is FitLine without a mark where it cuts: for fields, which scroll.
func CutLine(line Line, w int) Line {
	out := make(Line, 0, len(line)+1)
	left := max(w, 0)
	for _, s := range line {
		s.Text = s.Text.Cut(0, left)
		out = append(out, s)
		left -= s.Text.Width()
	}
	return append(out, Span{Text: safetext.Spaces(left)})
}

// cutShort marks a cut also where the text alone would just fit, as more
// would have followed it.
func cutShort(t safetext.Text, w int) safetext.Text {
	if t.Width() > w {
		return t.Truncate(w)
	}
	return safetext.Join(t, safetext.Const("…")).Truncate(w)
}

func rgb(layer int, hex uint32) string {
	return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", layer, hex>>16, hex>>8&0xff, hex&0xff)
}
