package tui

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// screen is what was written to a client; it can stop taking anything.
type screen struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	stuck chan struct{} // not nil: a Write waits until it is closed, and fails
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	stuck := s.stuck
	s.mu.Unlock()
	if stuck != nil {
		<-stuck
		return 0, io.ErrClosedPipe
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// client is a console on somebody else's terminal.
type client struct {
	out    *screen
	typing *io.PipeWriter
	resize chan Size
	stop   context.CancelFunc
	ended  chan error
}

func remoteConsole(t *testing.T, environ []string, extra ...ui.Binding) *client {
	t.Helper()
	in, typing := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	c := &client{out: &screen{}, typing: typing, resize: make(chan Size, 1), stop: stop, ended: make(chan error, 1)}
	o := Options{
		Pages: []ui.Maker{{Page: "dashboard", Title: "home", New: newToyList}, {Page: "form", Title: "a form", New: newToyForm}}, Global: extra,
		Input: in, Output: c.out, Environ: environ, Size: Size{100, 30}, Resize: c.resize,
	}
	go func() { c.ended <- Run(ctx, o) }()
	t.Cleanup(func() {
		stop()
		_ = typing.Close()
	})
	return c
}

func (c *client) shows(t *testing.T, text string) {
	t.Helper()
	c.until(t, text, func() bool { return strings.Contains(ansi.Strip(c.out.text()), text) })
}

func (c *client) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(5 * time.Millisecond); !holds(); {
		select {
		case <-tick.C:
		case err := <-c.ended:
			t.Fatalf("it ended (%v) before: %s", err, what)
		case <-deadline:
			t.Fatalf("in vain: %s\n%q", what, c.out.text())
		}
	}
}

func (c *client) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
		return nil
	}
}

// What the terminal can do is told by the client's environment, never by the server's.
func TestColoursAreThoseOfTheClient(t *testing.T) {
	t.Setenv("COLORTERM", "truecolor") // the server's
	t.Setenv("TERM", "xterm-direct")
	for name, c := range map[string]struct {
		environ []string
		has     string
	}{
		"256 colours": {[]string{"TERM=xterm-256color"}, "38;5;"},
		"true colour": {[]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, "38;2;"},
		"no colour":   {[]string{"TERM=vt100", "NO_COLOR=1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := remoteConsole(t, c.environ)
			client.shows(t, "orders")
			text := client.out.text()
			for _, code := range []string{"38;2;", "38;5;"} {
				if strings.Contains(text, code) != (code == c.has) {
					t.Errorf("%s: colours with %q are %v", name, code, strings.Contains(text, code))
				}
			}
			client.stop()
			if err := client.end(t); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestASizeOfTheClientHolds(t *testing.T) {
	c := remoteConsole(t, []string{"TERM=xterm-256color"})
	c.shows(t, "orders")
	c.resize <- Size{40, 10}
	c.shows(t, "60") // the size that it needs
	c.resize <- Size{120, 40}
	before := len(c.out.text())
	c.until(t, "a frame", func() bool { return strings.Contains(ansi.Strip(c.out.text()[before:]), "orders") })
}

// A console of somebody else's runs no program here and doesn't stop this process, whatever a page asks for.
func TestNothingIsRunOrStoppedForAClient(t *testing.T) {
	ran := false
	c := remoteConsole(t, []string{"TERM=xterm-256color"},
		ui.Binding{Keys: []string{"E"}, Title: "editor", Run: func() tea.Cmd {
			return tea.ExecProcess(exec.Command("/bin/true"), func(error) tea.Msg { ran = true; return nil })
		}},
		ui.Binding{Keys: []string{"S"}, Title: "suspend", Run: func() tea.Cmd { return tea.Suspend }},
		ui.Binding{Keys: []string{"N"}, Title: "note", Run: func() tea.Cmd { return ui.Notify(ui.Info, safetext.Const("still here")) }},
	)
	c.shows(t, "orders")
	_, _ = c.typing.Write([]byte("E"))
	c.shows(t, "it runs no programs")
	_, _ = c.typing.Write([]byte("S"))
	_, _ = c.typing.Write([]byte("\x1a"))
	_, _ = c.typing.Write([]byte("N"))
	c.shows(t, "still here")
	if ran {
		t.Error("a program ran")
	}
}

func TestTermIsAName(t *testing.T) {
	for term, want := range map[string]kafkaops.Class{
		"../../etc/passwd": kafkaops.Invalid, "x\x1b[2J": kafkaops.Invalid, ".hidden": kafkaops.Invalid, strings.Repeat("x", 65): kafkaops.Invalid,
		"dumb": kafkaops.Unsupported, "": kafkaops.Unsupported,
	} {
		err := Run(t.Context(), Options{Pages: []ui.Maker{{Page: "dashboard", New: newToyList}}, Input: strings.NewReader(""), Output: io.Discard, Environ: []string{"TERM=" + term}})
		if kafkaops.ClassOf(err) != want {
			t.Errorf("%q: %v", term, err)
		}
	}
}

// A console whose client takes nothing any more ends when it is told to: as soon as its Write fails, which its transport sees to.
func TestAConsoleWhoseClientIsStuckEnds(t *testing.T) {
	c := remoteConsole(t, []string{"TERM=xterm-256color"})
	c.shows(t, "orders")
	stuck := make(chan struct{})
	c.out.mu.Lock()
	c.out.stuck = stuck
	c.out.mu.Unlock()
	_, _ = c.typing.Write([]byte("?"))
	c.stop()
	close(stuck)
	if err := c.end(t); err != nil {
		t.Error(err)
	}
}

// A page that breaks ends its own console, with an error.
func TestAPageThatBreaksEndsItsConsoleOnly(t *testing.T) {
	other := remoteConsole(t, []string{"TERM=xterm-256color"})
	c := remoteConsole(t, []string{"TERM=xterm-256color"}, ui.Binding{Keys: []string{"B"}, Title: "break", Run: func() tea.Cmd { panic("a bug") }})
	c.shows(t, "orders")
	other.shows(t, "orders")
	_, _ = c.typing.Write([]byte("B"))
	if err := c.end(t); kafkaops.ClassOf(err) != kafkaops.Internal {
		t.Errorf("it says %v", err)
	}
	_, _ = other.typing.Write([]byte("?"))
	other.shows(t, "Help")
}
