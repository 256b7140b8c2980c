package seer

import (
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// areas are the page's parts: a rule, the transcript, a rule, the question, the state. What does not fit goes, least needed first.
type areas struct{ rule, transcript, under, input, state ui.Rect }

func areasOf(w, h int) areas {
	var a areas
	rest := ui.Rect{W: w, H: h}
	if h >= 4 {
		a.rule, rest = rest.Top(1)
	}
	if h >= 2 {
		rest, a.state = rest.Bottom(1)
	}
	rest, a.input = rest.Bottom(1)
	if h >= 6 {
		rest, a.under = rest.Bottom(1)
	}
	a.transcript = rest
	return a
}

// View draws the conversation.
func (p *Page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	if p.now.Absent {
		rest := f.In(ui.Rect{W: f.W, H: f.H - 1})
		return ui.Rows(ui.Rule(f.Theme, f.W, true, p.heading(f)...), ui.Block(rest, ui.Prose(theme.Muted, margin, f.W-margin, live.NoSeer())...))
	}
	a := areasOf(f.W, f.H)
	var blocks []string
	if a.rule.H > 0 {
		blocks = append(blocks, ui.Rule(f.Theme, f.W, p.chosen == nil, p.heading(f)...))
	}
	if a.transcript.H > 0 {
		blocks = append(blocks, p.transcript(f.In(a.transcript)))
	}
	if a.under.H > 0 {
		blocks = append(blocks, ui.Rule(f.Theme, f.W, false))
	}
	blocks = append(blocks, p.prompt(f))
	if a.state.H > 0 {
		state := append(theme.Line{{Text: safetext.Spaces(1)}}, p.now.Line(f, f.W-2)...)
		blocks = append(blocks, f.Theme.Fit(f.W, state))
	}
	return ui.Rows(blocks...)
}

func (p *Page) heading(f ui.Frame) []theme.Span {
	title := []theme.Span{{Text: safetext.Const("Seer")}}
	dash := theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().H, safetext.Spaces(1)))
	if n := len(p.now.Turns); n > 0 {
		title = append(title, dash, theme.S(theme.Muted, ui.Plural(n, "question", "questions")))
	}
	if p.now.Asking() {
		title = append(title, dash, theme.S(theme.Accent, safetext.Join(f.Theme.Glyphs().Busy, safetext.Const(" answering, Esc stops"))))
	}
	return title
}

// prompt is the line in which the question is typed.
func (p *Page) prompt(f ui.Frame) string {
	focused := p.chosen == nil
	role := theme.Muted
	if focused {
		role = theme.Accent
	}
	line := theme.Line{{Text: safetext.Spaces(1)}, theme.S(role, f.Theme.Glyphs().Crumb), {Text: safetext.Spaces(1)}}
	return f.Theme.Fit(f.W, append(line, p.input.Line(f.Theme, max(f.W-margin-1, 1), focused)...))
}

// transcript is the part of the conversation that is in sight.
func (p *Page) transcript(f ui.Frame) string {
	rows := p.rows(f)
	top := max(0, min(p.top, len(rows)-f.H))
	var lines []string
	for y := range f.H {
		if top+y >= len(rows) {
			lines = append(lines, f.Theme.Fit(f.W, nil))
			continue
		}
		lines = append(lines, p.line(f, rows[top+y]))
	}
	return ui.Rows(lines...)
}

// line draws a row; the chosen one with the cursor's sign.
func (p *Page) line(f ui.Frame, r row) string {
	if r.pick == nil || p.chosen == nil || *r.pick != *p.chosen {
		return f.Theme.Fit(f.W, r.line)
	}
	marked := append(theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Accent, f.Theme.Glyphs().Cursor), {Text: safetext.Spaces(1)}}, r.line[1:]...)
	return f.Theme.RenderSelected(theme.FitLine(marked, f.W)...)
}
