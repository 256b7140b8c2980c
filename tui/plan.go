package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// newPlan shows a change before it is made.
func newPlan(a *app, page int, msg ui.PlanMsg) *confirm {
	p := msg.Plan
	o := &confirm{app: a, page: page, head: ui.T(p.Title), yes: safetext.Const("apply"), run: msg.Apply}
	o.body = func(th theme.Theme, w int) []theme.Line { return planLines(p, th, w) }
	if p.Command != "" {
		key := "c"
		if p.Typed != "" {
			key = "ctrl+y" // letters are being typed
		}
		o.extra = []ui.Binding{{Keys: []string{key}, Title: "copy command", Run: func() tea.Cmd {
			return a.copy(ui.CopyMsg{What: safetext.Const("the command"), Data: p.Command})
		}}}
	}
	o.mustType(p.Typed)
	return o
}

func planLines(p kafkaops.Plan, th theme.Theme, w int) []theme.Line {
	lines := planTable(p.Table)
	for _, e := range p.Effects {
		lines = append(lines, ui.Prose(theme.Text, 3, w-2, ui.T(e))...)
	}
	for _, l := range p.Lost {
		lines = append(lines, ui.Prose(theme.Warn, 3, w-2, safetext.Join(th.Glyphs().Attention, safetext.Const(" Cannot be undone: "), ui.T(l)))...)
	}
	if p.Reversible() {
		lines = append(lines, ui.Prose(theme.Text, 3, w-2, safetext.Join(safetext.Const("Can be undone: "), ui.T(p.Undo)))...)
	}
	if p.Command != "" {
		lines = append(lines, ui.Prose(theme.Accent, 3, w-2, ui.T(p.Command))...)
	}
	return lines
}

// planTable lines up a plan's rows, the first of them the titles; columns of
// numbers lean right.
func planTable(rows [][]string) []theme.Line {
	if len(rows) == 0 {
		return nil
	}
	widths := make([]int, len(rows[0]))
	right := make([]bool, len(rows[0]))
	for c := range widths {
		right[c] = len(rows) > 1
		for i, r := range rows {
			if c >= len(r) {
				continue
			}
			widths[c] = max(widths[c], min(60, ui.T(r[c]).Width()))
			right[c] = right[c] && (i == 0 || isNumber(r[c]))
		}
	}
	var lines []theme.Line
	for i, r := range rows {
		line := theme.Line{{Text: safetext.Spaces(3)}}
		role := theme.Text
		if i == 0 {
			role = theme.Muted
		}
		for c := range widths {
			cell := safetext.Text{}
			if c < len(r) {
				cell = ui.T(r[c])
			}
			if right[c] {
				cell = cell.FitRight(widths[c])
			} else {
				cell = cell.Fit(widths[c])
			}
			line = append(line, theme.S(role, cell), theme.Span{Text: safetext.Spaces(2)})
		}
		lines = append(lines, line)
	}
	return append(lines, theme.Line{})
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789,.+-−– ") == ""
}
