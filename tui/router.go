package tui

import (
	"context"
	"reflect"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

// maxHistory bounds the pages kept alive; the oldest after home goes first.
const maxHistory = 20

// router is the history of pages, all alive, and where in it we are.
type router struct {
	entries []*entry
	pos     int
	lastID  int
}

// entry is a page in the history. It keeps its cursor because it stays.
type entry struct {
	id      int
	route   ui.Route
	page    ui.Page
	cancel  context.CancelFunc
	size    ui.SizeMsg // what the page was last told
	visible bool
}

func (r *router) current() *entry { return r.entries[r.pos] }

// currentID is the current page's id, 0 before there is a page.
func (r *router) currentID() int {
	if len(r.entries) == 0 {
		return 0
	}
	return r.current().id
}

func (r *router) find(id int) *entry {
	for _, e := range r.entries {
		if e.id == id {
			return e
		}
	}
	return nil
}

// close ends pages for good.
func (r *router) close(entries []*entry) {
	for _, e := range entries {
		e.cancel()
		if c, ok := e.page.(ui.Closer); ok {
			c.Close()
		}
	}
}

// open makes a page and shows it; what was ahead in the history is closed.
func (a *app) open(route ui.Route, replace bool) tea.Cmd {
	r := &a.router
	m, ok := a.options.maker(route.Page)
	if !ok {
		return a.fail(kafkaops.Errorf(kafkaops.NotFound, "opening page", route.Page, "Press ? for the pages there are.", "there is no such page"))
	}
	if len(route.Args) < m.Required {
		return a.fail(kafkaops.Errorf(kafkaops.Invalid, "opening page", m.Page, "Type :"+m.Page+" "+m.Args, "it needs %s", m.Args))
	}
	route.Page = m.Page
	if len(r.entries) > 0 && !replace {
		if r.current().route.Same(route) {
			return nil
		}
		if r.entries[0].route.Same(route) {
			return a.goTo(0)
		}
	}
	ctx, cancel := context.WithCancel(a.ctx)
	r.lastID++
	e := &entry{id: r.lastID, route: route, cancel: cancel}
	e.page = m.New(ui.Env{Ctx: ctx, Now: a.options.Now, Status: a.options.Status}, route)
	hide := a.hide()
	r.push(e, replace)
	return tea.Batch(hide, own(e.id, e.page.Init()), a.show())
}

// push puts e behind the current entry, or in its place.
func (r *router) push(e *entry, replace bool) {
	if len(r.entries) == 0 {
		r.entries = []*entry{e}
		return
	}
	keep := r.pos + 1
	if replace {
		keep = r.pos
	}
	r.close(r.entries[keep:])
	r.entries = append(slices.Clip(r.entries[:keep]), e)
	if len(r.entries) > maxHistory {
		r.close(r.entries[1:2])
		r.entries = slices.Delete(r.entries, 1, 2)
	}
	r.pos = len(r.entries) - 1
}

// goTo shows the page at a place in the history, if there is one.
func (a *app) goTo(pos int) tea.Cmd {
	if pos < 0 || pos >= len(a.router.entries) || pos == a.router.pos {
		return nil
	}
	hide := a.hide()
	a.router.pos = pos
	return tea.Batch(hide, a.show())
}

// back is Esc: it goes to the page before, and does nothing at home.
func (a *app) back() tea.Cmd { return a.goTo(a.router.pos - 1) }

// hide tells the current page that it goes out of sight.
func (a *app) hide() tea.Cmd {
	if len(a.router.entries) == 0 {
		return nil
	}
	e := a.router.current()
	if !e.visible {
		return nil
	}
	e.visible = false
	return a.deliver(e, ui.FocusMsg{})
}

// show tells the current page its size, if that is news, and that it is in sight.
func (a *app) show() tea.Cmd {
	if a.w == 0 || len(a.router.entries) == 0 {
		return nil
	}
	e := a.router.current()
	var cmds []tea.Cmd
	if size := (ui.SizeMsg{W: a.w, H: max(0, a.h-2)}); size != e.size && a.roomy() {
		e.size = size
		cmds = append(cmds, a.deliver(e, size))
	}
	if !e.visible {
		e.visible = true
		cmds = append(cmds, a.deliver(e, ui.FocusMsg{Visible: true}))
	}
	return tea.Batch(cmds...)
}

// deliver gives a message to a page.
func (a *app) deliver(e *entry, msg tea.Msg) tea.Cmd {
	next, cmd := e.page.Update(msg)
	if next != nil {
		e.page = next
	}
	return own(e.id, cmd)
}

// pageMsg is a message from a command of the page with this id.
type pageMsg struct {
	id  int
	msg tea.Msg
}

func (a *app) fromPage(m pageMsg) tea.Cmd {
	if msg, ok := m.msg.(ui.ForApp); ok {
		return a.forApp(m.id, msg)
	}
	e := a.router.find(m.id)
	if e == nil {
		return nil // the page is gone
	}
	return a.deliver(e, m.msg)
}

// own marks what a command returns as belonging to a page.
func own(id int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg { return tag(id, cmd()) }
}

func tag(id int, msg tea.Msg) tea.Msg {
	if msg == nil {
		return nil
	}
	t := reflect.TypeOf(msg)
	if t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[tea.Cmd]() {
		return tagAll(id, msg)
	}
	if strings.HasPrefix(t.PkgPath(), "charm.land/bubbletea/") {
		return msg // for the program itself: the clipboard, suspending, an editor
	}
	return pageMsg{id: id, msg: msg}
}

// tagAll handles tea.Batch and tea.Sequence, whose message type is private.
func tagAll(id int, msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	cmds := make([]tea.Cmd, 0, v.Len())
	for i := range v.Len() {
		if c, ok := v.Index(i).Interface().(tea.Cmd); ok {
			cmds = append(cmds, own(id, c))
		}
	}
	if _, batch := msg.(tea.BatchMsg); batch {
		return tea.BatchMsg(cmds)
	}
	if seq := tea.Sequence(cmds...); seq != nil {
		return seq()
	}
	return nil
}
