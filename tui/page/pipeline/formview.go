package pipeline

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// labelW is the cells of a field's name.
const labelW = 15

// View draws the form, and what it comes to.
func (p *Form) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	var lines []theme.Line
	for i := range p.fields {
		lines = append(lines, p.row(f, i))
	}
	lines = append(lines, p.proposed(f))
	lines = append(lines, p.outcome(f)...)
	in := f.In(ui.Rect{W: f.W, H: f.H - 1})
	if p.focus >= in.H { // a screen that is too low
		lines = lines[p.focus-in.H+1:]
	}
	return ui.Rows(ui.Rule(f.Theme, f.W, true, theme.Span{Text: safetext.Const("Start a job")}), ui.Block(in, lines...))
}

func (p *Form) row(f ui.Frame, i int) theme.Line {
	at := p.fields[i]
	name := ui.T(at.name)
	line := theme.Line{{Text: safetext.Spaces(indent)}}
	role := theme.Muted
	if p.focus == i {
		line = theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Accent, f.Theme.Glyphs().Cursor), {Text: safetext.Spaces(1)}}
		role = theme.Accent
	}
	line = append(line, theme.S(role, name.Fit(labelW)))
	return append(line, at.input.Line(f.Theme, max(1, f.W-line.Width()-1), p.focus == i)...)
}

// proposed is what Tab would put in.
func (p *Form) proposed(f ui.Frame) theme.Line {
	at := p.fields[p.focus]
	if at.input.Complete == nil {
		return nil
	}
	all := at.input.Complete(at.input.Value())
	if len(all) == 0 {
		return nil
	}
	line := theme.Line{{Text: safetext.Spaces(indent + labelW)}, theme.S(theme.Muted, safetext.Const("Tab: "))}
	for i, v := range all {
		if i == 8 {
			line = append(line, theme.S(theme.Muted, f.Theme.Glyphs().Busy))
			break
		}
		line = append(line, theme.S(theme.Muted, safetext.Join(ui.T(v), safetext.Spaces(2))))
	}
	return theme.CutLine(line, f.W-1)
}

// outcome is why it can't be started, or what it will read and the commands that do the same.
func (p *Form) outcome(f ui.Frame) []theme.Line {
	prose := func(role theme.Role, t ...safetext.Text) []theme.Line {
		return ui.Prose(role, indent, f.W-indent, safetext.Join(t...))
	}
	if p.starting {
		return prose(theme.Accent, f.Theme.Glyphs().Busy, safetext.Const(" starting"))
	}
	if !p.settled && p.prepared.Job.Name == "" {
		return nil
	}
	if problem, bad := ui.ProblemOf(p.problem); bad && p.settled {
		role := theme.Warn
		if p.pressed {
			role = theme.Bad
		}
		lines := prose(role, f.Theme.Glyphs().Attention, safetext.Spaces(1), problem.Why)
		if !problem.Try.IsEmpty() {
			lines = append(lines, ui.Prose(theme.Muted, indent+2, f.W-indent, problem.Try)...)
		}
		return lines
	}
	j := &p.prepared.Job
	lines := append(prose(theme.Text, ui.T(j.Description)), theme.Line{})
	if j.Stream() {
		for _, t := range j.Topics {
			line := theme.Line{{Text: safetext.Spaces(indent)}, {Text: safetext.Const("the topic ")}, theme.S(theme.Accent, ui.T(t))}
			lines = append(lines, theme.FitLine(line, f.W-1))
		}
	} else {
		lines = append(lines, prose(theme.Text, ui.Plural(p.prepared.Count, "source", "sources"))...)
		for i, u := range p.prepared.Sources {
			if i == len(p.prepared.Sources)-1 && p.prepared.Count > len(p.prepared.Sources) {
				lines = append(lines, theme.Line{{Text: safetext.Spaces(indent + 2)}, theme.S(theme.Muted, f.Theme.Glyphs().Busy)})
			}
			lines = append(lines, theme.FitLine(theme.Line{{Text: safetext.Spaces(indent + 2)}, theme.S(theme.Muted, ui.T(u))}, f.W-1))
		}
	}
	lines = append(lines, theme.Line{})
	return append(lines, prose(theme.Muted, safetext.Const("Same as: "), ui.T(p.prepared.Plan.Command))...)
}
