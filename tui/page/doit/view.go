package doit

import (
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

const (
	indent = 3
	label  = 11 // cells of a field's name
	second = 12 // cells of the name of a row's second field
)

// View draws the form, the messages as they will be, and what it comes to.
func (p *Page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	var lines []theme.Line
	for _, row := range p.rows() {
		lines = append(lines, p.row(f, row))
	}
	lines = append(lines, theme.Line{})
	lines = append(lines, p.messages(f)...)
	lines = append(lines, theme.Line{})
	lines = append(lines, p.outcome(f)...)
	in := f.In(ui.Rect{W: f.W, H: f.H - 1})
	lines = p.scrolled(lines, in.H)
	return ui.Rows(ui.Rule(f.Theme, f.W, true, theme.Span{Text: safetext.Const("DoIt")}), ui.Block(in, lines...))
}

// scrolled keeps the field in focus in sight on a screen that is too low.
func (p *Page) scrolled(lines []theme.Line, h int) []theme.Line {
	for i, row := range p.rows() {
		for _, f := range row {
			if f == p.focus && i >= h {
				return lines[i-h+1:]
			}
		}
	}
	return lines
}

// row is a line of one or two fields.
func (p *Page) row(f ui.Frame, row []field) theme.Line {
	line := append(p.gutter(f, row[0]), theme.S(p.labelRole(row[0]), names(row[0]).Fit(label)))
	room := f.W - line.Width() - 1
	switch {
	case row[0].isChoice():
		return append(line, p.options(f, row[0])...)
	case len(row) == 2:
		half := halfOf(f.W)
		line = append(line, p.fields[row[0]].Line(f.Theme, half, p.focus == row[0])...)
		line = append(line, theme.Span{Text: safetext.Spaces(2)}, theme.S(p.labelRole(row[1]), names(row[1]).Fit(second)))
		room = max(1, f.W-line.Width()-1)
		return append(line, p.fields[row[1]].Line(f.Theme, min(room, 40), p.focus == row[1])...)
	case row[0] == topicField:
		field := max(1, min(40, room-26))
		line = append(line, p.fields[topicField].Line(f.Theme, field, p.focus == topicField)...)
		return append(append(line, theme.Span{Text: safetext.Spaces(2)}), p.aboutTopic()...)
	case row[0] == valueField && p.value(fileField) != "":
		return append(line, theme.S(theme.Muted, safetext.Const("the lines of the file")))
	}
	return append(line, p.fields[row[0]].Line(f.Theme, max(1, room), p.focus == row[0])...)
}

// halfOf is the width of the first of two fields in w cells.
func halfOf(w int) int { return max(10, min(40, (w-indent-label-1-second-2)/2)) }

func (p *Page) half() int { return halfOf(p.w) }

func (p *Page) gutter(f ui.Frame, at field) theme.Line {
	if p.focus == at {
		return theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Accent, f.Theme.Glyphs().Cursor), {Text: safetext.Spaces(1)}}
	}
	return theme.Line{{Text: safetext.Spaces(indent)}}
}

func (p *Page) labelRole(at field) theme.Role {
	if p.focus == at {
		return theme.Accent
	}
	return theme.Muted
}

func names(f field) safetext.Text {
	switch f {
	case topicField:
		return safetext.Const("Topic")
	case partitionsField:
		return safetext.Const("Partitions")
	case countField:
		return safetext.Const("Count")
	case rateField:
		return safetext.Const("Rate")
	case keyField:
		return safetext.Const("Key")
	case valueField:
		return safetext.Const("Value")
	case headersField:
		return safetext.Const("Headers")
	case fileField:
		return safetext.Const("From file")
	case proofField:
		return safetext.Const("Proof")
	case groupField:
		return safetext.Const("Group")
	case outputField:
		return safetext.Const("Output")
	case idField:
		return safetext.Const("Known by")
	}
	return safetext.Const("Send from")
}

// aboutTopic says what is known of the topic, or what Tab would put in.
func (p *Page) aboutTopic() theme.Line {
	name := p.value(topicField)
	n, exists := p.seen.topics[name]
	switch {
	case exists:
		return theme.Line{theme.S(theme.Muted, safetext.Join(ui.Plural(n, "partition", "partitions"), safetext.Const(", exists")))}
	case p.seen.topics == nil || p.focus != topicField:
		return nil
	}
	line := theme.Line{}
	for i, v := range p.beginning(p.seen.names, name) {
		if i == 0 {
			line = append(line, theme.S(theme.Muted, safetext.Const("Tab: ")))
		}
		if i == 8 {
			break
		}
		line = append(line, theme.S(theme.Muted, safetext.Join(ui.T(v), safetext.Spaces(2))))
	}
	return line
}

// options are the buttons of a choice, and what is known of them.
func (p *Page) options(f ui.Frame, at field) theme.Line {
	var line theme.Line
	button := func(on bool, text safetext.Text) {
		mark, role := safetext.Const("( ) "), theme.Muted
		if on {
			mark, role = safetext.Const("(•) "), theme.Text
		}
		line = append(line, theme.S(role, safetext.Join(mark, text)), theme.Span{Text: safetext.Spaces(3)})
	}
	if at == proofField {
		button(p.evidence() == roundtrip.Reported, safetext.Const("workers report"))
		button(p.evidence() == roundtrip.Arrived, safetext.Const("reaches a topic"))
		button(p.evidence() == roundtrip.Committed, safetext.Const("group commits"))
		return line
	}
	workers := safetext.Const("workers")
	if p.seen.workers >= 0 {
		workers = safetext.Join(workers, safetext.Const(": "), ui.Count(p.seen.workers), safetext.Const(" ready"))
	}
	if p.value(fileField) != "" {
		return theme.Line{theme.S(theme.Text, safetext.Join(safetext.Const("(•) "), workers)), theme.S(theme.Muted, safetext.Const("   a file is sent by workers only"))}
	}
	button(!p.workers, safetext.Const("here"))
	button(p.workers, workers)
	return line
}

// previewKey is the width of the keys in the preview.
const previewKey = 16

// messages are the first three as they will be.
func (p *Page) messages(f ui.Frame) []theme.Line {
	if p.value(fileField) != "" {
		return p.fileLines(f)
	}
	lines := make([]theme.Line, 0, 4)
	keyed := p.fields[keyField].Value() != ""
	for _, m := range p.preview {
		line := theme.Line{{Text: safetext.Spaces(indent)}}
		if keyed {
			line = append(line, theme.S(theme.Accent, ui.T(m.Key).Fit(previewKey)), theme.Span{Text: safetext.Spaces(2)})
		}
		line = append(line, theme.Span{Text: ui.T(m.Value)})
		lines = append(lines, theme.FitLine(line, f.W-1))
	}
	if len(p.preview) > 0 && len(p.preview[0].Headers) > 0 {
		line := theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, safetext.Const("headers"))}
		for _, h := range p.preview[0].Headers {
			line = append(line, theme.S(theme.Muted, safetext.Join(safetext.Spaces(2), ui.T(h.Key), safetext.Const("="), ui.T(h.Value))))
		}
		lines = append(lines, theme.FitLine(line, f.W-1))
	}
	return lines
}

func (p *Page) fileLines(f ui.Frame) []theme.Line {
	var lines []theme.Line
	if p.file.path == p.value(fileField) && p.file.err == nil {
		for _, l := range p.file.first {
			lines = append(lines, theme.FitLine(theme.Line{{Text: safetext.Spaces(indent)}, {Text: ui.T(l)}}, f.W-1))
		}
	}
	return lines
}

// outcome is why it cannot be sent, or what it will do and the command that does the same.
func (p *Page) outcome(f ui.Frame) []theme.Line {
	if p.sending {
		return []theme.Line{{{Text: safetext.Spaces(indent)}, theme.S(theme.Accent, safetext.Join(f.Theme.Glyphs().Busy, safetext.Const(" registering the run")))}}
	}
	if problem, bad := ui.ProblemOf(p.problem); bad {
		role := theme.Warn
		if p.pressed {
			role = theme.Bad
		}
		lines := ui.Prose(role, indent, f.W-indent, safetext.Join(f.Theme.Glyphs().Attention, safetext.Spaces(1), problem.Why))
		if !problem.Try.IsEmpty() {
			lines = append(lines, ui.Prose(theme.Muted, indent+2, f.W-indent, problem.Try)...)
		}
		return lines
	}
	var lines []theme.Line
	if p.spec.CreateTopic {
		lines = append(lines, ui.Prose(theme.Warn, indent, f.W-indent, safetext.Join(f.Theme.Glyphs().Attention, safetext.Const(" The topic "), ui.T(p.spec.Topic), safetext.Const(" does not exist yet: it is created.")))...)
	}
	if p.spec.Sender == roundtrip.SendWorkers {
		say := safetext.Const(" The workers send in short transactions: read-committed readers wait while one is open, others may see one that is aborted.")
		lines = append(lines, ui.Prose(theme.Warn, indent, f.W-indent, safetext.Join(f.Theme.Glyphs().Attention, say))...)
	}
	if p.value(fileField) != "" && p.file.path == p.value(fileField) {
		lines = append(lines, theme.Line{{Text: safetext.Spaces(indent)}, {Text: safetext.Join(ui.Plural(p.file.count, "line", "lines"), safetext.Const(", one message each"))}})
	}
	return append(lines, ui.Prose(theme.Muted, indent, f.W-indent, safetext.Join(safetext.Const("Same as: "), ui.T(p.deps.Plan(p.spec).Command)))...)
}
