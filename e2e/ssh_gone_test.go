//go:build tmux && ssh

package e2e

import (
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Clients that vanish and clients that stop reading, while everything moves: the others' consoles go on, and what they took comes back.
func TestSSHClientsThatVanishOrStopReading(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	b.consumer(t, group, "a", topic)
	d := b.serve(t, visitors())
	good := d.open(t, "ann", 120, 40)
	good.shows(t, "n DoIt")
	good.doit(t, topic, "20000000", group) // screens that change all the time
	good.shows(t, "processed a second")
	good.keys(t, "Escape")
	good.shows(t, "─ Runs ")

	sessions := func() int { return int(d.metric(t, "krapp_ssh_sessions")) }
	if n := sessions(); n != 1 {
		t.Fatalf("%d sessions", n)
	}
	goroutines, memory := d.metric(t, "go_goroutines"), 0.0
	for range 40 { // what sending takes by itself, which grows for seconds
		memory = max(memory, d.metric(t, "process_resident_memory_bytes"))
		time.Sleep(250 * time.Millisecond)
	}
	const each = 4
	for i := range 2 * each {
		pid, _ := d.visit(t, "bob")
		if i%2 == 0 {
			kill(t, pid, syscall.SIGKILL)
		} else {
			kill(t, pid, syscall.SIGSTOP)
		}
	}
	if n := sessions(); n < 1+each {
		t.Errorf("%d sessions: those that only stopped are gone at once?", n)
	}
	most := 0.0
	eventually(t, "their sessions are gone", func() bool {
		good.keys(t, "?") // a key is answered all the while
		good.shows(t, "Help:")
		good.keys(t, "Escape")
		good.shows(t, "─ Runs ")
		most = max(most, d.metric(t, "process_resident_memory_bytes"))
		return sessions() == 1
	})
	t.Logf("memory: %.0f MB before, %.0f MB at most", memory/1e6, most/1e6)
	if most > memory+256e6 {
		t.Errorf("%.0f MB at most, %.0f MB before", most/1e6, memory/1e6)
	}
	eventually(t, "their goroutines are gone", func() bool { return d.metric(t, "go_goroutines") <= goroutines+8 })
	closed := 0
	for _, e := range d.audited(t) {
		if e.Actor.Name == "bob" && e.Action == "session.close" {
			closed++
		}
	}
	if closed != 2*each {
		t.Errorf("the audit log has the end of %d sessions of %d", closed, 2*each)
	}
	good.keys(t, "i")
	rows := good.shows(t, "processed")
	if !strings.Contains(strings.Join(rows, "\n"), topic) {
		t.Errorf("the run is not shown:\n%s", strings.Join(rows, "\n"))
	}
}

// visit opens a console in a bare pseudo-terminal and waits for its dashboard. (tmux wakes those of its own who are stopped.) leave ends the client
// in an orderly way; one that has not left by the end of the test is killed.
func (d *door) visit(t *testing.T, name string) (pid int, leave func()) {
	t.Helper()
	cmd := exec.Command("ssh", append([]string{"-tt"}, d.client(name)...)...)
	cmd.Env = d.home.env
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	screen := &tail{}
	go func() { _, _ = io.Copy(screen, terminal) }() // to the end: a client whose terminal is full would stop
	end := func(how syscall.Signal) func() {
		return sync.OnceFunc(func() {
			_ = cmd.Process.Signal(how) // it may be gone
			_ = cmd.Wait()
			_ = terminal.Close()
		})
	}
	leave = end(syscall.SIGTERM) // SIGHUP is ignored by whom nohup started
	t.Cleanup(end(syscall.SIGKILL))
	eventually(t, "a client's dashboard", func() bool { return strings.Contains(screen.String(), "Runs") })
	return cmd.Process.Pid, leave
}

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}
