package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// cmdLine is the line at the bottom while it is being typed in: a command
// (":") or a filter ("/").
type cmdLine struct {
	app   *app
	sign  safetext.Text
	input ui.Input
	// filter is the page that is filtered; nil: a command.
	filter ui.Filterer
	recall int // steps back in the history of commands
}

func (a *app) startCommand() tea.Cmd {
	a.line = &cmdLine{app: a, sign: safetext.Const(":")}
	a.line.input.Complete = a.proposals
	return nil
}

func (a *app) startFilter() tea.Cmd {
	f, ok := a.router.current().page.(ui.Filterer)
	if !ok {
		return nil
	}
	a.line = &cmdLine{app: a, sign: safetext.Const("/"), filter: f}
	a.line.input.SetValue(f.Filter())
	return nil
}

func (a *app) lineKey(msg tea.KeyPressMsg) tea.Cmd {
	l := a.line
	switch msg.String() {
	case "esc":
		a.line = nil
		if l.filter != nil {
			l.filter.SetFilter("")
		}
		return nil
	case "enter":
		a.line = nil
		if l.filter != nil {
			return nil
		}
		return a.runLine(l.input.Value())
	case "up", "ctrl+p":
		l.recallBy(1)
		return nil
	case "down", "ctrl+n":
		l.recallBy(-1)
		return nil
	case "backspace":
		if l.input.Value() == "" {
			a.line = nil
			return nil
		}
	}
	return l.update(msg)
}

func (l *cmdLine) update(msg tea.Msg) tea.Cmd {
	l.input.Update(msg)
	if l.filter != nil {
		l.filter.SetFilter(l.input.Value())
	}
	return nil
}

// recallBy goes through earlier command lines.
func (l *cmdLine) recallBy(n int) {
	said := l.app.said
	if l.filter != nil || len(said) == 0 {
		return
	}
	l.recall = max(0, min(l.recall+n, len(said)))
	if l.recall == 0 {
		l.input.SetValue("")
		return
	}
	l.input.SetValue(said[len(said)-l.recall])
}

// view draws the line in w cells.
func (l *cmdLine) view(th theme.Theme, w int) string {
	hint := safetext.Const("↵ keep   Esc show all")
	if l.filter == nil {
		hint = l.app.usage(l.input.Value())
	}
	hint = hint.Truncate(w / 2)
	room := w - 2 - hint.Width() - 2
	line := theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Accent, l.sign)}
	line = append(line, l.input.Line(th, room, true)...)
	line = append(line, theme.Span{Text: safetext.Spaces(1)}, theme.S(theme.Muted, hint))
	return th.Fit(w, line)
}

// completions is the line above: what Tab would put in. "" when there is nothing.
func (l *cmdLine) completions(th theme.Theme, w int) string {
	if l.filter != nil {
		return ""
	}
	line := theme.Line{{Text: safetext.Spaces(2)}}
	for _, p := range l.app.proposals(l.input.Value()) {
		if line.Width() > w {
			break
		}
		words := splitWords(p)
		if len(words) == 0 {
			continue
		}
		line = append(line, theme.S(theme.Muted, safetext.Of(words[len(words)-1])), theme.Span{Text: safetext.Spaces(2)})
	}
	if len(line) == 1 {
		return ""
	}
	return th.Fit(w, line)
}
