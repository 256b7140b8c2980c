package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	columns, rows = 120, 40
	overlap       = 1 << 10 // a text may come in two pieces
)

// visitor is a session over SSH that reads all it is sent, and notes when a text came.
type visitor struct {
	wire    *counted
	client  *ssh.Client
	session *ssh.Session
	keys    io.Writer
	done    chan struct{} // nothing more will come

	mu      sync.Mutex
	written int64 // bytes of the terminal
	end     []byte
	want    []byte
	found   chan time.Time
}

// counted counts what goes over a connection.
type counted struct {
	net.Conn

	in, out atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Add(int64(n))
	return n, err
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	return n, err
}

// visit opens a session with a terminal, and waits until a text is on it.
func visit(ctx context.Context, address string, config *ssh.ClientConfig, text string) (*visitor, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	v := &visitor{wire: &counted{Conn: conn}, done: make(chan struct{})}
	if err := v.begin(address, config, text); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if _, err := v.await(ctx, text); err != nil {
		v.leave()
		return nil, err
	}
	return v, nil
}

func (v *visitor) begin(address string, config *ssh.ClientConfig, text string) error {
	c, channels, requests, err := ssh.NewClientConn(v.wire, address, config)
	if err != nil {
		return err
	}
	v.client = ssh.NewClient(c, channels, requests)
	if v.session, err = v.client.NewSession(); err != nil {
		return err
	}
	_ = v.session.Setenv("COLORTERM", "truecolor")
	if err := v.session.RequestPty("xterm-256color", rows, columns, ssh.TerminalModes{}); err != nil {
		return err
	}
	if v.keys, err = v.session.StdinPipe(); err != nil {
		return err
	}
	out, err := v.session.StdoutPipe()
	if err != nil {
		return err
	}
	v.expect(text)
	go v.read(out)
	return v.session.Shell()
}

func (v *visitor) read(out io.Reader) {
	defer close(v.done)
	buf := make([]byte, 32<<10)
	for {
		n, err := out.Read(buf)
		v.saw(buf[:n], time.Now())
		if err != nil {
			return
		}
	}
}

func (v *visitor) saw(b []byte, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.written += int64(len(b))
	if v.end = append(v.end, b...); v.want != nil && bytes.Contains(v.end, v.want) {
		v.found <- at
		v.want = nil
	}
	if extra := len(v.end) - overlap; extra > 0 {
		v.end = append(v.end[:0], v.end[extra:]...)
	}
}

// expect notes the text that await will wait for; what came before does not count.
func (v *visitor) expect(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.end, v.want, v.found = v.end[:0], []byte(text), make(chan time.Time, 1)
}

// await waits for the text that is expected, and says when it came.
func (v *visitor) await(ctx context.Context, text string) (time.Time, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, errors.New("it did not come in 20 s"))
	defer cancel()
	v.mu.Lock()
	found := v.found
	v.mu.Unlock()
	select {
	case at := <-found:
		return at, nil
	case <-v.done:
		return time.Time{}, fmt.Errorf("the session ended before it showed %q: %q", text, v.end)
	case <-ctx.Done():
		v.mu.Lock()
		defer v.mu.Unlock()
		return time.Time{}, fmt.Errorf("waiting for %q: %w; the screen's end: %q", text, context.Cause(ctx), v.end)
	}
}

// press types a key and says how long it took until the text came.
func (v *visitor) press(ctx context.Context, key, text string) (time.Duration, error) {
	v.expect(text)
	pressed := time.Now()
	if err := v.write(key); err != nil {
		return 0, err
	}
	at, err := v.await(ctx, text)
	return at.Sub(pressed), err
}

func (v *visitor) write(key string) error {
	_, err := io.WriteString(v.keys, key)
	return err
}

// screen is how many bytes the terminal was sent.
func (v *visitor) screen() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.written
}

func (v *visitor) leave() { _ = v.client.Close() }
