package record

import (
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	if !p.have {
		title := theme.Span{Text: p.Title()}
		return ui.Rows(ui.Rule(f.Theme, f.W, true, title), pending(f.In(ui.Rect{W: f.W, H: f.H - 1}), p.err))
	}
	lines := []theme.Line{p.when(f), p.where(f.Theme), p.keyLine(f.W), p.headerLine()}
	meta := ui.Block(f.In(ui.Rect{W: f.W, H: min(metaRows-2, f.H-1)}), lines...)
	rows := ui.Rows(ui.Rule(f.Theme, f.W, false, p.heading(f.Theme)...), meta)
	if f.H >= metaRows {
		rows = ui.Rows(rows, ui.Rule(f.Theme, f.W, false, p.tabs()...), p.bodyView(f.In(ui.Rect{W: f.W, H: f.H - metaRows})))
	}
	return rows
}

func (p *page) heading(th theme.Theme) []theme.Span {
	title := []theme.Span{{Text: p.Title(), Strong: true}}
	if p.busy {
		title = append(title, theme.S(theme.Accent, safetext.Join(safetext.Spaces(1), th.Glyphs().Busy, safetext.Const(" reading"))))
	}
	if p.asked < p.now.record.Offset {
		title = append(title, theme.S(theme.Warn, safetext.Sprintf(" ! there is no record at %d; this is the next one", p.asked)))
	}
	return title
}

// label is the name of a line, as wide as all of them.
func label(t safetext.Text) theme.Span {
	return theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), t.Fit(10)))
}

func (p *page) when(f ui.Frame) theme.Line {
	r := p.now.record
	kind := safetext.Const("set by the producer")
	switch r.TimestampKind {
	case kafkaops.LogAppendTime:
		kind = safetext.Const("set by the broker")
	case kafkaops.NoTimestamp:
		return theme.Line{label(safetext.Const("time")), theme.S(theme.Muted, safetext.Const("none"))}
	}
	line := theme.Line{label(safetext.Const("time")), {Text: f.Times.Full(r.Timestamp)}, theme.S(theme.Muted, safetext.Join(safetext.Spaces(3), kind))}
	if f.Times.Mode == ui.Relative {
		line = append(line, theme.S(theme.Muted, safetext.Join(safetext.Const(", "), f.Times.Ago(r.Timestamp))))
	}
	return line
}

func (p *page) where(th theme.Theme) theme.Line {
	r, x := p.now.record, p.now.extent
	line := theme.Line{
		label(safetext.Const("partition")), {Text: safetext.Sprintf("%d", r.Partition)},
		theme.S(theme.Muted, safetext.Const("   offset ")), {Text: ui.Count(r.Offset)},
		theme.S(theme.Muted, safetext.Join(safetext.Const(" of "), ui.Count(x.Start), safetext.Const(" to "), ui.Count(max(x.Start, x.End-1)), safetext.Const("   leader "))),
	}
	switch p.now.leader {
	case unknownLeader:
		return append(line, theme.S(theme.Muted, safetext.Const("not known")))
	case -1:
		return append(line, theme.S(theme.Bad, safetext.Join(th.Glyphs().Failed, safetext.Const(" none"))))
	}
	return append(line, theme.Span{Text: safetext.Sprintf("%d", p.now.leader)})
}

func (p *page) keyLine(w int) theme.Line {
	k := p.now.record.Key
	line := theme.Line{label(safetext.Const("key"))}
	switch {
	case k == nil:
		return append(line, theme.S(theme.Muted, safetext.Const("none")))
	case len(k) == 0:
		return append(line, theme.S(theme.Muted, safetext.Const("(empty)")))
	}
	size := safetext.Join(safetext.Spaces(3), ui.Bytes(int64(len(k))))
	return append(line, theme.Span{Text: ui.T(k).Truncate(max(1, w-12-size.Width()))}, theme.S(theme.Muted, size))
}

func (p *page) headerLine() theme.Line {
	all := p.now.record.Headers
	line := theme.Line{label(safetext.Const("headers"))}
	if len(all) == 0 {
		return append(line, theme.S(theme.Muted, safetext.Const("none")))
	}
	line = append(line, theme.S(theme.Muted, safetext.Join(ui.Count(len(all)), safetext.Spaces(2))))
	for _, h := range all[:min(len(all), 8)] { // the pane has them all
		line = append(line, theme.S(theme.Accent, ui.T(h.Key).Truncate(40)), theme.S(theme.Muted, safetext.Const("=")),
			theme.Span{Text: headerValue(h.Value).Truncate(60)}, theme.Span{Text: safetext.Spaces(2)})
	}
	return line
}

// tabs names the parts, and how the present one is shown.
func (p *page) tabs() []theme.Span {
	names := [parts]safetext.Text{safetext.Const("Value"), safetext.Const("Key"), safetext.Const("Headers")}
	var line []theme.Span
	for i, n := range names {
		s := theme.S(theme.Muted, n)
		if part(i) == p.part {
			s = theme.Span{Text: n, Role: theme.Accent, Strong: true}
		}
		line = append(line, s, theme.Span{Text: safetext.Spaces(2)})
	}
	return append(line[:len(line)-1], theme.S(theme.Muted, p.summary()))
}

func (p *page) summary() safetext.Text {
	var say safetext.Text
	switch {
	case p.part == headers:
	case p.bytes() == nil:
		say = safetext.Const(" ── null")
	default:
		say = safetext.Join(safetext.Const(" ── "), ui.T(p.chosen[p.part].String()), safetext.Const(" · "), ui.Bytes(int64(len(p.bytes()))))
	}
	if p.body == nil || p.body.len() <= p.bodyHeight() {
		return say
	}
	last := min(p.body.len(), p.top+p.bodyHeight())
	say = safetext.Join(say, safetext.Const(" · lines "), ui.Count(p.top+1), safetext.Const("–"), ui.Count(last), safetext.Const(" of "), ui.Count(p.body.len()))
	if rest := p.body.unlisted(); rest > 0 {
		say = safetext.Join(say, safetext.Const(", and "), ui.Bytes(int64(rest)), safetext.Const(" more: v for hex shows all"))
	}
	return say
}

func (p *page) bodyView(f ui.Frame) string {
	indent := theme.Span{Text: safetext.Spaces(1)}
	if p.body == nil {
		say := safetext.Join(safetext.Const("Laying out "), ui.Bytes(int64(len(p.bytes()))), safetext.Const("…"))
		return ui.Block(f, theme.Line{indent, theme.S(theme.Muted, say)})
	}
	if p.body.len() == 0 {
		return ui.Block(f, theme.Line{indent, theme.S(theme.Muted, p.nothing())})
	}
	lines := make([]theme.Line, 0, f.H)
	for i := p.top; i < p.body.len() && len(lines) < f.H; i++ {
		lines = append(lines, append(theme.Line{indent}, p.body.line(i)...))
	}
	return ui.Block(f, lines...)
}

func (p *page) nothing() safetext.Text {
	switch {
	case p.part == headers:
		return safetext.Const("The record has no headers.")
	case p.part == key && p.bytes() == nil:
		return safetext.Const("The record has no key.")
	case p.part == value && p.bytes() == nil:
		return safetext.Const("A tombstone: the value is null. Compaction removes what had this key before.")
	}
	return safetext.Const("Empty: no bytes, which is not the same as null.")
}

// pending fills the page until there is a record.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Reading the record…"))})
}
