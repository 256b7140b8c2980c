package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// confirm is a question, a plan or a prompt: content, perhaps a field, and
// what Enter does.
type confirm struct {
	app     *app
	page    int // the entry that asked
	head    safetext.Text
	body    func(th theme.Theme, w int) []theme.Line
	field   *ui.Input // nil: none
	label   safetext.Text
	yes, no safetext.Text
	ready   func() error // why Enter does not count yet; nil: it does
	run     func() tea.Cmd
	extra   []ui.Binding
	top     int
	quits   bool
}

func newConfirm(a *app, page int, c ui.Confirm) *confirm {
	o := &confirm{app: a, page: page, head: c.Title, yes: c.Yes, no: c.No, run: c.Run}
	o.body = func(_ theme.Theme, w int) []theme.Line {
		var lines []theme.Line
		for _, t := range c.Body {
			lines = append(lines, ui.Prose(theme.Text, 3, w-2, t)...)
		}
		return lines
	}
	o.mustType(c.Typed)
	return o
}

// newPrompt asks for a line of text.
func newPrompt(a *app, page int, p ui.Prompt) *confirm {
	o := &confirm{app: a, page: page, head: p.Title, yes: safetext.Const("go"), no: safetext.Const("cancel"), label: p.Label}
	o.field = &ui.Input{Complete: p.Complete}
	o.field.SetValue(p.Value)
	o.body = func(_ theme.Theme, w int) []theme.Line {
		if p.Hint.IsEmpty() {
			return nil
		}
		return ui.Prose(theme.Muted, 3, w-2, p.Hint)
	}
	o.ready = func() error {
		if p.Check == nil {
			return nil
		}
		return p.Check(o.field.Value())
	}
	o.run = func() tea.Cmd { return p.Run(o.field.Value()) }
	return o
}

// mustType lets Enter count only when the name has been typed.
func (o *confirm) mustType(name string) {
	if name == "" {
		return
	}
	o.field = &ui.Input{}
	o.label = safetext.Sprintf("Type %s to confirm:", name)
	o.ready = func() error {
		if o.field.Value() != name {
			return errNotTyped
		}
		return nil
	}
}

type constError string

func (e constError) Error() string { return string(e) }

const errNotTyped constError = "the name is not typed yet"

func (o *confirm) title() safetext.Text { return o.head }
func (o *confirm) captures() bool       { return o.field != nil }
func (o *confirm) scrolled() *int       { return &o.top }

func (o *confirm) isReady() bool { return o.ready == nil || o.ready() == nil }

func (o *confirm) bindings() []ui.Binding {
	no := o.no
	if no.IsEmpty() {
		no = safetext.Const("leave things as they are")
	}
	all := []ui.Binding{{Keys: []string{"enter"}, Title: o.yes.String(), Enabled: o.isReady, Run: o.accept}}
	all = append(all, o.extra...)
	return append(all, ui.Binding{Keys: []string{"esc"}, Title: no.String(), Run: o.app.closeOverlay})
}

// accept closes the question and does what was asked; the messages go to the
// page that asked.
func (o *confirm) accept() tea.Cmd {
	o.app.overlay = nil
	if o.run == nil {
		return nil
	}
	return own(o.page, o.run())
}

func (o *confirm) update(msg tea.Msg) tea.Cmd {
	o.app.wheel(msg)
	if o.field != nil {
		o.field.Update(msg)
	}
	return nil
}

func (o *confirm) lines(th theme.Theme, w int) []theme.Line {
	lines := o.body(th, w)
	if o.field == nil {
		return lines
	}
	label := safetext.Join(safetext.Spaces(3), o.label, safetext.Spaces(1))
	room := max(10, min(60, w-label.Width()-2))
	line := append(theme.Line{{Text: label}}, o.field.Line(th, room, true)...)
	lines = append(lines, line)
	if o.ready != nil && o.field.Value() != "" {
		if err := o.ready(); err != nil && !errors.Is(err, errNotTyped) {
			lines = append(lines, ui.Prose(theme.Warn, 3, w-2, ui.T(err.Error()))...)
		}
	}
	return lines
}

// quit ends the console; asked, when something ends with it.
func (a *app) quit() tea.Cmd {
	stops := a.status.QuitStops
	if len(stops) == 0 {
		return tea.Quit
	}
	c := newConfirm(a, a.router.currentID(), ui.Confirm{
		Title: safetext.Const("Quit krapp"), Yes: safetext.Const("quit"), No: safetext.Const("stay"),
		Run: func() tea.Cmd { return tea.Quit },
	})
	c.body = func(theme.Theme, int) []theme.Line {
		lines := []theme.Line{{{Text: safetext.Const("   Quitting stops")}}}
		for _, s := range stops {
			lines = append(lines, theme.Line{{Text: safetext.Spaces(5)}, {Text: s, Strong: true}})
		}
		return lines
	}
	c.quits = true
	a.overlay = c
	return nil
}
