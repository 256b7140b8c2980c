package messages

import (
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	p.times = f.Times // the same frame gives the same picture: nothing else reads it
	rule := ui.Rule(f.Theme, f.W, true, p.heading(f.Theme)...)
	below := f.In(ui.Rect{W: f.W, H: f.H - 1})
	switch {
	case !p.seen:
		return ui.Rows(rule, pending(below, p.err))
	case p.feed != nil && p.Filter() != "" && p.table.Len() == 0:
		say := safetext.Join(safetext.Const("Nothing yet matches "), ui.T(p.Filter()), safetext.Const(". What does is kept from now on; Esc shows everything."))
		return ui.Rows(rule, ui.Block(below, ui.Prose(theme.Muted, 3, f.W-1, say)...))
	}
	return ui.Rows(rule, p.table.View(f.Theme))
}

// heading says what is seen, and whether it moves.
func (p *page) heading(th theme.Theme) []theme.Span {
	title := []theme.Span{{Text: ui.T(p.topic).Truncate(40)}, theme.S(theme.Muted, p.which())}
	sep := theme.S(theme.Muted, safetext.Const(" · "))
	title = append(append(title, sep), p.state(th)...)
	if p.seen {
		title = append(title, sep, theme.S(theme.Muted, p.order()))
	}
	if pr, bad := ui.ProblemOf(p.err); bad && p.seen {
		title = append(title, sep, theme.S(theme.Bad, safetext.Join(th.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	}
	if len(p.unread) > 0 {
		title = append(title, sep, theme.S(theme.Warn, safetext.Join(safetext.Const("! can't read partitions "), numbers(p.unread))))
	}
	if p.skipped > 0 && p.following {
		title = append(title, sep, theme.S(theme.Muted, safetext.Join(ui.Count(p.skipped), safetext.Const(" skipped"))))
	}
	return title
}

// which names the partitions shown.
func (p *page) which() safetext.Text {
	if p.part == kafkaops.AnyPartition {
		return safetext.Const(" all partitions")
	}
	return safetext.Sprintf(" partition %d", p.part)
}

func (p *page) state(th theme.Theme) []theme.Span {
	g := th.Glyphs()
	switch {
	case p.paused:
		return []theme.Span{theme.S(theme.Warn, safetext.Join(g.Off, safetext.Const(" paused")))}
	case p.following && p.err != nil:
		return []theme.Span{theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Const(" trying again")))}
	case p.following:
		return []theme.Span{theme.S(theme.Good, safetext.Join(g.On, safetext.Const(" following")))}
	case p.loading:
		return []theme.Span{theme.S(theme.Accent, safetext.Join(g.Busy, safetext.Const(" reading")))}
	case p.at.kind == atEnd:
		return []theme.Span{theme.S(theme.Muted, safetext.Const("standing still"))}
	}
	return []theme.Span{theme.S(theme.Accent, safetext.Join(safetext.Const("went to "), ui.T(p.at.String())))}
}

func (p *page) order() safetext.Text {
	if p.ascending {
		return safetext.Join(ui.Count(p.table.Len()), safetext.Const(", oldest first"))
	}
	return safetext.Join(ui.Count(p.table.Len()), safetext.Const(", newest first"))
}

func numbers(ids []int32) safetext.Text {
	var b strings.Builder
	for i, id := range ids[:min(len(ids), 5)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(safetext.Sprintf("%d", id).String())
	}
	if len(ids) > 5 {
		b.WriteString(" …")
	}
	return safetext.Of(b.String())
}

// pending fills the page until there is something to show.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Reading messages…"))})
}
