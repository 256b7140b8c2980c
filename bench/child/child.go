// Package child runs the processes that are measured, and never leaves one behind.
package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Spec says what to run.
type Spec struct {
	Args  []string
	Env   []string // beside PATH and what Home sets; nil: the own environment
	Stdin string   // a file
	Out   io.Writer
}

// Home is the environment of a user who has configured nothing.
func Home(dir string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-256color"}
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		env = append(env, name+"="+dir)
	}
	return env
}

// Process is one that runs beside the benchmark. Stop it.
type Process struct {
	cmd  *exec.Cmd
	errs *tail
	done chan struct{}
	err  error
}

// Start starts a process in a group of its own. It is killed when ctx ends.
func Start(ctx context.Context, s Spec) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, s.Args[0], s.Args[1:]...), errs: &tail{}, done: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.Env, s.Out, p.errs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
	p.cmd.WaitDelay = time.Second
	if s.Stdin != "" {
		in, err := os.Open(s.Stdin)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		p.cmd.Stdin = in
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.Args[0], err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how a process that has ended did so, with the end of its stderr.
func (p *Process) Err() error {
	<-p.done
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(p.cmd.Args, " "), p.err, p.errs)
}

// Stop asks the process to end, and makes it end after the limit.
func (p *Process) Stop(limit time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(limit):
		_ = p.cmd.Cancel()
		<-p.done
	}
}

// Run runs a process to its end and returns what it wrote to stdout, and how long it took.
func Run(ctx context.Context, s Spec) (string, time.Duration, error) {
	var out bytes.Buffer
	if s.Out == nil {
		s.Out = &out
	}
	began := time.Now()
	p, err := Start(ctx, s)
	if err != nil {
		return "", 0, err
	}
	err = p.Err()
	took := time.Since(began)
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return out.String(), took, err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
