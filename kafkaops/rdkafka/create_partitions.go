package rdkafka

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// CreatePartitions raises the topic's partitions to total and returns when the new ones have leaders. They can't be removed again, and keys
// go to other partitions from then on.
func (c *Client) CreatePartitions(ctx context.Context, topic string, total int) error {
	const op = "adding partitions to topic"
	if err := checkTopic(op, topic); err != nil {
		return err
	}
	if total < 1 {
		return kafkaops.Errorf(kafkaops.Invalid, op, topic, "ask for more than the topic has", "%d partitions", total)
	}
	ctx, done, err := c.begin(ctx, op, topic)
	if err != nil {
		return err
	}
	defer done()
	timeout := remaining(ctx, c.timeout)
	results, err := c.admin.CreatePartitions(ctx, []kafka.PartitionsSpecification{{Topic: topic, IncreaseTo: total}},
		kafka.SetAdminRequestTimeout(timeout), kafka.SetAdminOperationTimeout(timeout))
	if err != nil {
		return c.fail(op, topic, err)
	}
	for _, r := range results {
		if err := codeError(r.Error); err != nil {
			return fail(op, topic, err)
		}
	}
	c.own.note(topic, total)
	return c.awaitPartitions(ctx, op, map[string]int{topic: total})
}
