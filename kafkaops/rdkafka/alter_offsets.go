package rdkafka

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// AlterOffsets sets the group's committed offsets. The broker refuses (Conflict) while the group has members.
func (c *Client) AlterOffsets(ctx context.Context, group string, to kafkaops.Offsets) error {
	const op = "setting the offsets of group"
	if err := checkGroup(op, group); err != nil {
		return err
	}
	if len(to) == 0 {
		return nil
	}
	for tp, offset := range to {
		if err := checkPartition(op, tp); err != nil {
			return err
		}
		if offset < 0 {
			return kafkaops.Errorf(kafkaops.Invalid, op, group, "name an offset of 0 or more", "offset %d for %s", offset, nameOf(tp))
		}
	}
	r, err := askGroup(ctx, c, op, group, func(ctx context.Context, admin *kafka.AdminClient) (kafka.AlterConsumerGroupOffsetsResult, error) {
		return admin.AlterConsumerGroupOffsets(ctx,
			[]kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: topicPartitions(to)}}, unlimited)
	})
	if err != nil {
		return c.fail(op, group, err)
	}
	var errs []error
	for _, g := range r.ConsumerGroupsTopicPartitions {
		for _, p := range g.Partitions {
			if p.Error != nil {
				errs = append(errs, fail(op, group, p.Error))
			}
		}
	}
	return joined(errs)
}
