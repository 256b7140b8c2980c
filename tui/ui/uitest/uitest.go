// Package uitest helps pages' tests: it draws a page as the app would and
// checks that the frame has exactly its size.
package uitest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Now is the clock of Env and of frames.
func Now() time.Time { return time.Date(2026, 11, 21, 14, 2, 11, 204e6, time.UTC) }

// Env is an environment whose context ends with the test.
func Env(t testing.TB) ui.Env {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ui.Env{Ctx: ctx, Now: Now, Status: ui.NewMailbox(ui.SameStatus)}
}

// Frame sizes a page, draws it, checks the size and returns the text without
// its colours.
func Frame(t testing.TB, p ui.Page, w, h int) string {
	t.Helper()
	p, _ = p.Update(ui.SizeMsg{W: w, H: h})
	frame := p.View(ui.Frame{W: w, H: h, Theme: theme.New(theme.Options{Colours: theme.Full}), Times: Times()})
	Exact(t, frame, w, h)
	return ansi.Strip(frame)
}

// Times shows UTC as of Now.
func Times() ui.Times { return ui.Times{Mode: ui.Local, Now: Now(), Zone: time.UTC} }

// Exact fails the test unless frame is h lines of w cells, by both ways of
// measuring, with no control characters but those of colours.
func Exact(t testing.TB, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, not %d:\n%s", len(lines), h, ansi.Strip(frame))
	}
	for i, l := range lines {
		if g, c := ansi.StringWidth(l), ansi.StringWidthWc(l); g != w || c != w {
			t.Fatalf("line %d is %d (wcwidth %d) cells, not %d: %q", i, g, c, w, l)
		}
		for _, r := range ansi.Strip(l) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Fatalf("line %d holds U+%04X: %q", i, r, l)
			}
		}
	}
}

// Press runs the binding that has this key, as the app would; it fails the
// test when none does. It returns what the binding's command is.
func Press(t testing.TB, p ui.Page, key string) tea.Cmd {
	t.Helper()
	for _, b := range p.Bindings() {
		for _, k := range b.Keys {
			if k == key && b.On() && b.Run != nil {
				return b.Run()
			}
		}
	}
	t.Fatalf("no binding in force has the key %q", key)
	return nil
}

// Run runs a command and all that it leads to within the page, until done says
// true (asked after each message) or five seconds have passed, which fails the
// test. Messages for the app are not delivered but returned.
func Run(t testing.TB, p ui.Page, cmd tea.Cmd, done func(forApp []tea.Msg) bool) (ui.Page, []tea.Msg) {
	t.Helper()
	r := runner{page: p, msgs: make(chan tea.Msg, 64), stop: make(chan struct{})}
	defer close(r.stop)
	r.start(cmd)
	deadline := time.After(5 * time.Second)
	for !done(r.forApp) {
		select {
		case <-deadline:
			t.Fatal("the page did not get there in five seconds")
		case m := <-r.msgs:
			r.deliver(m)
		}
	}
	return r.page, r.forApp
}

type runner struct {
	page   ui.Page
	msgs   chan tea.Msg
	stop   chan struct{}
	forApp []tea.Msg
}

func (r *runner) start(c tea.Cmd) {
	if c == nil {
		return
	}
	go func() {
		select {
		case r.msgs <- c():
		case <-r.stop:
		}
	}()
}

func (r *runner) deliver(m tea.Msg) {
	switch m := m.(type) {
	case nil:
	case ui.ForApp:
		r.forApp = append(r.forApp, m)
	default:
		if v := reflect.ValueOf(m); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() { // tea.Batch, and tea.Sequence without its order
				if c, ok := v.Index(i).Interface().(tea.Cmd); ok {
					r.start(c)
				}
			}
			return
		}
		var next tea.Cmd
		r.page, next = r.page.Update(m)
		r.start(next)
	}
}
