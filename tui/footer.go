package tui

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// footer is the last line: what can be done here, most important first, as
// many as fit; help and the way out at the right.
func (a *app) footer(w int) string {
	if a.line != nil {
		return a.line.view(a.theme, w)
	}
	if a.overlay != nil {
		return a.theme.Fit(w, a.hints(a.overlay.bindings(), w))
	}
	right := a.exits()
	room := w - right.Width()
	if a.notice != nil && a.notice.problem == nil {
		return a.theme.Render(append(theme.FitLine(a.notice.line(a.theme), room), right...)...)
	}
	e := a.router.current()
	left := a.filterNote(e.page)
	all := append(a.remapped(e.page.Bindings()), a.remapped(a.global())...)
	left = append(left, a.hints(all, room-left.Width())...)
	return a.theme.Render(append(theme.FitLine(left, room), right...)...)
}

// exits is what is always at the right.
func (a *app) exits() theme.Line {
	line := theme.Line{}
	for _, action := range []string{"help", "quit"} {
		if a.router.pos > 0 && action == "quit" {
			action = "back"
		}
		for _, b := range a.remapped(a.builtin()) {
			if key := a.shownKey(b); key != "" && b.ActionName() == action {
				line = append(line, a.hint(key, b.Title)...)
				line = append(line, theme.Span{Text: safetext.Spaces(2)})
			}
		}
	}
	return line
}

// hints are as many bindings as fit whole.
func (a *app) hints(all []ui.Binding, room int) theme.Line {
	var line theme.Line
	seen := map[string]bool{}
	for _, b := range all {
		key := a.shownKey(b)
		if b.Quiet || key == "" || b.Run == nil || !b.On() || seen[key] {
			continue
		}
		seen[key] = true
		h := a.hint(key, b.Title)
		if line.Width()+h.Width()+2 > room {
			break
		}
		line = append(append(line, h...), theme.Span{Text: safetext.Spaces(2)})
	}
	return line
}

// shownKey is the first key of a binding that counts now: none that types
// something while something is typed.
func (a *app) shownKey(b ui.Binding) string {
	text := a.overlay == nil && captures(a.router.current().page) || a.overlay != nil && a.overlay.captures()
	for _, k := range b.Keys {
		if !text || k != "space" && len([]rune(k)) > 1 {
			return k
		}
	}
	return ""
}

func (a *app) hint(key, title string) theme.Line {
	return theme.Line{
		{Text: safetext.Spaces(1)},
		theme.S(theme.Accent, ui.KeyLabel(a.theme, key)),
		{Text: safetext.Spaces(1)},
		theme.S(theme.Muted, safetext.Of(title)),
	}
}

// filterNote reminds that only a part is shown.
func (a *app) filterNote(p ui.Page) theme.Line {
	f, ok := p.(ui.Filterer)
	if !ok || f.Filter() == "" {
		return nil
	}
	return theme.Line{{Text: safetext.Spaces(1)}, {Text: safetext.Join(safetext.Const("/"), safetext.Of(f.Filter()).Truncate(20)), Role: theme.Warn, Strong: true}, {Text: safetext.Spaces(1)}}
}
