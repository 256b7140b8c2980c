package group

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	state, lags, members := p.areas()
	if p.now.At.IsZero() {
		rule := ui.Rule(f.Theme, f.W, true, theme.Span{Text: ui.T(p.id)})
		return ui.Rows(rule, pending(f.In(ui.Rect{W: f.W, H: f.H - 1}), p.now.Err))
	}
	n := len(p.now.Value.group.Members)
	return ui.Clamp(ui.Rows(
		ui.Block(f.In(state), p.state(f.Theme, f.W)),
		p.rule(f, safetext.Const("Partitions"), len(p.now.Value.partitions), !p.below, p.problem()),
		p.body(f.In(lags)),
		p.rule(f, safetext.Const("Members"), n, p.below, nil),
		bodyOf(members, p.members.View(f.Theme)),
	), f.W, f.H)
}

// bodyOf leaves out a table for which there is no room.
func bodyOf(r ui.Rect, view string) string {
	if r.H <= 0 {
		return ""
	}
	return view
}

func (p *page) body(f ui.Frame) string {
	if err := p.now.Value.lagErr; err != nil && len(p.now.Value.partitions) == 0 {
		return pending(f, err)
	}
	return bodyOf(ui.Rect{W: f.W, H: f.H}, p.lags.View(f.Theme))
}

// problem is what keeps the partitions from being those of now.
func (p *page) problem() error {
	if p.now.Err != nil {
		return p.now.Err
	}
	return p.now.Value.lagErr
}

func (p *page) rule(f ui.Frame, name safetext.Text, n int, focused bool, err error) string {
	title := []theme.Span{{Text: name}, theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), ui.Count(n)))}
	if pr, bad := ui.ProblemOf(err); bad {
		title = append(title, theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	}
	return ui.Rule(f.Theme, f.W, focused, title...)
}

// state is the answer in one line: how the group is and how far behind.
func (p *page) state(th theme.Theme, w int) theme.Line {
	g := p.now.Value.group
	line := append(theme.Line{{Text: safetext.Spaces(1)}}, sign(th, g)...)
	line = append(line, theme.Span{Text: safetext.Spaces(3)})
	line = append(line, p.totals()...)
	more := safetext.Join(safetext.Const("   "), ui.Plural(len(g.Members), "member", "members"))
	if g.Assignor != "" {
		more = safetext.Join(more, safetext.Const(" · assignor "), ui.T(g.Assignor))
	}
	if g.Coordinator.Host != "" {
		more = safetext.Join(more, safetext.Sprintf(" · coordinator %d", g.Coordinator.ID))
	}
	if line.Width()+more.Width() < w {
		line = append(line, theme.S(theme.Muted, more))
	}
	return line
}

func sign(th theme.Theme, g kafkaops.Group) theme.Line {
	signs := th.Glyphs()
	state := theme.Span{Text: safetext.Join(safetext.Spaces(1), ui.T(g.State)), Strong: true}
	switch g.State {
	case "Stable":
		return theme.Line{theme.S(theme.Good, signs.On), state}
	case "Dead":
		return theme.Line{theme.S(theme.Warn, signs.Attention), state, theme.S(theme.Muted, safetext.Const(": there is no such group now"))}
	case "Empty":
		return theme.Line{theme.S(theme.Warn, signs.Attention), state, theme.S(theme.Muted, safetext.Const(", no member"))}
	}
	return theme.Line{theme.S(theme.Warn, signs.Busy), state}
}

// totals never passes what is not known for nothing.
func (p *page) totals() theme.Line {
	lags := make([]kafkaops.Lag, len(p.now.Value.partitions))
	behind := time.Duration(-1)
	for i, l := range p.now.Value.partitions {
		lags[i] = l.Lag
		behind = max(behind, l.Behind)
	}
	if len(lags) == 0 {
		return theme.Line{theme.S(theme.Muted, safetext.Const("lag –"))}
	}
	records, complete := kafkaops.TotalLag(lags)
	line := theme.Line{theme.S(theme.Muted, safetext.Const("lag ")), {Text: ui.Count(records)}}
	if !complete {
		line = append(line, theme.S(theme.Warn, safetext.Const(" and what is not known")))
	}
	if behind > 0 {
		line = append(line, theme.S(theme.Muted, safetext.Const(" · ")), theme.Span{Text: ui.Duration(behind)}, theme.S(theme.Muted, safetext.Const(" behind")))
	}
	return line
}

// pending fills an area until there is something to show.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Asking the brokers…"))})
}
