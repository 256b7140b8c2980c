package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// The least terminal on which the console can be used.
const (
	minWidth  = 60
	minHeight = 16
)

// app is the root model. It is changed only in Update's turn.
type app struct {
	options Options
	ctx     context.Context
	w, h    int
	theme   theme.Theme
	times   ui.Times
	status  ui.Status
	known   bool // there has been a status
	stream  *ui.Stream[ui.Status]

	router  router
	overlay overlay  // over the page; nil for none
	line    *cmdLine // ":" or "/" in the footer's place; nil for none
	said    []string // command lines so far, oldest first
	notice  *notice
	notices int // so far, to tell an old timer from a new one
}

// New makes the console's model. Pages' contexts are children of ctx.
func New(ctx context.Context, o Options) tea.Model {
	o = o.withDefaults()
	a := &app{options: o, ctx: ctx, theme: theme.New(o.Theme)}
	a.times = ui.Times{Mode: o.Times, Zone: o.Zone, Now: o.Now()}
	a.stream = o.Status.Subscribe(ctx)
	return a
}

// Init opens the home page.
func (a *app) Init() tea.Cmd {
	return tea.Batch(a.stream.Next(), a.open(a.options.Home, false), tea.RequestBackgroundColor, a.nextOutside())
}

// outside is a message from Options.Outside.
type outside struct{ msg ui.ForApp }

// nextOutside waits for the next message from outside the pages.
func (a *app) nextOutside() tea.Cmd {
	if a.options.Outside == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-a.ctx.Done():
			return nil
		case msg := <-a.options.Outside:
			return outside{msg}
		}
	}
}

// Update receives every message of the program.
func (a *app) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.times.Now = a.options.Now()
	switch msg := msg.(type) {
	case pageMsg:
		return a, a.fromPage(msg)
	case ui.ForApp:
		return a, a.forApp(a.router.currentID(), msg)
	case outside:
		return a, tea.Batch(a.forApp(a.router.currentID(), msg.msg), a.nextOutside())
	case ui.Snapshot[ui.Status]:
		a.status, a.known = msg.Value, true
		return a, a.stream.Next()
	case noticeExpired:
		if a.notice != nil && a.notice.n == msg.n {
			a.notice = nil
		}
	case tea.KeyPressMsg:
		return a, a.key(msg)
	case tea.PasteMsg:
		return a, a.paste(msg)
	case tea.MouseMsg:
		return a, a.mouse(msg)
	default:
		return a, a.terminal(msg)
	}
	return a, nil
}

// terminal handles what the terminal says of itself.
func (a *app) terminal(msg tea.Msg) tea.Cmd {
	o := a.theme.Options()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.w, a.h = msg.Width, msg.Height
		return a.show()
	case tea.ColorProfileMsg:
		o.Colours = colours(msg.Profile)
		a.theme = theme.New(o)
	case tea.BackgroundColorMsg:
		o.Light = !msg.IsDark()
		a.theme = theme.New(o)
	}
	return nil
}

func colours(p colorprofile.Profile) theme.Colours {
	switch p {
	case colorprofile.TrueColor, colorprofile.ANSI256:
		return theme.Full
	case colorprofile.ANSI:
		return theme.Sixteen
	}
	return theme.None
}

// forApp does what a page (its entry's id) asks of the app.
func (a *app) forApp(id int, msg ui.ForApp) tea.Cmd {
	switch msg := msg.(type) {
	case ui.OpenMsg:
		return a.open(msg.Route, msg.Replace)
	case ui.BackMsg:
		return a.back()
	case ui.QuitMsg:
		return a.quit()
	case ui.NoticeMsg:
		return a.notify(msg.Kind, msg.Text)
	case ui.FailMsg:
		return a.fail(msg.Err)
	case ui.CopyMsg:
		return a.copy(msg)
	case ui.AskMsg:
		a.overlay = newConfirm(a, id, msg.Confirm)
	case ui.PlanMsg:
		a.overlay = newPlan(a, id, msg)
	case ui.PromptMsg:
		a.overlay = newPrompt(a, id, msg.Prompt)
	}
	return nil
}
