package topic

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// wide is from how many cells on the panes stand beside one another.
const wide = 110

// layout is where the panes are. On a narrow screen only the one in focus is shown, and all have the same place.
type layout struct {
	w, h   int
	split  bool
	bodies [panes]ui.Rect // without the rule above each
}

func layoutOf(w, h int) layout {
	l := layout{w: w, h: h, split: w >= wide}
	all := ui.Rect{W: w, H: h}
	if !l.split {
		_, body := all.Top(2)
		l.bodies = [panes]ui.Rect{body, body, body}
		return l
	}
	left, right := all.Left(w * 58 / 100)
	_, right = right.Left(1)
	up, down := right.Top(h * 60 / 100)
	_, l.bodies[partitionsPane] = left.Top(1)
	_, l.bodies[configsPane] = up.Top(1)
	_, l.bodies[groupsPane] = down.Top(1)
	return l
}

func (l layout) shows(pane, focus int) bool { return l.split || pane == focus }

func (p *page) View(f ui.Frame) string {
	l := p.layout
	if f.H <= 0 || l.w != f.W || l.h != f.H {
		return ui.Block(f)
	}
	if !l.split {
		return ui.Clamp(ui.Rows(p.rule(f, f.W, partitionsPane), p.tabs(f), p.body(f, p.focus)), f.W, f.H)
	}
	left := ui.Rows(p.rule(f, l.bodies[partitionsPane].W, partitionsPane), p.body(f, partitionsPane))
	w := l.bodies[configsPane].W
	right := ui.Rows(p.rule(f, w, configsPane), p.body(f, configsPane), p.rule(f, w, groupsPane), p.body(f, groupsPane))
	g := f.Theme.Glyphs()
	joints := map[int]safetext.Text{0: g.TeeDown}
	return ui.Clamp(ui.Cols(left, ui.Divider(f.Theme, f.H, joints), right), f.W, f.H)
}

// tabs names the panes that are not shown.
func (p *page) tabs(f ui.Frame) string {
	line := theme.Line{{Text: safetext.Spaces(1)}}
	names := [panes]safetext.Text{safetext.Const("Partitions"), safetext.Const("Configuration"), safetext.Const("Groups")}
	for i, n := range names {
		role := theme.Muted
		if i == p.focus {
			role = theme.Accent
		}
		line = append(line, theme.S(role, safetext.Sprintf("%d ", i+1)), theme.Span{Text: n, Role: role, Strong: i == p.focus}, theme.Span{Text: safetext.Spaces(3)})
	}
	return f.Theme.Fit(f.W, line)
}

func (p *page) body(f ui.Frame, pane int) string {
	in := f.In(p.layout.bodies[pane])
	var none bool
	var err error
	switch pane {
	case partitionsPane:
		none, err = p.now.At.IsZero(), p.now.Err
	case configsPane:
		none, err = p.config.At.IsZero(), p.config.Err
	default:
		none, err = p.reader.At.IsZero(), p.reader.Err
		if n := p.reader.Value.many; n > 0 {
			say := safetext.Sprintf("There are %d groups; that is too many to ask each for this topic. :groups lists them.", n)
			return ui.Block(in, ui.Prose(theme.Muted, 3, in.W-1, say)...)
		}
	}
	if none {
		return pending(in, err)
	}
	switch pane {
	case partitionsPane:
		return p.partitions.View(f.Theme)
	case configsPane:
		return p.entries.View(f.Theme)
	}
	return p.groups.View(f.Theme)
}

func (p *page) rule(f ui.Frame, w, pane int) string {
	var title []theme.Span
	var err error
	switch pane {
	case partitionsPane:
		title, err = p.summary(), p.now.Err
		if p.now.At.IsZero() {
			title = title[:1]
		}
	case configsPane:
		title, err = []theme.Span{{Text: safetext.Const("Configuration")}, theme.S(theme.Muted, p.setCount())}, p.config.Err
	default:
		title, err = []theme.Span{{Text: safetext.Const("Groups")}}, p.reader.Err
	}
	if pr, bad := ui.ProblemOf(err); bad && p.fetched(pane) {
		title = append(title[:1], theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	}
	return ui.Rule(f.Theme, w, p.layout.split && p.focus == pane || !p.layout.split, title...)
}

// fetched says that there is a picture of the pane, if perhaps an old one.
func (p *page) fetched(pane int) bool {
	return ![panes]bool{p.now.At.IsZero(), p.config.At.IsZero(), p.reader.At.IsZero()}[pane]
}

// summary is the topic in one line.
func (p *page) summary() []theme.Span {
	var messages int64
	var rate float64
	unknown, replicas := 0, 0
	for _, r := range p.now.Value.partitions {
		replicas = max(replicas, len(r.Replicas))
		rate += max(0, r.rate)
		if r.extent.Err != nil {
			unknown++
			continue
		}
		messages += r.extent.End - r.extent.Start
	}
	say := safetext.Join(safetext.Spaces(1), ui.Plural(len(p.now.Value.partitions), "partition", "partitions"), safetext.Const(" · "),
		ui.Plural(replicas, "replica", "replicas"), safetext.Const(" · about "), ui.Plural(messages, "message", "messages"))
	if rate > 0 {
		say = safetext.Join(say, safetext.Const(" · "), ui.Rate(rate))
	}
	title := []theme.Span{{Text: ui.T(p.name).Truncate(40)}, theme.S(theme.Muted, say)}
	if unknown > 0 {
		title = append(title, theme.S(theme.Warn, safetext.Join(safetext.Const(", "), ui.Plural(unknown, "partition", "partitions"), safetext.Const(" unread"))))
	}
	return title
}

func (p *page) setCount() safetext.Text {
	n := 0
	for _, c := range p.config.Value {
		if !c.Default {
			n++
		}
	}
	if p.config.At.IsZero() {
		return safetext.Text{}
	}
	return safetext.Sprintf(" %d set here, the rest by default", n)
}

// pending fills a pane until there is something to show.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Asking the brokers…"))})
}
