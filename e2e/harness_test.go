package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// binaries is where the commands under test were built.
var binaries string

func TestMain(m *testing.M) { os.Exit(withBinaries(m)) }

func withBinaries(m *testing.M) int {
	dir, err := os.MkdirTemp("", "krapp-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binaries = dir
	build := exec.Command("go", "build", "-o", dir+"/", "../cmd/krapp", "../cmd/krapp-tui", "../cmd/krapp-worker", "../tools/censusdata")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the commands: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds every wait: far above what anything takes, so that only what never happens fails.
const patience = 2 * time.Minute

// backend is a cluster that a test runs on.
type backend struct {
	name    string
	brokers []string
	home    home
	real    bool
}

// client is a connection of the test's own, to set the scene and to check facts.
func (b backend) client(t *testing.T) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: b.brokers}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// topic creates a topic of the test's own.
func (b backend) topic(t *testing.T, partitions int) string {
	t.Helper()
	name := unique(t, "topic")
	b.home.must(t, "topics", "create", name, "--partitions", fmt.Sprint(partitions))
	return name
}

var names struct {
	sync.Mutex
	n int
}

// unique is a name that no other test has, on a cluster that may be shared.
func unique(t *testing.T, what string) string {
	t.Helper()
	names.Lock()
	defer names.Unlock()
	names.n++
	return fmt.Sprintf("e2e-%s-%d-%d", what, os.Getpid(), names.n)
}

// home is an isolated user: no configuration, no announcements but its own.
type home struct {
	dir string
	env []string
}

func newHome(t *testing.T) home {
	t.Helper()
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8"}
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		env = append(env, name+"="+dir)
	}
	return home{dir: dir, env: env}
}

// with is the home with one more variable.
func (h home) with(name string, values []string) home {
	h.env = append(append([]string(nil), h.env...), name+"="+strings.Join(values, ","))
	return h
}

// command is a built command of this user, not started.
func (h home) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binaries, name), args...)
	cmd.Env, cmd.Dir = h.env, h.dir
	return cmd
}

// result is what a command did.
type result struct {
	code        int
	out, errors string
}

// krapp runs the command for scripts to its end.
func (h home) krapp(t *testing.T, args ...string) result {
	t.Helper()
	cmd := h.command("krapp", args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("krapp %s: %v", strings.Join(args, " "), err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// must is krapp that has to succeed; it returns stdout.
func (h home) must(t *testing.T, args ...string) string {
	t.Helper()
	r := h.krapp(t, args...)
	if r.code != 0 {
		t.Fatalf("krapp %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.errors)
	}
	return r.out
}

// process is a command that runs beside the test. It is killed when the test ends.
type process struct {
	*exec.Cmd
	name     string
	out, log *tail
	done     chan struct{} // closed when it has ended
}

// start starts a command; its stderr is shown if the test fails.
func (h home) start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: h.command(name, args...), name: name, out: &tail{}, log: &tail{}, done: make(chan struct{})}
	p.Stdout, p.Stderr = p.out, p.log
	if err := p.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		_ = p.Wait() // an exit code is no error here
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() {
			t.Logf("%s %s said:\n%s", name, strings.Join(args, " "), p.log)
		}
	})
	return p
}

// ended says whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends a signal; to a process that is gone it does nothing.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("signalling %s: %v", p.name, err)
	}
}

// kill is SIGKILL, and waits until the process is gone.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.done
}

// stop is SIGTERM, and waits for an orderly end; it returns the exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%s does not stop\n%s", p.name, p.log)
	}
	return p.ProcessState.ExitCode()
}

// tail keeps the last 64 KiB written to it.
type tail struct {
	sync.Mutex
	kept []byte
}

func (l *tail) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	l.kept = append(l.kept, b...)
	if over := len(l.kept) - 64<<10; over > 0 {
		l.kept = append(l.kept[:0], l.kept[over:]...)
	}
	return len(b), nil
}

func (l *tail) String() string {
	l.Lock()
	defer l.Unlock()
	return string(l.kept)
}

// eventually waits until what holds, and says what didn't when patience ends.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(50 * time.Millisecond) // between looks, not for time to pass
	}
}
