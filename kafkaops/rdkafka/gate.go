package rdkafka

import (
	"context"
	"sync"

	"github.com/krapp-io/krapp/kafkaops"
)

// gate keeps an object of librdkafka from being freed while calls use it: a call on a freed handle is a crash, not an error.
type gate struct {
	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

// enter keeps the object until leave; false when it is closed.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.calls.Add(1)
	return true
}

func (g *gate) leave() { g.calls.Done() }

// shut lets nobody enter any more; calls.Wait then waits for those inside.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// begin starts an operation on the client's handle: done ends it. The context has the client's timeout where the caller gave no nearer
// deadline.
func (c *Client) begin(ctx context.Context, op, resource string) (context.Context, func(), error) {
	if !c.gate.enter() {
		return nil, nil, kafkaops.Errorf(kafkaops.Conflict, op, resource, "", "the client is closed")
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	return ctx, func() { cancel(); c.gate.leave() }, nil
}
