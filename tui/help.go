package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// help lists the bindings and the commands in force on a page.
type help struct {
	app *app
	top int
}

func (a *app) startHelp() tea.Cmd {
	a.overlay = &help{app: a}
	return nil
}

func (h *help) title() safetext.Text {
	return safetext.Join(safetext.Const("Help: "), h.app.router.current().page.Title())
}
func (h *help) captures() bool { return false }
func (h *help) scrolled() *int { return &h.top }
func (h *help) update(msg tea.Msg) tea.Cmd {
	h.app.wheel(msg)
	return nil
}

func (h *help) bindings() []ui.Binding {
	return []ui.Binding{{Keys: []string{"esc", "q", "?", "f1"}, Title: "close", Run: h.app.closeOverlay}}
}

const helpKeys = 16 // cells for the keys

func (h *help) lines(th theme.Theme, w int) []theme.Line {
	a := h.app
	lines := section(safetext.Const("On this page"), bindingLines(th, a.remapped(a.router.current().page.Bindings())))
	lines = append(lines, section(safetext.Const("Everywhere"), bindingLines(th, a.remapped(a.global())))...)
	return append(lines, section(safetext.Const("Commands"), commandLines(a.commands()))...)
}

func section(title safetext.Text, lines []theme.Line) []theme.Line {
	if len(lines) == 0 {
		return nil
	}
	head := theme.Line{{Text: safetext.Spaces(1)}, {Text: title, Strong: true}}
	return append(append([]theme.Line{head}, lines...), theme.Line{})
}

func bindingLines(th theme.Theme, all []ui.Binding) []theme.Line {
	var lines []theme.Line
	seen := map[string]bool{}
	for _, b := range all {
		keys := slices.DeleteFunc(slices.Clone(b.Keys), func(k string) bool { return seen[k] })
		if len(keys) == 0 || b.Run == nil {
			continue // taken by a binding before it, or a command only
		}
		label := safetext.Text{}
		for i, k := range keys {
			if b.On() {
				seen[k] = true
			}
			if i > 0 {
				label = safetext.Join(label, safetext.Spaces(1))
			}
			label = safetext.Join(label, ui.KeyLabel(th, k))
		}
		role, key := theme.Text, theme.Accent
		if !b.On() {
			role, key = theme.Muted, theme.Muted
		}
		lines = append(lines, theme.Line{{Text: safetext.Spaces(3)}, theme.S(key, label.Fit(helpKeys)), theme.S(role, b.HelpText())})
	}
	return lines
}

func commandLines(all []command) []theme.Line {
	var lines []theme.Line
	for _, c := range all {
		usage := safetext.Of(":" + c.name)
		if c.args != "" {
			usage = safetext.Of(":" + c.name + " " + c.args)
		}
		lines = append(lines, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Accent, usage.Fit(max(helpKeys, 32))), {Text: safetext.Spaces(2)}, {Text: c.title}})
	}
	return lines
}
