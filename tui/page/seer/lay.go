package seer

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/markdown"
)

// quick is how many bytes of the newest answer are laid out at once; longer ones and older ones are laid out outside Update.
const quick = 2 << 10

// laid are answers that were laid out outside Update.
type laid struct {
	w    int
	docs map[int]markdown.Doc
}

// forget drops what was laid out: the width is another.
func (p *Page) forget() {
	p.docs, p.laying = map[int]markdown.Doc{}, map[int]bool{}
}

// answerWidth is that of an answer in a page of w cells: longer lines are hard to read.
func answerWidth(w int) int { return max(min(w-2*margin, 100), 1) }

// render lays an answer out.
func render(a seer.Answer, w int) markdown.Doc {
	return markdown.Render(a.Text, answerWidth(w), func(n int) bool {
		return slices.ContainsFunc(a.Citations, func(c seer.Citation) bool { return c.N == n })
	})
}

// lay lays out what has not been: the newest answer at once, unless it is long, the others outside Update.
func (p *Page) lay() tea.Cmd {
	if p.w == 0 {
		return nil
	}
	var rest []live.SeerTurn
	for i, t := range p.now.Turns {
		if _, done := p.docs[t.N]; done || p.laying[t.N] || t.State != live.Answered {
			continue
		}
		if i == len(p.now.Turns)-1 && len(t.Answer.Text) <= quick {
			p.docs[t.N] = render(t.Answer, p.w)
			continue
		}
		p.laying[t.N] = true
		rest = append(rest, t)
	}
	p.settle()
	if len(rest) == 0 {
		return nil
	}
	w := p.w
	return func() tea.Msg {
		out := laid{w: w, docs: map[int]markdown.Doc{}}
		for _, t := range rest {
			out.docs[t.N] = render(t.Answer, w)
		}
		return out
	}
}

func (p *Page) got(l laid) tea.Cmd {
	if l.w != p.w {
		return nil
	}
	for n, d := range l.docs {
		delete(p.laying, n)
		if _, kept := p.turn(n); kept {
			p.docs[n] = d
		}
	}
	return p.lay()
}
