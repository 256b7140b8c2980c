package produce

import (
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

const (
	indent     = 3
	labelWidth = 11
)

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	lines := []theme.Line{{}}
	labels := [fields]safetext.Text{
		topicField: safetext.Const("Topic"), keyField: safetext.Const("Key"), valueField: safetext.Const("Value"),
		headersField: safetext.Const("Headers"), partitionField: safetext.Const("Partition"),
	}
	for i := range p.inputs {
		lines = append(lines, p.line(f, i, labels[i]))
	}
	lines = append(append(append(lines, theme.Line{}), p.remark(f.W)...), theme.Line{})
	for _, s := range p.stored {
		lines = append(lines, p.storedLine(f, s))
	}
	rule := ui.Rule(f.Theme, f.W, true, theme.Span{Text: safetext.Const("Produce one message")})
	return ui.Rows(rule, ui.Block(f.In(ui.Rect{W: f.W, H: f.H - 1}), lines...))
}

func (p *page) line(f ui.Frame, i int, label safetext.Text) theme.Line {
	lead := theme.S(theme.Muted, label.Fit(labelWidth))
	if i == p.focus {
		lead.Role = theme.Accent
	}
	line := theme.Line{{Text: safetext.Spaces(indent)}, lead}
	room := max(0, f.W-indent-labelWidth-1)
	switch {
	case i == valueField && p.tombstone:
		return append(line, theme.S(theme.Warn, safetext.Const("null: a tombstone")))
	case i == topicField || i == partitionField:
		room = min(room, 40)
		line = append(line, p.inputs[i].Line(f.Theme, room, i == p.focus)...)
		return append(line, theme.Span{Text: safetext.Spaces(2)}, p.beside(i))
	}
	return append(line, p.inputs[i].Line(f.Theme, room, i == p.focus)...)
}

// beside says at once what the brokers know of a field.
func (p *page) beside(i int) theme.Span {
	if i != topicField || p.value(topicField) == "" {
		return theme.Span{}
	}
	n, known := p.topics[p.value(topicField)]
	switch {
	case p.topics == nil:
		return theme.Span{}
	case known:
		return theme.S(theme.Muted, safetext.Join(ui.Plural(n, "partition", "partitions"), safetext.Const(", exists")))
	}
	return theme.S(theme.Warn, safetext.Const("! no such topic"))
}

// remark says what is wrong with the form, or what it does, in a few lines at most.
func (p *page) remark(w int) []theme.Line {
	role, say := p.saying()
	lines := ui.Prose(role, indent, w-1, say)
	return lines[:min(len(lines), 4)]
}

func (p *page) saying() (theme.Role, safetext.Text) {
	if p.sending {
		return theme.Accent, safetext.Const("… sending")
	}
	r, _, err := p.record()
	switch {
	case r.Topic == "":
		return theme.Muted, safetext.Const("The message is sent as it is typed; n on other pages sends many, from templates.")
	case err != nil:
		return theme.Warn, safetext.Join(safetext.Const("! "), ui.T(causeOf(err).Error()))
	case r.Value == nil:
		return theme.Muted, safetext.Const("A tombstone: compaction removes the messages of this key.")
	}
	return theme.Muted, safetext.Join(safetext.Const("Same as: "), ui.T(command(r)))
}

// storedLine says where a message was stored, or what became of it instead.
func (p *page) storedLine(f ui.Frame, s stored) theme.Line {
	g := f.Theme.Glyphs()
	line := theme.Line{{Text: safetext.Spaces(indent)}}
	d := s.delivery
	switch {
	case d.Err == nil:
		line = append(line, theme.S(theme.Good, g.Done), theme.Span{Text: safetext.Join(safetext.Const(" stored in "), ui.T(s.record.Topic), safetext.Sprintf(" %d@%d", d.Partition, d.Offset))})
	case d.Possibly:
		line = append(line, theme.S(theme.Warn, g.Attention), theme.S(theme.Warn, safetext.Join(safetext.Const(" perhaps stored in "), ui.T(s.record.Topic), safetext.Const(": no answer in time"))))
	default:
		line = append(line, theme.S(theme.Bad, g.Failed), theme.S(theme.Bad, safetext.Join(safetext.Const(" not stored in "), ui.T(s.record.Topic), safetext.Const(": "), ui.T(string(kafkaops.ClassOf(d.Err))))))
	}
	return append(line, theme.S(theme.Muted, safetext.Join(safetext.Const("   "), f.Times.Clock(s.at), safetext.Const("   "), preview(s.record))))
}

func preview(r kafkaops.Record) safetext.Text {
	if r.Value == nil {
		return safetext.Const("(tombstone)")
	}
	return ui.T(r.Value)
}
