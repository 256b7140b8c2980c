package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// binary is krapp-tui as it is shipped.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "krapp-tui-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // a temporary directory
	binary = filepath.Join(dir, "krapp-tui")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building krapp-tui: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// user is somebody with a home of their own.
type user struct{ home string }

func newUser(t *testing.T) user { return user{t.TempDir()} }

func (u user) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = u.home
	cmd.Env = []string{"HOME=" + u.home, "XDG_CONFIG_HOME=" + u.home, "XDG_STATE_HOME=" + u.home, "XDG_RUNTIME_DIR=" + u.home, "TERM=xterm-256color", "PATH=" + os.Getenv("PATH")}
	return cmd
}

func (u user) log(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(u.home, "krapp", "krapp-tui.log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(raw)
}

// transcript is all that a process wrote.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await waits until what is said holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(45 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// open runs the console in a terminal of 120×40.
func (u user) open(t *testing.T, args ...string) (*exec.Cmd, *transcript) {
	t.Helper()
	cmd := u.command(t, args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	screen := &transcript{}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := terminal.Read(buf)
			_, _ = screen.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = terminal.Close() })
	return cmd, screen
}

func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestWithoutATerminalItMakesARoundTripAndServes(t *testing.T) {
	cmd := newUser(t).command(t, "--ephemeral")
	var out, errs transcript
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	await(t, "the addresses", func() bool { return strings.Contains(out.String(), "Serving until a signal") })
	for _, want := range []string{"DONE", "1,000", "brokers  127.0.0.1:", "produce  http://127.0.0.1:", "consume  http://127.0.0.1:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s%s", want, out.String(), errs.String())
		}
	}
	end(t, cmd)
}

func TestTheConsoleDrawsAndASecondOneJoins(t *testing.T) {
	u := newUser(t)
	first, screen := u.open(t)
	await(t, "a frame", func() bool { return strings.Contains(screen.String(), "krapp") })
	await(t, "the broker", func() bool { return strings.Contains(screen.String(), "1 broker") })

	second, other := u.open(t)
	await(t, "the second console's broker", func() bool { return strings.Contains(other.String(), "1 broker") })
	await(t, "a word about it", func() bool { return strings.Contains(u.log(t), "client of the broker at 127.0.0.1:") })
	end(t, second)
	if err := first.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the first console ended with the second: %v", err)
	}
	end(t, first)
	for _, line := range []string{"level=", `"level":`, "%3|", "goroutine "} {
		if strings.Contains(screen.String(), line) {
			t.Errorf("a log line is on the screen: %q", line)
		}
	}
}

func TestWhatCannotBeShown(t *testing.T) {
	tests := []struct {
		name string
		env  string
		args []string
		says string
	}{
		{"a dumb terminal", "TERM=dumb", nil, "TERM"},
		{"an unknown flag", "", []string{"--colour"}, "--help"},
		{"an unknown role", "", []string{"--roles", "oracle"}, "--roles"},
		{"an embedded broker's flag with brokers", "", []string{"--brokers", "127.0.0.1:1", "--ephemeral"}, "--ephemeral"},
		{"an unknown context", "", []string{"--context", "prod"}, "prod"},
		{"a configuration that is missing", "KRAPP_CONFIG=/nonexistent", nil, "--config"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newUser(t)
			cmd := u.command(t, tt.args...)
			cmd.Env = append(cmd.Env, tt.env)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			terminal, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer terminal.Close() // a test's terminal
			defer tty.Close()      // its other end
			cmd.Stdin, cmd.Stdout = tty, tty
			if err := cmd.Run(); err == nil {
				t.Error("it was shown")
			}
			if !strings.Contains(errs.String(), tt.says) {
				t.Errorf("%q does not say %q", errs.String(), tt.says)
			}
			if _, err := os.Stat(filepath.Join(u.home, "krapp", "broker")); err == nil {
				t.Error("a broker was started for nothing")
			}
		})
	}
}
