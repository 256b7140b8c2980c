package sshd

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// ending is why a connection's time was over; the client reads it where it still can.
type ending string

func (e ending) Error() string { return string(e) }

const (
	endGone      ending = "the client has gone"
	endSlow      ending = "no key was proven in time"
	endUnused    ending = "no session was begun"
	endIdle      ending = "no key was pressed for too long"
	endLongest   ending = "a session lasts no longer"
	endVanished  ending = "the client did not answer"
	endStuck     ending = "the client did not read"
	endFlood     ending = "the client sent more than its session read"
	endGreedy    ending = "the client asked for too many channels"
	endFault     ending = "the authorized keys can't be read"
	endWithdrawn ending = "its key was withdrawn"
	endChanged   ending = "what its key may do was changed"
	endExpired   ending = "its key has expired"
	endStopping  ending = "the server is stopping"
	endFailed    ending = "an internal failure"
)

// conn is one client's connection. What it does can hold up nobody else: its reads, writes and time are bounded here.
type conn struct {
	net.Conn
	server *Server
	remote netip.AddrPort

	ctx    context.Context // of its session; ended by end and kill
	cancel context.CancelCauseFunc

	received  atomic.Int64 // bytes, as they came in
	stalledAt atomic.Int64 // received+1 when its session stopped reading input; 0: it reads

	running sync.WaitGroup // sessions

	mu       sync.Mutex
	timer    *time.Timer // until the key is proven, then until a session begins
	closed   bool        // no session begins any more
	begun    bool        // the channel of the session
	started  bool        // what runs in it
	channels int         // asked for
	told     map[reason]bool

	grant   *grant // of the key that was proven; nil: none yet
	full    reason // why there is no place for it
	doubts  int    // looks at the authorized keys in a row that did not find it
	failure Event  // the last attempt that failed
	failed  reason
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{Conn: nc, server: s, told: map[reason]bool{}}
	c.remote = addrPortOf(nc.RemoteAddr())
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(s.limits.Handshake, func() { c.kill(endSlow) })
	return c
}

func addrPortOf(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Read counts what comes in, and gives up on a client that floods a session which does not read: the library holds each packet until it is read,
// however small, so the window that it grants is no bound on its memory.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	received := c.received.Add(int64(n))
	if at := c.stalledAt.Load(); at > 0 && received-at > maxBacklog {
		c.kill(endFlood)
		return 0, endFlood
	}
	return n, err
}

// Write gives the kernel so long to take the bytes: a client that does not read must not keep anything waiting.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.server.limits.Write)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		c.kill(endStuck) // the first cause stands, where there was another
	}
	return n, err
}

// Deadlines are this type's own affair: the library sets none, and Wish takes them away again.

// SetDeadline does nothing.
func (c *conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// end tells the session to end, gives it a moment to give the terminal back, and then closes. Without a session it closes at once.
func (c *conn) end(why ending) {
	c.mu.Lock()
	running := c.started && !c.closed
	c.mu.Unlock()
	if !running {
		c.kill(why)
		return
	}
	c.cancel(why)
	c.linger()
}

// linger closes the connection in a moment, unless it has been by then.
func (c *conn) linger() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	if !c.closed {
		c.timer = time.AfterFunc(restoring, func() { c.kill(endGone) })
	}
}

// kill closes the connection now. Whatever waits on it, waits no longer.
func (c *conn) kill(why ending) {
	c.cancel(why)
	c.mu.Lock()
	c.closed = true
	c.timer.Stop()
	c.mu.Unlock()
	_ = c.Close()
}

// prove notes the key that the client has proven to hold. From here on it has a place among the sessions, or none.
func (c *conn) prove(g *grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.grant != nil {
		return
	}
	c.server.door.leave(c.remote.Addr())
	c.grant = g
	c.full = c.server.door.admit(g.key)
	c.timer.Stop()
	if !c.closed {
		c.timer = time.AfterFunc(c.server.limits.Handshake, func() { c.kill(endUnused) })
	}
	c.server.audit.connections.WithLabelValues("proven").Inc()
}

// begin takes the one session that a connection has.
func (c *conn) begin() (why reason, greedy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels++
	switch greedy = c.channels > maxChannels; {
	case c.full != "":
		return c.full, greedy
	case c.begun || c.closed:
		return whyMore, greedy
	}
	c.begun = true
	c.running.Add(1)
	return "", false
}

// start stops the time within which something must run; false: the connection has ended.
func (c *conn) start() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.started = true
	return !c.closed
}

// another counts a channel that is none of a session.
func (c *conn) another() (greedy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels++
	return c.channels > maxChannels
}

// first says whether this is the first time that this connection is refused that.
func (c *conn) first(why reason) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[why] {
		return false
	}
	c.told[why] = true
	return true
}

// deny notes why an attempt failed; the last one is told of.
func (c *conn) deny(why reason, e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed, c.failure = why, e
}

func (c *conn) proven() *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.grant
}

// stillAdmitted looks whether the proven key still may be here. What the file does not say any more counts when two looks in a row have found it so:
// an editor may be in the middle of writing it.
func (c *conn) stillAdmitted(set keySet, fault error, now time.Time) {
	g := c.proven()
	if g == nil {
		return
	}
	why := ending("")
	switch current, ok := set.grants[g.key]; {
	case fault != nil:
		why = endFault
	case !ok:
		why = endWithdrawn
	case !current.same(g):
		why = endChanged
	}
	c.mu.Lock()
	if why == "" {
		c.doubts = 0
	} else {
		c.doubts++
	}
	doubts := c.doubts
	c.mu.Unlock()
	switch {
	case g.denies(now, c.remote.Addr()) != "":
		c.end(endExpired)
	case doubts >= 2:
		c.end(why)
	}
}
