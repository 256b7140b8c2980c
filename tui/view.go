package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// View draws the frame: exactly the terminal's size.
func (a *app) View() tea.View {
	v := tea.NewView(a.theme.Degrade(ui.Clamp(a.frame(), a.w, a.h)))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

// roomy says whether the terminal is large enough.
func (a *app) roomy() bool { return a.w >= minWidth && a.h >= minHeight }

// frame is View before the last guard, which a property test shows to change
// nothing as long as pages keep to their size.
func (a *app) frame() string {
	switch {
	case a.w <= 0 || a.h <= 0:
		return ""
	case !a.roomy():
		return a.tooSmall()
	case len(a.router.entries) == 0:
		return ui.Block(ui.Frame{W: a.w, H: a.h, Theme: a.theme})
	}
	return ui.Rows(a.header(a.w), a.body(a.w, a.h-2), a.footer(a.w))
}

// body is the page, its lower part covered by what lies over it.
func (a *app) body(w, h int) string {
	cover := a.cover(w, h)
	if cover != "" && strings.Count(cover, "\n")+1 == h {
		return cover
	}
	f := ui.Frame{W: w, H: h, Theme: a.theme, Times: a.times}
	if a.known && a.status.State == ui.Disconnected {
		f.Theme = a.theme.Muted() // the last known picture
	}
	page := a.router.current().page.View(f)
	if cover == "" {
		return page
	}
	lines := strings.Split(page, "\n")
	keep := min(len(lines), h-1-strings.Count(cover, "\n"))
	return ui.Rows(strings.Join(lines[:keep], "\n"), cover)
}

// cover is what lies over the bottom of the page, if anything.
func (a *app) cover(w, h int) string {
	switch {
	case a.overlay != nil:
		return a.drawer(w, h)
	case a.line != nil:
		return a.line.completions(a.theme, w)
	case a.notice != nil && a.notice.problem != nil:
		lines := a.notice.problem.Lines(a.theme, w)
		lines = lines[:min(len(lines), h/2)]
		f := ui.Frame{W: w, H: len(lines), Theme: a.theme}
		return ui.Rows(ui.Rule(a.theme, w, false), ui.Block(f, lines...))
	}
	return ""
}

// tooSmall says what size is needed.
func (a *app) tooSmall() string {
	say := safetext.Sprintf("krapp needs %d×%d cells; this terminal has %d×%d.", minWidth, minHeight, a.w, a.h)
	lines := make([]theme.Line, 0, a.h)
	text := say.Words(a.w)
	for range max(0, (a.h-len(text))/2) {
		lines = append(lines, theme.Line{})
	}
	for _, t := range text {
		lines = append(lines, theme.Line{{Text: safetext.Spaces((a.w - t.Width()) / 2)}, {Text: t}})
	}
	return ui.Block(ui.Frame{W: a.w, H: a.h, Theme: a.theme}, lines...)
}
