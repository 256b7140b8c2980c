package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// overlay is what lies over a page and takes all keys while it is there. It is
// drawn as a drawer: a rule with its title and its lines, above the footer,
// which shows its bindings.
type overlay interface {
	title() safetext.Text
	bindings() []ui.Binding
	// update gets what no binding took: text, pastes, the wheel.
	update(tea.Msg) tea.Cmd
	// lines is the content for w cells; the drawer scrolls when it is too high.
	lines(th theme.Theme, w int) []theme.Line
	// scrolled is the first line in sight, or nil if it must not scroll.
	scrolled() *int
	captures() bool
}

func (a *app) overlayKey(msg tea.KeyPressMsg) tea.Cmd {
	if !a.overlay.captures() || !typed(msg) {
		if b, ok := find(a.overlayBindings(), msg.String()); ok {
			return b.Run()
		}
	}
	return a.overlay.update(msg)
}

// overlayBindings are the overlay's own and those that scroll it.
func (a *app) overlayBindings() []ui.Binding {
	all := a.overlay.bindings()
	if top := a.overlay.scrolled(); top != nil {
		all = append(all, ui.ListBindings(func() ui.Navigator { return &scroller{a: a, top: top} })...)
	}
	return all
}

func (a *app) closeOverlay() tea.Cmd {
	a.overlay = nil
	return nil
}

// scroller moves the lines of a drawer.
type scroller struct {
	a   *app
	top *int
}

func (s *scroller) Move(n int) {
	content, room := s.a.drawerSize()
	*s.top = max(0, min(*s.top+n, content-room))
}

func (s *scroller) Page(n int) {
	_, room := s.a.drawerSize()
	s.Move(n * max(1, room-1))
}
func (s *scroller) Top()    { *s.top = 0 }
func (s *scroller) Bottom() { s.Move(1 << 20) }

// drawerSize is the number of lines of the overlay, and how many there is room for.
func (a *app) drawerSize() (content, room int) {
	content = len(a.overlay.lines(a.theme, a.w))
	return content, min(content, a.h-2-1)
}

// wheel scrolls an overlay with the mouse.
func (a *app) wheel(msg tea.Msg) {
	w, ok := msg.(tea.MouseWheelMsg)
	if !ok || a.overlay == nil || a.overlay.scrolled() == nil {
		return
	}
	s := &scroller{a: a, top: a.overlay.scrolled()}
	switch w.Button {
	case tea.MouseWheelUp:
		s.Move(-3)
	case tea.MouseWheelDown:
		s.Move(3)
	}
}

// drawer draws the overlay: at most h lines of w cells.
func (a *app) drawer(w, h int) string {
	lines := a.overlay.lines(a.theme, w)
	title := theme.Span{Text: a.overlay.title()}
	from, room := 0, min(len(lines), h-1)
	if top := a.overlay.scrolled(); top != nil {
		from = max(0, min(*top, len(lines)-room))
	}
	head := []theme.Span{title}
	if room < len(lines) {
		head = append(head, theme.S(theme.Muted, safetext.Sprintf("  %d–%d of %d lines", from+1, from+room, len(lines))))
	}
	f := ui.Frame{W: w, H: room, Theme: a.theme}
	return ui.Rows(ui.Rule(a.theme, w, true, head...), ui.Block(f, lines[from:from+room]...))
}
