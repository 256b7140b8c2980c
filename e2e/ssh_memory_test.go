//go:build tmux && ssh

package e2e

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// What visitors took comes back when they have left, however often they come: round after round the server is as small as after the first.
func TestSSHMemoryComesBack(t *testing.T) {
	const visitors, rounds, room = 20, 3, 24e6
	d := startBackend(t).serve(t, map[string]string{"ann": `krapp-role="operator"`}, "--max-sessions-per-key", "50")
	memory := func() float64 { return d.metric(t, "process_resident_memory_bytes") }
	var first, empty float64
	for round := range rounds {
		before := memory()
		leave := make([]func(), visitors)
		for i := range leave {
			leave[i] = d.visit(t)
		}
		full := memory()
		for _, l := range leave {
			l()
		}
		eventually(t, "all have left", func() bool { return d.metric(t, "krapp_ssh_sessions") == 0 })
		limit := full - 2*(full-before)/3 // two thirds of what they took; the first round leaves what all later ones share
		if round > 0 {
			limit = first + room
		}
		eventually(t, "their memory has come back", func() bool { empty = memory(); return empty <= limit })
		t.Logf("round %d: %.0f MB before, %.0f MB with %d consoles, %.0f MB after", round, before/1e6, full/1e6, visitors, empty/1e6)
		if round == 0 && full < before+20e6 {
			t.Errorf("%d consoles took %.0f MB: nothing is shown by this", visitors, (full-before)/1e6)
		}
		if round == 0 {
			first = empty
		}
	}
}

// visit opens a console in a bare pseudo-terminal; leave hangs up.
func (d *door) visit(t *testing.T) (leave func()) {
	t.Helper()
	cmd := exec.Command("ssh", append([]string{"-tt"}, d.client("ann")...)...)
	cmd.Env = d.home.env
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	shown := make(chan struct{})
	go func() { // reads to the end: a client whose terminal is full would stop
		screen, told := &tail{}, false
		buffer := make([]byte, 32<<10)
		for {
			n, err := terminal.Read(buffer)
			if err != nil {
				return
			}
			_, _ = screen.Write(buffer[:n])
			if !told && strings.Contains(screen.String(), "Runs") {
				close(shown)
				told = true
			}
		}
	}()
	gone := false
	leave = func() {
		if gone {
			return
		}
		gone = true
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone; SIGHUP is ignored by whom nohup started
		_ = cmd.Wait()
		_ = terminal.Close()
	}
	t.Cleanup(leave)
	eventually(t, "a console", func() bool {
		select {
		case <-shown:
			return true
		default:
			return false
		}
	})
	return leave
}
