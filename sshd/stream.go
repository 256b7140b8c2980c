package sshd

import (
	"bytes"
	"io"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// output is what a session writes to its client, piece by piece: each has Limits.Write to get through, then the connection is closed, which is what
// ends a Write that waits. On a terminal it does what a terminal's line does, and what screens are drawn for: \n goes out as \r\n.
type output struct {
	conn     *conn
	to       io.Writer
	terminal bool

	mu    sync.Mutex
	cr    bool // the last byte was \r
	piece []byte
}

func newOutput(c *conn, to io.Writer) *output { return &output{conn: c, to: to} }

// beside is another stream to the same client.
func (o *output) beside(to io.Writer) *output {
	return &output{conn: o.conn, to: to, terminal: o.terminal}
}

// Write returns when the client's side has taken p into its window, or has gone.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	written := 0
	for len(p) > 0 {
		n := min(len(p), outputBytes)
		if err := o.send(o.line(p[:n])); err != nil {
			return written, err
		}
		written += n
		p = p[n:]
	}
	return written, nil
}

func (o *output) send(piece []byte) error {
	stuck := time.AfterFunc(o.conn.server.limits.Write, func() { o.conn.kill(endStuck) })
	defer stuck.Stop()
	_, err := o.to.Write(piece)
	if why := causeOf(o.conn.ctx); err != nil && why != "" {
		return why
	}
	return err
}

// line does what a terminal's line discipline does to output.
func (o *output) line(p []byte) []byte {
	if !o.terminal {
		return p
	}
	after := p[len(p)-1] == '\r'
	if bytes.IndexByte(p, '\n') >= 0 {
		o.piece = o.piece[:0]
		for _, b := range p {
			if b == '\n' && !o.cr {
				o.piece = append(o.piece, '\r')
			}
			o.piece = append(o.piece, b)
			o.cr = b == '\r'
		}
		p = o.piece
	}
	o.cr = after
	return p
}

// input is what a client types, a little ahead of who reads it. While it is full, nothing is taken from the channel and the client is held back.
type input struct {
	conn  *conn
	typed func()

	mu      sync.Mutex
	changed sync.Cond
	held    []byte
	ended   bool
}

func newInput(c *conn, typed func()) *input {
	i := &input{conn: c, typed: typed}
	i.changed.L = &i.mu
	return i
}

// pump takes what is typed from the channel until it ends.
func (i *input) pump(channel gossh.Channel) {
	defer i.close()
	buffer := make([]byte, inputBytes/4)
	for {
		n, err := channel.Read(buffer)
		if n > 0 {
			i.typed()
		}
		if !i.hold(buffer[:n]) || err != nil {
			return
		}
	}
}

// hold waits for room; false: nobody reads any more.
func (i *input) hold(p []byte) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.held)+len(p) > inputBytes && !i.ended {
		i.conn.stalledAt.CompareAndSwap(0, i.conn.received.Load()+1)
		i.changed.Wait()
	}
	i.conn.stalledAt.Store(0)
	i.held = append(i.held, p...)
	i.changed.Broadcast()
	return !i.ended
}

// Read returns what was typed; io.EOF when the session's time is over.
func (i *input) Read(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.held) == 0 && !i.ended {
		i.changed.Wait()
	}
	if len(i.held) == 0 {
		return 0, io.EOF
	}
	n := copy(p, i.held)
	i.held = append(i.held[:0], i.held[n:]...)
	i.changed.Broadcast()
	return n, nil
}

func (i *input) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
	i.changed.Broadcast()
}

// discard reads what nobody asked for, so that it does not pile up.
func discard(r io.Reader) { _, _ = io.Copy(io.Discard, r) }

// keepalive asks the client now and then whether it is there. One whose network is gone sends no goodbye, and would be written to for ever.
func (c *conn) keepalive(sc *gossh.ServerConn) {
	interval := c.server.limits.Keepalive
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	seen := c.received.Load()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-ticker.C:
		}
		if now := c.received.Load(); now != seen {
			seen = now // it has just been heard
			continue
		}
		vanished := time.AfterFunc(3*interval, func() { c.kill(endVanished) })
		_, _, err := sc.SendRequest("keepalive@openssh.com", true, nil)
		vanished.Stop()
		if err != nil {
			return
		}
		seen = c.received.Load()
	}
}
