package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// T makes text from anything outside: short for safetext.Of.
func T[S ~string | ~[]byte](s S) safetext.Text { return safetext.Of(s) }

// Block draws lines in exactly the frame: each cut or padded to its width,
// blanks below.
func Block(f Frame, lines ...theme.Line) string {
	if f.H <= 0 {
		return ""
	}
	out := make([]string, f.H)
	for i := range out {
		var l theme.Line
		if i < len(lines) {
			l = lines[i]
		}
		out[i] = f.Theme.Fit(f.W, l)
	}
	return strings.Join(out, "\n")
}

// Rows stacks blocks of the same width. Empty blocks take no line.
func Rows(blocks ...string) string {
	var all []string
	for _, b := range blocks {
		if b != "" {
			all = append(all, b)
		}
	}
	return strings.Join(all, "\n")
}

// Cols puts blocks of the same height side by side.
func Cols(blocks ...string) string {
	if len(blocks) == 0 {
		return ""
	}
	parts := make([][]string, len(blocks))
	for i, b := range blocks {
		parts[i] = strings.Split(b, "\n")
	}
	lines := make([]string, len(parts[0]))
	for y := range lines {
		for _, p := range parts {
			if y < len(p) {
				lines[y] += p[y]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// Rule is a thin line with a title, one line of w cells: "─ Runs ──────".
// A focused pane's title is in the accent colour.
func Rule(th theme.Theme, w int, focused bool, title ...theme.Span) string {
	h := th.Glyphs().H
	line := theme.Line{theme.S(theme.Muted, h)}
	if len(title) > 0 {
		line = append(line, theme.Span{Text: safetext.Spaces(1)})
		for i, s := range title {
			if focused && i == 0 {
				s.Role, s.Strong = theme.Accent, true
			}
			line = append(line, s)
		}
		line = append(line, theme.Span{Text: safetext.Spaces(1)})
	}
	if free := w - line.Width(); free > 0 {
		line = append(line, theme.S(theme.Muted, h.Repeat(free)))
	}
	return th.Fit(w, line)
}

// Divider is a vertical line of h cells, for Cols. joints replaces the glyph
// of some lines, where a Rule meets it: the theme's TeeDown, Cross, TeeUp.
func Divider(th theme.Theme, h int, joints map[int]safetext.Text) string {
	lines := make([]string, max(h, 0))
	for y := range lines {
		g, ok := joints[y]
		if !ok {
			g = th.Glyphs().V
		}
		lines[y] = th.Fit(1, theme.Line{theme.S(theme.Muted, g)})
	}
	return strings.Join(lines, "\n")
}

// Prose wraps a sentence to w cells in one role, indented.
func Prose(role theme.Role, indent, w int, t safetext.Text) []theme.Line {
	var lines []theme.Line
	for _, l := range t.Words(w - indent) {
		lines = append(lines, theme.Line{{Text: safetext.Spaces(indent)}, theme.S(role, l)})
	}
	return lines
}

// Clamp makes a block exactly w×h whatever it is. The app applies it to every
// frame as the last guard; parts and pages have the right size without it.
func Clamp(block string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	lines := strings.Split(block, "\n")
	if len(lines) > h {
		lines = lines[:h]
	}
	for i, l := range lines {
		n := ansi.StringWidth(l)
		if n > w {
			l = ansi.Truncate(l, w, "")
			n = ansi.StringWidth(l)
		}
		if n < w {
			l += strings.Repeat(" ", w-n)
		}
		lines[i] = l
	}
	for len(lines) < h {
		lines = append(lines, strings.Repeat(" ", w))
	}
	return strings.Join(lines, "\n")
}
