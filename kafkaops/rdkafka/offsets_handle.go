package rdkafka

import (
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// offsetsGroup is the group.id of the handle that asks for other groups' offsets. It never joins and never commits.
const offsetsGroup = "krapp-offsets"

// offsetsHandle asks for and sets groups' committed offsets. It is a consumer although it consumes nothing: when a broker answers that it is
// not, or not yet, the group's coordinator, librdkafka 2.15 (rd_kafka_handle_OffsetFetch, rd_kafka_handle_OffsetCommit) sends an operation to
// the handle's own consumer group, and crashes the process where the handle has none, as a producer.
type offsetsHandle struct {
	consumer *kafka.Consumer
	admin    *kafka.AdminClient
}

// offsetsAdmin returns the handle's admin client, made when first used. The caller is inside the client's gate.
func (c *Client) offsetsAdmin() (*kafka.AdminClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.offsets; h != nil {
		h.drain()
		return h.admin, nil
	}
	conf := configMap(with(c.conf, map[string]string{
		"group.id": offsetsGroup, "enable.auto.commit": "false",
		"metadata.max.age.ms": millis(awaitedRefresh), // also how long it takes a group's coordinator for that
	}))
	(*conf)["go.logs.channel.enable"] = true
	(*conf)["go.logs.channel"] = c.logs
	consumer, err := kafka.NewConsumer(conf)
	if err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdminClientFromConsumer(consumer)
	if err != nil {
		_ = consumer.Close() // it was never used
		return nil, err
	}
	c.offsets = &offsetsHandle{consumer, admin}
	return admin, nil
}

// drain throws away the events that an outage left: nothing else reads them.
func (h *offsetsHandle) drain() {
	for range 100 { // bounded: what is left is for the next request
		if h.consumer.Poll(0) == nil {
			return
		}
	}
}

// askOffsets makes one request about a group's offsets. While the group's coordinator is moving it asks again, within the context: the admin
// API of librdkafka gives up at once.
func askOffsets[T any](ctx context.Context, c *Client, op, group string, request func(context.Context, *kafka.AdminClient) (T, error)) (T, error) {
	var none T
	ctx, done, err := c.begin(ctx, op, group)
	if err != nil {
		return none, err
	}
	defer done()
	admin, err := c.offsetsAdmin()
	if err != nil {
		return none, c.fail(op, group, err)
	}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		answer, err := request(ctx, admin)
		if !coordinatorMoves(err) {
			return answer, err
		}
		if pause(ctx, wait) != nil {
			return none, err
		}
	}
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
