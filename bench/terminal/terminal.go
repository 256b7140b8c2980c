// Package terminal runs a program in a pseudo-terminal and notes when which bytes were written to it.
package terminal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// Terminal is a program that runs in a pseudo-terminal. Close it.
type Terminal struct {
	cmd     *exec.Cmd
	file    *os.File
	started time.Time
	done    chan struct{} // the program has ended and all it wrote was read

	mu      sync.Mutex
	recent  []byte        // the end of what was written
	written int64         // all of it, in bytes
	marks   []mark        // when it was written, newest last
	news    chan struct{} // closed and replaced with each write
}

// mark says when the output had reached a length.
type mark struct {
	upTo int64
	at   time.Time
}

// recentBytes is how much output is kept to find things in: more than a few whole frames.
const (
	recentBytes = 256 << 10
	recentMarks = 1 << 10
)

// Start starts the program with that size of terminal.
func Start(ctx context.Context, args, env []string, columns, rows uint16) (*Terminal, error) {
	t := &Terminal{cmd: exec.CommandContext(ctx, args[0], args[1:]...), done: make(chan struct{}), news: make(chan struct{})}
	t.cmd.Env = env
	t.started = time.Now()
	file, err := pty.StartWithSize(t.cmd, &pty.Winsize{Cols: columns, Rows: rows})
	if err != nil {
		return nil, fmt.Errorf("starting %s in a terminal: %w", args[0], err)
	}
	t.file = file
	go t.read()
	return t, nil
}

func (t *Terminal) read() {
	defer close(t.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := t.file.Read(buf)
		now := time.Now()
		t.mu.Lock()
		if t.recent = append(t.recent, buf[:n]...); len(t.recent) > 2*recentBytes {
			t.recent = append(t.recent[:0], t.recent[len(t.recent)-recentBytes:]...)
		}
		t.written += int64(n)
		if t.marks = append(t.marks, mark{t.written, now}); len(t.marks) > 2*recentMarks {
			t.marks = append(t.marks[:0], t.marks[len(t.marks)-recentMarks:]...)
		}
		close(t.news)
		t.news = make(chan struct{})
		t.mu.Unlock()
		if err != nil { // EIO: the program has ended
			return
		}
	}
}

// PID is the program's process.
func (t *Terminal) PID() int { return t.cmd.Process.Pid }

// Written is how many bytes the program has written so far.
func (t *Terminal) Written() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written
}

// Await waits until the program has written the text behind a length of its output (0: since the start), and returns how long after the program's
// start that was read.
func (t *Terminal) Await(ctx context.Context, text string, since int64) (time.Duration, error) {
	for {
		t.mu.Lock()
		from := max(0, len(t.recent)-int(t.written-since))
		at, found := t.find(text, from)
		news := t.news
		end := t.recent[max(from, len(t.recent)-400):]
		t.mu.Unlock()
		if found {
			return at.Sub(t.started), nil
		}
		select {
		case <-news:
		case <-t.done:
			return 0, fmt.Errorf("the program ended before it wrote %q: %q", text, end)
		case <-ctx.Done():
			return 0, fmt.Errorf("waiting for %q in the terminal: %w; it ends in %q", text, context.Cause(ctx), end)
		}
	}
}

// find returns when the text was written whole that stands in recent behind from. With t.mu held.
func (t *Terminal) find(text string, from int) (time.Time, bool) {
	i := bytes.Index(t.recent[from:], []byte(text))
	if i < 0 {
		return time.Time{}, false
	}
	end := t.written - int64(len(t.recent)) + int64(from+i+len(text))
	at := slices.IndexFunc(t.marks, func(m mark) bool { return m.upTo >= end })
	return t.marks[at].at, true
}

// Press types the keys and returns how long it took until the text was written in answer.
func (t *Terminal) Press(ctx context.Context, keys, text string) (time.Duration, error) {
	since := t.Written()
	pressed := time.Now()
	if err := t.Type(keys); err != nil {
		return 0, err
	}
	at, err := t.Await(ctx, text, since)
	return t.started.Add(at).Sub(pressed), err
}

// Type types the keys and waits for nothing.
func (t *Terminal) Type(keys string) error {
	_, err := t.file.WriteString(keys)
	return err
}

// Close asks the program to end, and makes it end after some seconds.
func (t *Terminal) Close() error {
	t.signal(syscall.SIGTERM)
	select {
	case <-t.done:
	case <-time.After(5 * time.Second):
		t.signal(syscall.SIGKILL)
		<-t.done
	}
	_ = t.file.Close()
	return t.cmd.Wait()
}

// signal reaches the program and its children: the terminal is open for as long as any of them has it.
func (t *Terminal) signal(s syscall.Signal) { _ = syscall.Kill(-t.PID(), s) }
