package dashboard

import (
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// attentionAfter is how far a group may be behind before it is marked.
const attentionAfter = 10 * time.Second

// View draws the panes.
func (p *Page) View(f ui.Frame) string {
	p.frame = f
	r := p.rects()
	th := f.Theme
	switch arrange(f.W, f.H) {
	case beside:
		return ui.Rows(p.pair(f, r, runsPane, partitionsPane, th.Glyphs().TeeDown), p.pair(f, r, messagesPane, seerPane, th.Glyphs().Cross))
	case stacked:
		var blocks []string
		for pane := range panes {
			blocks = append(blocks, p.rule(f, pane, f.W), p.body(f, pane, r[pane]))
		}
		return ui.Rows(blocks...)
	}
	if f.H <= 0 {
		return ""
	}
	return ui.Rows(p.tabs(f), p.body(f, p.focus, r[p.focus]))
}

// pair is two panes side by side; joint is where their rules meet.
func (p *Page) pair(f ui.Frame, r [panes]ui.Rect, left, right int, joint safetext.Text) string {
	draw := func(pane int) string { return ui.Rows(p.rule(f, pane, r[pane].W), p.body(f, pane, r[pane])) }
	return ui.Cols(draw(left), ui.Divider(f.Theme, r[left].H, map[int]safetext.Text{0: joint}), draw(right))
}

// rule is a pane's title.
func (p *Page) rule(f ui.Frame, pane, w int) string {
	return ui.Rule(f.Theme, w, pane == p.focus, append([]theme.Span{{Text: paneName(pane)}}, p.about(f, pane)...)...)
}

// tabs are the panes' names in one line, with a sign where something calls for a look.
func (p *Page) tabs(f ui.Frame) string {
	var title []theme.Span
	for pane := range panes {
		name := theme.S(theme.Muted, safetext.Join(safetext.Sprintf("%d ", pane+1), paneName(pane)))
		if pane == p.focus {
			name.Role, name.Strong = theme.Accent, true
		}
		title = append(title, name)
		if sign, role := p.attention(f.Theme, pane); role != theme.Text {
			title = append(title, theme.Span{Text: safetext.Spaces(1)}, theme.S(role, sign))
		}
		if pane < panes-1 {
			title = append(title, theme.Span{Text: safetext.Spaces(2)})
		}
	}
	return ui.Rule(f.Theme, f.W, false, append(title, p.about(f, p.focus)...)...)
}

func paneName(pane int) safetext.Text {
	switch pane {
	case runsPane:
		return safetext.Const("Runs")
	case partitionsPane:
		return safetext.Const("Partitions")
	case messagesPane:
		return safetext.Const("Messages")
	}
	return safetext.Const("Seer")
}

// about is what a pane's title says beside its name.
func (p *Page) about(f ui.Frame, pane int) []theme.Span {
	g := f.Theme.Glyphs()
	dash := theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), g.H, safetext.Spaces(1)))
	var spans []theme.Span
	var err error
	switch pane {
	case runsPane:
		err = p.runs.Err
	case partitionsPane:
		err = p.partitions.Err
		if t := p.partitions.Target; t.Topic != "" {
			spans = append(spans, dash, theme.Span{Text: ui.T(t.Topic)})
			if t.Group != "" {
				spans = append(spans, theme.S(theme.Muted, safetext.Const(" ← ")), theme.Span{Text: ui.T(t.Group)})
			}
		}
	case messagesPane:
		err = p.messages.Err
		if p.messages.Topic != "" {
			spans = append(spans, dash, theme.Span{Text: ui.T(p.messages.Topic)}, theme.S(theme.Muted, safetext.Sprintf(", last %d", p.deps.Watch.Count())))
		}
		if p.paused {
			spans = append(spans, theme.S(theme.Warn, safetext.Join(safetext.Spaces(2), g.Attention, safetext.Const(" paused"))))
		}
	}
	if problem, bad := ui.ProblemOf(err); bad && p.rows(pane) > 0 {
		spans = append(spans, theme.S(theme.Bad, safetext.Join(safetext.Spaces(2), g.Failed, safetext.Spaces(1), problem.What)))
	}
	return spans
}

func (p *Page) rows(pane int) int {
	switch pane {
	case runsPane:
		return len(p.runs.Runs)
	case partitionsPane:
		return len(p.partitions.Rows)
	case messagesPane:
		return len(p.messages.Records)
	}
	return len(p.seer.now.Turns)
}

// body is what is below a pane's rule.
func (p *Page) body(f ui.Frame, pane int, r ui.Rect) string {
	in := f.In(ui.Rect{W: r.W, H: r.H - 1})
	if pane == seerPane {
		return p.seerBody(in)
	}
	if p.rows(pane) == 0 {
		return p.empty(in, pane)
	}
	switch pane {
	case runsPane:
		return p.runsTable.View(f.Theme)
	case partitionsPane:
		return p.partitionsTable.View(f.Theme)
	}
	return p.messagesTable.View(f.Theme)
}

// empty says what would fill a pane, or why it cannot be filled.
func (p *Page) empty(f ui.Frame, pane int) string {
	var say safetext.Text
	var err error
	topic := ui.T(p.partitions.Topic)
	switch pane {
	case runsPane:
		err = p.runs.Err
		say = safetext.Const("No runs yet. n sends messages and follows each one.")
		if p.runs.At.IsZero() {
			say = safetext.Const("Reading the runs …")
		}
	case partitionsPane:
		err = p.partitions.Err
		say = safetext.Const("Nothing is watched yet. n sends messages to a topic and watches it; w chooses one.")
		if !topic.IsEmpty() {
			say = safetext.Join(safetext.Const("Reading the partitions of "), topic, safetext.Const(" …"))
		}
	case messagesPane:
		err = p.messages.Err
		say = safetext.Const("Nothing is watched yet. n sends messages to a topic and watches it; w chooses one.")
		switch {
		case p.messages.Topic != "" && p.messages.Count > 0:
			say = safetext.Join(safetext.Const("No messages in "), ui.T(p.messages.Topic), safetext.Const(" yet. P produces one, n sends many."))
		case !topic.IsEmpty():
			say = safetext.Join(safetext.Const("Reading the newest messages of "), topic, safetext.Const(" …"))
		}
	}
	if problem, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, problem.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, ui.Prose(theme.Muted, 3, f.W-3, say)...)
}

// attention is the worst that a pane has to tell; theme.Text when there is nothing.
func (p *Page) attention(th theme.Theme, pane int) (safetext.Text, theme.Role) {
	role := theme.Text
	worse := func(r theme.Role) {
		if r == theme.Bad || r == theme.Warn && role != theme.Bad {
			role = r
		}
	}
	switch pane {
	case runsPane:
		for i, j := range p.runs.Runs {
			if i == 0 || !j.Final { // what is over and older than the newest has been seen
				worse(verdict.Attention(j.Verdict))
			}
		}
		if p.runs.Err != nil {
			worse(theme.Bad)
		}
	case partitionsPane:
		for _, r := range p.partitions.Rows {
			worse(lagRole(r))
		}
		if p.partitions.Err != nil {
			worse(theme.Bad)
		}
	case messagesPane:
		if p.messages.Err != nil {
			worse(theme.Bad)
		}
	case seerPane:
		worse(p.seerAttention())
	}
	if role == theme.Bad {
		return th.Glyphs().Failed, role
	}
	return th.Glyphs().Attention, role
}
