package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// gate is the listener that kfake is given. Until it is opened, clients wait in the kernel's queue while the broker's data are put
// right; only ask gets through. Afterwards every connection is guarded.
type gate struct {
	net.Listener
	opened   chan struct{}
	closed   chan struct{}
	open     sync.Once
	shut     sync.Once
	internal chan net.Conn

	received atomic.Int64  // bytes since the last grown
	step     int64         // after so many bytes
	grown    chan struct{} // this is told: the janitor need not look at a directory that nobody writes to
}

func newGate(ln net.Listener, step int64) *gate {
	return &gate{Listener: ln, opened: make(chan struct{}), closed: make(chan struct{}), internal: make(chan net.Conn), step: step, grown: make(chan struct{}, 1)}
}

// count adds up what clients send, which is what the data directory can have grown by.
func (g *gate) count(n int) {
	if g.received.Add(int64(n)) < g.step {
		return
	}
	g.received.Store(0)
	select {
	case g.grown <- struct{}{}:
	default: // told already
	}
}

// Open lets clients in.
func (g *gate) Open() { g.open.Do(func() { close(g.opened) }) }

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.internal:
		return conn, nil
	case <-g.closed:
		return nil, net.ErrClosed
	case <-g.opened:
	}
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &guarded{Conn: conn, count: g.count}, nil
}

// Close implements net.Listener.
func (g *gate) Close() error {
	g.shut.Do(func() { close(g.closed) })
	return g.Listener.Close()
}

// ask sends kfake one request while the gate is closed, and reads its answer.
func (g *gate) ask(ctx context.Context, req kmsg.Request) (kmsg.Response, error) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	select {
	case g.internal <- theirs:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	stop := context.AfterFunc(ctx, func() { _ = ours.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := ours.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 0)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(ours, size[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(ours, body); err != nil {
		return nil, err
	}
	resp := req.ResponseKind()
	head := 4 // the correlation ID
	if resp.IsFlexible() {
		head++ // no tags
	}
	if len(body) < head {
		return nil, errors.New("the answer is too short")
	}
	return resp, resp.ReadFrom(body[head:])
}

// maxRequestBytes is Kafka's default for socket.request.max.bytes.
const maxRequestBytes = 100 << 20

// guarded ends a connection that does not speak Kafka: kfake would allocate whatever size a stray byte sequence names (an HTTP
// request: 1.2 GB) and panics on a request key that it does not know, which would take the console down with it.
type guarded struct {
	net.Conn
	count   func(bytes int)
	head    [8]byte // a request's size, key and version
	unread  int     // how many bytes at the end of head kfake has not been given yet
	pending int     // how many bytes of the request come after head
}

// Read implements net.Conn. kfake reads from one goroutine at a time.
func (c *guarded) Read(p []byte) (int, error) {
	if c.unread == 0 && c.pending == 0 {
		if err := c.next(); err != nil {
			_ = c.Close()
			return 0, err
		}
	}
	if c.unread > 0 {
		n := copy(p, c.head[len(c.head)-c.unread:])
		c.unread -= n
		return n, nil
	}
	n, err := c.Conn.Read(p[:min(len(p), c.pending)])
	c.pending -= n
	c.count(n)
	return n, err
}

func (c *guarded) next() error {
	if _, err := io.ReadFull(c.Conn, c.head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(c.head[:4])
	key := int16(binary.BigEndian.Uint16(c.head[4:6]))
	rest := len(c.head) - 4
	if size > maxRequestBytes || int(size) < rest+4 || kmsg.RequestForKey(key) == nil {
		return fmt.Errorf("not a Kafka request: key %d, %d bytes", key, size)
	}
	c.unread, c.pending = len(c.head), int(size)-rest
	return nil
}
