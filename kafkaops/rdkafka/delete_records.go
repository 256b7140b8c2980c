package rdkafka

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// DeleteRecords moves each partition's start up to the given offset; older records can never be read again. Failures are joined.
func (c *Client) DeleteRecords(ctx context.Context, upTo kafkaops.Offsets) error {
	const op = "deleting records of"
	if len(upTo) == 0 {
		return nil
	}
	for tp, offset := range upTo {
		if err := checkPartition(op, tp); err != nil {
			return err
		}
		if offset < 0 {
			return kafkaops.Errorf(kafkaops.Invalid, op, nameOf(tp), "name an offset of 0 or more", "offset %d", offset)
		}
	}
	ctx, done, err := c.begin(ctx, op, nameOf(upTo.Partitions()[0]))
	if err != nil {
		return err
	}
	defer done()
	timeout := remaining(ctx, c.timeout)
	r, err := c.admin.DeleteRecords(ctx, topicPartitions(upTo),
		kafka.SetAdminRequestTimeout(timeout), kafka.SetAdminOperationTimeout(timeout))
	if err != nil {
		return c.fail(op, nameOf(upTo.Partitions()[0]), err)
	}
	var errs []error
	for _, one := range r.DeleteRecordsResults {
		if one.TopicPartition.Error != nil {
			errs = append(errs, fail(op, nameOf(partitionOf(one.TopicPartition)), one.TopicPartition.Error))
		}
	}
	return joined(errs)
}
