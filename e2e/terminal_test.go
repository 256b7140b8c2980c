//go:build tmux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// terminal is a real terminal (tmux) of a stated size with one command in it.
type terminal struct {
	socket string
	w, h   int
	env    []string
	drawn  bool // a first frame was there
}

// sizes are those that every page is looked at in.
var sizes = []struct{ w, h int }{{80, 24}, {120, 40}, {200, 60}}

// open starts a built command in a terminal of its own.
func (h home) open(t *testing.T, width, height int, name string, args ...string) *terminal {
	t.Helper()
	term := &terminal{socket: filepath.Join(t.TempDir(), "tmux"), w: width, h: height, env: h.env}
	words := []string{"env", "-i"}
	for _, kv := range h.env {
		if !strings.HasPrefix(kv, "TERM=") {
			words = append(words, kv)
		}
	}
	words = append(words, "TERM=tmux-256color", filepath.Join(binaries, name))
	words = append(words, args...)
	for i, w := range words {
		words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	term.tmux(t, "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "-s", "krapp",
		"cd '"+h.dir+"' && exec "+strings.Join(words, " "))
	term.tmux(t, "set-option", "-g", "remain-on-exit", "on")
	term.tmux(t, "set-option", "-g", "set-clipboard", "on")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen at the end:\n%s\nand what was said beside the screen:\n%s", strings.Join(term.capture(t), "\n"), h.asides())
		}
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() // it may be gone
	})
	return term
}

// asides are the lines of the console's log that no logger wrote, such as the last words of a C library.
func (h home) asides() string {
	log, err := os.ReadFile(filepath.Join(h.dir, "krapp", "krapp-tui.log"))
	if err != nil {
		return err.Error()
	}
	var said []string
	for line := range strings.Lines(string(log)) {
		if !strings.HasPrefix(line, "{") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}

// tmux runs one of its commands and returns what it prints.
func (e *terminal) tmux(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", e.socket}, args...)...)
	cmd.Env = e.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// keys types keys by tmux's names: "n", "Enter", "Escape".
func (e *terminal) keys(t *testing.T, keys ...string) {
	t.Helper()
	e.tmux(t, append([]string{"send-keys", "-t", "krapp"}, keys...)...)
}

// write types text.
func (e *terminal) write(t *testing.T, text string) {
	t.Helper()
	e.tmux(t, "send-keys", "-t", "krapp", "-l", text)
}

// command types a command line.
func (e *terminal) command(t *testing.T, line string) {
	t.Helper()
	e.write(t, ":")
	e.write(t, line)
	e.keys(t, "Enter")
}

// capture is the screen as it is, a line a row, trailing blanks cut.
func (e *terminal) capture(t *testing.T) []string {
	t.Helper()
	rows := strings.Split(strings.TrimSuffix(e.tmux(t, "capture-pane", "-p", "-t", "krapp"), "\n"), "\n")
	for len(rows) < e.h {
		rows = append(rows, "")
	}
	return rows
}

// frame is a capture that has to be a whole, untorn frame: had a row been too wide or one too many, the terminal would have wrapped or
// scrolled, and the header would not be on the first row nor the footer on the last.
func (e *terminal) frame(t *testing.T) []string {
	t.Helper()
	rows := e.capture(t)
	switch {
	case len(rows) != e.h:
		t.Fatalf("%d rows on a screen of %d:\n%s", len(rows), e.h, strings.Join(rows, "\n"))
	case !strings.HasPrefix(rows[0], " krapp"):
		t.Fatalf("no header on the first row:\n%s", strings.Join(rows, "\n"))
	case strings.TrimSpace(rows[e.h-1]) == "":
		t.Fatalf("no footer on the last row:\n%s", strings.Join(rows, "\n"))
	}
	for _, word := range []string{"rdkafka", "librdkafka", "level=", "%3|", "%4|", "panic:", "goroutine "} {
		if strings.Contains(strings.Join(rows, "\n"), word) {
			t.Fatalf("a logger's %q in the frame:\n%s", word, strings.Join(rows, "\n"))
		}
	}
	return rows
}

// shows waits until the text is on the screen. From the first frame on, every frame on the way has to be whole; a capture that fell into the
// drawing of one is taken again.
func (e *terminal) shows(t *testing.T, text string) []string {
	t.Helper()
	var rows []string
	torn := 0
	eventually(t, "the screen shows "+text, func() bool {
		rows = e.capture(t)
		if strings.HasPrefix(rows[0], " krapp") {
			e.drawn, torn = true, 0
			rows = e.frame(t)
		} else if torn++; e.drawn && torn > 20 {
			t.Fatalf("no header on the first row any more:\n%s", strings.Join(rows, "\n"))
		}
		return torn == 0 && strings.Contains(strings.Join(rows, "\n"), text)
	})
	return rows
}
