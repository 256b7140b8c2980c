package seer

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/ui"
)

// plain is the transcript for counting: how times and signs are drawn does not change how many rows there are.
func (p *Page) plain() []row { return p.rows(ui.Frame{W: p.w}) }

func (p *Page) window() int { return areasOf(p.w, p.h).transcript.H }

// settle brings into sight what should be: the end, or the answer that has just come from its question on.
func (p *Page) settle() {
	if p.h == 0 {
		return
	}
	rows := p.plain()
	if p.reveal > 0 && p.docsReady(p.reveal) {
		first := slices.IndexFunc(rows, func(r row) bool { return r.turn == p.reveal && r.line != nil })
		p.reveal = 0
		if first >= 0 && len(rows)-first > p.window() {
			p.follow, p.top = false, first
		} else {
			p.follow = true
		}
	}
	if p.follow {
		p.top = len(rows)
	}
	p.top = max(0, min(p.top, len(rows)-p.window()))
}

func (p *Page) docsReady(n int) bool {
	t, ok := p.turn(n)
	_, done := p.docs[n]
	return !ok || done || t.State != live.Answered
}

// scroll moves the transcript. At its end it follows what comes.
func (p *Page) scroll(n int) {
	last := max(0, len(p.plain())-p.window())
	p.top = max(0, min(p.top+n, last))
	p.follow = p.top == last
}

// Move scrolls by lines, Page by windows.
func (p *Page) Move(n int) { p.scroll(n) }

// Page scrolls by windows.
func (p *Page) Page(n int) { p.scroll(n * max(1, p.window()-1)) }

// Top scrolls to the first line.
func (p *Page) Top() { p.scroll(-1 << 30) }

// Bottom scrolls to the last line.
func (p *Page) Bottom() { p.scroll(1 << 30) }

// spots are all that can be chosen, in the order of the transcript.
func (p *Page) spots() []spot {
	var all []spot
	if len(p.now.Turns) == 0 {
		for i := range p.now.Status.Suggestions {
			all = append(all, spot{0, i})
		}
	}
	for _, t := range p.now.Turns {
		if t.State == live.Answered {
			for i := range t.Answer.Citations {
				all = append(all, spot{t.N, i})
			}
		}
	}
	return all
}

func (p *Page) has(s spot) bool { return slices.Contains(p.spots(), s) }

// turnTo chooses the next (1) or previous (-1) thing that can be chosen; from the question, the first of the newest answer that has any, or the
// last one; beyond the ends, the question again.
func (p *Page) turnTo(by int) tea.Cmd {
	all := p.spots()
	if len(all) == 0 {
		return nil
	}
	at := len(all) - 1
	if p.chosen != nil {
		at = slices.Index(all, *p.chosen) + by
	} else if by > 0 {
		turn := all[at].turn
		at = slices.IndexFunc(all, func(s spot) bool { return s.turn == turn })
	}
	if at < 0 || at >= len(all) {
		p.chosen = nil
		return nil
	}
	p.choose(all[at])
	return nil
}

// step is turnTo that stops at the ends.
func (p *Page) step(by int) tea.Cmd {
	was := p.chosen
	p.turnTo(by)
	if p.chosen == nil {
		p.chosen = was
	}
	return nil
}

// choose chooses a citation or suggestion and brings it into sight.
func (p *Page) choose(s spot) {
	p.chosen = &s
	y := slices.IndexFunc(p.plain(), func(r row) bool { return r.pick != nil && *r.pick == s })
	switch {
	case y < 0:
	case y < p.top:
		p.scroll(y - p.top)
	case y >= p.top+p.window():
		p.scroll(y - p.top - p.window() + 1)
	}
}

// cited is the citation that is chosen.
func (p *Page) cited() (seer.Citation, bool) {
	if p.chosen == nil || p.chosen.turn == 0 {
		return seer.Citation{}, false
	}
	t, ok := p.turn(p.chosen.turn)
	if !ok || p.chosen.i >= len(t.Answer.Citations) {
		return seer.Citation{}, false
	}
	return t.Answer.Citations[p.chosen.i], true
}

// mouse: a click chooses a citation or a suggestion, where it stands in the text too; a second one opens it; the wheel scrolls.
func (p *Page) mouse(msg tea.MouseMsg) tea.Cmd {
	if p.now.Absent {
		return nil
	}
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			p.scroll(-3)
		case tea.MouseWheelDown:
			p.scroll(3)
		}
	case tea.MouseClickMsg:
		if msg.Button != tea.MouseLeft {
			return nil
		}
		a := areasOf(p.w, p.h)
		m, ok := ui.Within(a.transcript, msg)
		if !ok {
			p.chosen = nil
			return nil
		}
		at, ok := p.under(m.Mouse().X, m.Mouse().Y)
		if !ok {
			return nil
		}
		again := p.chosen != nil && *p.chosen == at
		p.choose(at)
		if again {
			return p.open()
		}
	}
	return nil
}

// under is what can be chosen in a cell of the transcript.
func (p *Page) under(x, y int) (spot, bool) {
	rows := p.plain()
	if y += p.top; y >= len(rows) {
		return spot{}, false
	}
	r := rows[y]
	if r.pick != nil {
		return *r.pick, true
	}
	if r.doc == nil {
		return spot{}, false
	}
	c, ok := r.doc.At(r.at, x-margin)
	if !ok {
		return spot{}, false
	}
	t, _ := p.turn(r.turn)
	i := slices.IndexFunc(t.Answer.Citations, func(x seer.Citation) bool { return x.N == c.N })
	return spot{r.turn, i}, i >= 0
}
