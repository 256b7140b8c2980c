package sshd_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// gate stands between a client and the server, and can stop passing on what the server sends (hold) or everything, without closing anything (drop).
type gate struct {
	t      *testing.T
	client net.Conn // the test's end
	server net.Conn

	mu      sync.Mutex
	held    sync.Cond
	holding bool
	dropped bool
}

func newGate(t *testing.T, addr string) *gate {
	t.Helper()
	g := &gate{t: t}
	g.held.L = &g.mu
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", addr)
	must(t, err)
	g.server = server
	near, far := net.Pipe()
	g.client = near
	t.Cleanup(func() {
		server.Close()
		near.Close()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.holding, g.dropped = false, true
		g.held.Broadcast()
	})
	go g.pass(server, far, false)
	go g.pass(far, server, true)
	return g
}

// pass copies one way; towards the client it waits while the gate is held.
func (g *gate) pass(to io.Writer, from io.Reader, towardsClient bool) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		g.mu.Lock()
		for towardsClient && g.holding {
			g.held.Wait()
		}
		dropped := g.dropped
		g.mu.Unlock()
		if !dropped {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			if c, ok := to.(io.Closer); ok && !dropped {
				c.Close()
			}
			return
		}
	}
}

func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.holding = true
}

func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dropped = true
}

// push presses keys.
func (g *gate) push(keys string, in io.Writer) {
	g.t.Helper()
	_, err := in.Write([]byte(keys))
	must(g.t, err)
}

func (g *gate) dial(config *gossh.ClientConfig) (*gossh.Client, error) {
	conn, channels, requests, err := gossh.NewClientConn(g.client, "gate", config)
	if err != nil {
		return nil, err
	}
	return gossh.NewClient(conn, channels, requests), nil
}
