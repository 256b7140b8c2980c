package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/ui"
)

// key sends a key to whom it is for: what lies over the page, the line at the
// bottom, the page's bindings, the app's, and the page itself, in this order.
func (a *app) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.Code == tea.KeyEscape && msg.Mod == tea.ModAlt {
		// Two Escs that came in one read, as over a slow line, look like this: they are two.
		esc := tea.KeyPressMsg{Code: tea.KeyEscape}
		return tea.Sequence(a.key(esc), a.key(esc))
	}
	hadProblem := a.notice != nil && a.notice.sticky()
	a.notice = nil
	if msg.String() == "ctrl+c" {
		return a.interrupt()
	}
	if !a.roomy() || len(a.router.entries) == 0 {
		if msg.String() == "q" {
			return a.quit()
		}
		return nil
	}
	switch {
	case a.overlay != nil:
		return a.overlayKey(msg)
	case a.line != nil:
		return a.lineKey(msg)
	case hadProblem && msg.String() == "esc":
		return nil // it was for the message
	}
	e := a.router.current()
	text := captures(e.page) && typed(msg)
	if !text {
		if b, ok := find(a.remapped(e.page.Bindings()), msg.String()); ok {
			return own(e.id, b.Run())
		}
		if b, ok := find(a.remapped(a.global()), msg.String()); ok {
			return b.Run()
		}
	}
	return a.deliver(e, msg)
}

// interrupt is Ctrl-C: it quits, asked once as q is; pressed again, it quits.
func (a *app) interrupt() tea.Cmd {
	if c, ok := a.overlay.(*confirm); ok && c.quits {
		return tea.Quit
	}
	return a.quit()
}

// captures says whether a page takes text now.
func captures(p any) bool {
	c, ok := p.(ui.Capturer)
	return ok && c.CapturesText()
}

// typed says that a key types something.
func typed(msg tea.KeyPressMsg) bool {
	return msg.Text != "" && msg.Mod&^tea.ModShift == 0
}

// find is the first binding that has the key and can be used now.
func find(all []ui.Binding, key string) (ui.Binding, bool) {
	for _, b := range all {
		if b.Run != nil && slices.Contains(b.Keys, key) && b.On() {
			return b, true
		}
	}
	return ui.Binding{}, false
}

// remapped puts the user's keys in the place of the bindings' own.
func (a *app) remapped(all []ui.Binding) []ui.Binding {
	if len(a.options.Keys) == 0 {
		return all
	}
	out := slices.Clone(all)
	for i, b := range out {
		if keys, ok := a.options.Keys[b.ActionName()]; ok {
			out[i].Keys = keys
		}
	}
	return out
}

// global are the bindings in force on every page: those of the wiring, then
// the app's own.
func (a *app) global() []ui.Binding {
	return append(slices.Clone(a.options.Global), a.builtin()...)
}

func (a *app) builtin() []ui.Binding {
	home := func() bool { return a.router.pos == 0 }
	away := func() bool { return a.router.pos > 0 || a.filtered() }
	_, filters := a.router.current().page.(ui.Filterer)
	return []ui.Binding{
		{Keys: []string{"/"}, Title: "filter", Help: "show only what contains a text", Enabled: func() bool { return filters }, Run: a.startFilter},
		{Keys: []string{":"}, Title: "command", Help: "type a command; Tab completes", Run: a.startCommand},
		{Keys: []string{"["}, Action: "history-back", Title: "earlier page", Quiet: true, Run: func() tea.Cmd { return a.goTo(a.router.pos - 1) }},
		{Keys: []string{"]"}, Action: "history-forward", Title: "later page", Quiet: true, Run: func() tea.Cmd { return a.goTo(a.router.pos + 1) }},
		{Keys: []string{"t"}, Action: "times", Title: "times", Help: "local time, UTC, relative times", Quiet: true, Run: a.cycleTimes},
		{Keys: []string{"ctrl+l"}, Action: "redraw", Title: "redraw", Help: "draw the screen again", Quiet: true, Run: func() tea.Cmd { return tea.ClearScreen }},
		{Keys: []string{"esc"}, Action: "back", Title: "back", Quiet: true, Enabled: away, Run: a.escape},
		{Keys: []string{"q"}, Action: "quit", Title: "quit", Help: "quit; on other pages than the first, back", Quiet: true, Run: func() tea.Cmd {
			if home() {
				return a.quit()
			}
			return a.back()
		}},
		{Keys: []string{"?", "f1"}, Action: "help", Title: "help", Help: "this help", Quiet: true, Run: a.startHelp},
		{Title: "quit", Action: "quit-console", Help: "quit from anywhere", Quiet: true, Command: ui.Command{Name: "quit", Run: func([]string) tea.Cmd { return a.quit() }}},
	}
}

// filtered says whether the current page shows only a part.
func (a *app) filtered() bool {
	f, ok := a.router.current().page.(ui.Filterer)
	return ok && f.Filter() != ""
}

// escape takes back one thing: the filter first, then the page.
func (a *app) escape() tea.Cmd {
	if f, ok := a.router.current().page.(ui.Filterer); ok && f.Filter() != "" {
		f.SetFilter("")
		return nil
	}
	return a.back()
}

func (a *app) cycleTimes() tea.Cmd {
	a.times.Mode = a.times.Mode.Next()
	return a.notify(ui.Info, ui.T("Times: "+a.times.Mode.String()))
}

// paste goes where typing goes.
func (a *app) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.overlay != nil:
		return a.overlay.update(msg)
	case a.line != nil:
		return a.line.update(msg)
	case len(a.router.entries) > 0:
		return a.deliver(a.router.current(), msg)
	}
	return nil
}

// mouse goes to what lies over the page, or to the page as it sees itself.
func (a *app) mouse(msg tea.MouseMsg) tea.Cmd {
	if !a.roomy() || len(a.router.entries) == 0 {
		return nil
	}
	if a.overlay != nil {
		return a.overlay.update(msg)
	}
	body := ui.Rect{Y: 1, W: a.w, H: a.h - 2}
	if m, ok := ui.Within(body, msg); ok && a.line == nil {
		return a.deliver(a.router.current(), m)
	}
	return nil
}
