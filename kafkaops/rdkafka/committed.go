package rdkafka

import (
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// Committed returns the group's committed offsets of the partitions, or with tps nil of all it ever committed. Partitions without a commit
// are absent. Offsets of transactions that are still open are ignored: what counts is what is committed now. A commit by transaction may be
// seen here before the other partitions of that transaction show its records to a read-committed reader: who compares the two must read
// those up to their ReadUncommitted end.
func (c *Client) Committed(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	commits, err := c.committed(ctx, group, tps, false)
	if err != nil {
		return nil, err
	}
	return commits.Offsets(), nil
}

// CommittedStable is Committed with notes, for a member that takes partitions over: it waits, at most as long as the context, until no open
// transaction holds an offset of them, so that nothing which a predecessor is about to commit is processed twice.
func (c *Client) CommittedStable(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Commits, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		commits, err := c.committed(ctx, group, tps, true)
		var kerr kafka.Error
		if err == nil || !errors.As(err, &kerr) || kerr.Code() != kafka.ErrUnstableOffsetCommit {
			return commits, err
		}
		if ctxErr := pause(ctx, wait); ctxErr != nil {
			return nil, err
		}
	}
}

func (c *Client) committed(
	ctx context.Context, group string, tps []kafkaops.TopicPartition, stable bool,
) (kafkaops.Commits, error) {
	const op = "reading the committed offsets of group"
	if err := checkGroup(op, group); err != nil {
		return nil, err
	}
	ask := kafka.ConsumerGroupTopicPartitions{Group: group}
	if tps != nil {
		if len(tps) == 0 {
			return kafkaops.Commits{}, nil
		}
		for _, tp := range tps {
			if err := checkPartition(op, tp); err != nil {
				return nil, err
			}
			ask.Partitions = append(ask.Partitions, kafka.TopicPartition{Topic: &tp.Topic, Partition: tp.Partition})
		}
	}
	r, err := askGroup(ctx, c, op, group, func(ctx context.Context, admin *kafka.AdminClient) (kafka.ListConsumerGroupOffsetsResult, error) {
		return admin.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{ask}, unlimited, kafka.SetAdminRequireStableOffsets(stable))
	})
	if err != nil {
		if kerr := (kafka.Error{}); errors.As(err, &kerr) && kerr.Code() == kafka.ErrGroupIDNotFound {
			return kafkaops.Commits{}, nil // a group that doesn't exist has committed nothing
		}
		return nil, c.fail(op, group, err)
	}
	commits := kafkaops.Commits{}
	for _, g := range r.ConsumerGroupsTopicPartitions {
		for _, p := range g.Partitions {
			if p.Error != nil {
				return nil, fail(op, group, p.Error)
			}
			if p.Offset < 0 {
				continue
			}
			at := kafkaops.Commit{Offset: int64(p.Offset)}
			if p.Metadata != nil {
				at.Note = *p.Metadata
			}
			commits[partitionOf(p)] = at
		}
	}
	return commits, nil
}
