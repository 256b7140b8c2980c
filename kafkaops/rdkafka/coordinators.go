package rdkafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// coordinators asks groups' coordinators: what they committed, who their members are, to set or delete it. librdkafka 2.15 has two faults in
// such requests, each of which ends the process:
//
//   - An answer that the broker is not the group's coordinator (rd_kafka_handle_OffsetFetch) goes to the handle's own consumer group, and so
//     the handle has to be a consumer, although it consumes nothing.
//   - A request that times out while its coordinator is away fires an assertion when a broker comes back (librdkafka issue 4605). So no request
//     times out in librdkafka: the caller's context ends the wait, and the handle is closed with what it still holds.
type coordinators struct {
	mu      sync.Mutex
	handle  *groupsHandle  // made when first used; nil after a request on it was given up
	closing sync.WaitGroup // handles that were given up
	closed  bool
}

// groupsHandle is one consumer with its admin client. The gate keeps it while requests are under way.
type groupsHandle struct {
	gate     gate
	consumer *kafka.Consumer
	admin    *kafka.AdminClient
}

// handleGroup is the group.id of the handle. It never joins and never commits.
const handleGroup = "krapp-offsets"

// unlimited is the longest that librdkafka takes; no handle lives that long with a request that has no answer.
var unlimited = kafka.SetAdminRequestTimeout(time.Hour)

// askGroup makes one request about a group to its coordinator. While that is moving it asks again, within the context: librdkafka gives up at
// once. A request that is given up is not sent later either, unless it was under way.
// Every request passes the option unlimited.
func askGroup[T any](ctx context.Context, c *Client, op, group string, request func(context.Context, *kafka.AdminClient) (T, error)) (T, error) {
	var none T
	ctx, done, err := c.begin(ctx, op, group)
	if err != nil {
		return none, err
	}
	defer done()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		h, err := c.groups.enter(c)
		if err != nil {
			return none, c.fail(op, group, err)
		}
		answer, err := request(ctx, h.admin)
		h.gate.leave()
		if err != nil && (ctx.Err() != nil || wrongCoordinator(err)) {
			c.groups.giveUp(h)
		}
		if !coordinatorMoves(err) || pause(ctx, wait) != nil {
			return answer, err
		}
	}
}

// enter returns the handle, kept from closing until gate.leave.
func (g *coordinators) enter(c *Client) (*groupsHandle, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, kafkaops.Errorf(kafkaops.Conflict, "asking", "groups", "", "the client is closed")
	}
	if g.handle == nil {
		h, err := c.newGroupsHandle()
		if err != nil {
			return nil, err
		}
		g.handle = h
	}
	g.handle.drain()
	g.handle.gate.enter() // it is open: giveUp takes a handle away before it shuts its gate
	return g.handle, nil
}

// giveUp closes a handle with a request that nobody waits for any more, as soon as other requests on it have ended.
func (g *coordinators) giveUp(h *groupsHandle) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.handle != h {
		return // it was given up already
	}
	g.handle = nil
	g.closing.Go(h.close)
}

// close ends all handles; it returns when the last is closed.
func (g *coordinators) close() {
	g.mu.Lock()
	h := g.handle
	g.handle, g.closed = nil, true
	g.mu.Unlock()
	if h != nil {
		h.close()
	}
	g.closing.Wait()
}

func (c *Client) newGroupsHandle() (*groupsHandle, error) {
	conf := configMap(with(c.conf, map[string]string{
		"group.id": handleGroup, "enable.auto.commit": "false",
		"metadata.max.age.ms": millis(awaitedRefresh), // also how long it takes a group's coordinator for that
	}), c.logs)
	consumer, err := kafka.NewConsumer(conf)
	if err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdminClientFromConsumer(consumer)
	if err != nil {
		_ = consumer.Close() // it was never used
		return nil, err
	}
	return &groupsHandle{consumer: consumer, admin: admin}, nil
}

// drain throws away the events that an outage left: nothing else reads them.
func (h *groupsHandle) drain() {
	for range 100 { // bounded: what is left is for the next request
		if h.consumer.Poll(0) == nil {
			return
		}
	}
}

func (h *groupsHandle) close() {
	h.gate.shut()
	h.gate.calls.Wait()
	awake(func() { _ = h.consumer.Close() }) // it holds nothing that could fail to be given back
}

// wrongCoordinator says whether the handle takes a broker for a group's coordinator that isn't any more. It forgets one only when nobody has asked
// for a while (rd_kafka_coord_cache_expire goes by the last use): who asks on would get the same answer for ever. A new handle finds out anew.
func wrongCoordinator(err error) bool {
	var kerr kafka.Error
	return errors.As(err, &kerr) && kerr.Code() == kafka.ErrNotCoordinator
}

// coordinatorMoves says whether a broker refused because it is not, or not yet, the group's coordinator.
func coordinatorMoves(err error) bool {
	var kerr kafka.Error
	if !errors.As(err, &kerr) {
		return false
	}
	switch kerr.Code() {
	case kafka.ErrNotCoordinator, kafka.ErrCoordinatorNotAvailable, kafka.ErrCoordinatorLoadInProgress:
		return true
	}
	return false
}
