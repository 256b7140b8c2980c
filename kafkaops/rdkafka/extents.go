package rdkafka

import (
	"context"
	"errors"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// Extents returns each partition's start and end: with ReadCommitted the end is the last stable offset, else the high watermark. What can't
// be known has Err set; the error returned is for the request as a whole.
func (c *Client) Extents(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error) {
	ctx, done, err := c.begin(ctx, "reading the offsets of", c.brokers())
	if err != nil {
		return nil, err
	}
	defer done()
	var starts, ends map[kafkaops.TopicPartition]listed
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		starts, err = c.listOffsets(ctx, iso, tps, kafka.EarliestOffsetSpec)
		return err
	})
	group.Go(func() (err error) {
		ends, err = c.listOffsets(ctx, iso, tps, kafka.LatestOffsetSpec)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	extents := make(kafkaops.Extents, len(tps))
	for _, tp := range tps {
		start, end := starts[tp], ends[tp]
		x := kafkaops.Extent{Start: start.offset, End: end.offset, Err: start.err}
		if x.Err == nil {
			x.Err = end.err
		}
		if x.Err != nil {
			x.Start, x.End = 0, 0
		}
		x.End = max(x.Start, x.End) // the start may have moved between the two requests
		extents[tp] = x
	}
	return extents, nil
}

// TopicExtents returns the extents of all partitions of the topics. A topic that doesn't exist is an error.
func (c *Client) TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	tps, err := c.partitionsOf(ctx, topics)
	if err != nil {
		return nil, err
	}
	return c.Extents(ctx, iso, tps)
}

// partitionsOf lists all partitions of the topics.
func (c *Client) partitionsOf(ctx context.Context, topics []string) ([]kafkaops.TopicPartition, error) {
	if err := checkTopics("describing topic", topics); err != nil {
		return nil, err
	}
	described, err := c.DescribeTopics(ctx, topics...)
	if err != nil {
		return nil, err
	}
	var tps []kafkaops.TopicPartition
	for _, t := range described {
		if t.Err != nil {
			return nil, t.Err
		}
		tps = append(tps, t.TopicPartitions()...)
	}
	return tps, nil
}

// listed is one partition's answer.
type listed struct {
	offset int64
	err    error
}

// listOffsets asks for one kind of offset. Every partition asked for has an entry.
func (c *Client) listOffsets(
	ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition, spec kafka.OffsetSpec,
) (map[kafkaops.TopicPartition]listed, error) {
	const op = "reading the offsets of"
	answers := make(map[kafkaops.TopicPartition]listed, len(tps))
	ask := make(map[kafka.TopicPartition]kafka.OffsetSpec, len(tps))
	for _, tp := range tps {
		if _, twice := answers[tp]; twice {
			continue
		}
		err := checkPartition(op, tp)
		answers[tp] = listed{offset: kafkaops.NoOffset, err: err}
		if err == nil {
			ask[kafka.TopicPartition{Topic: &tp.Topic, Partition: tp.Partition}] = spec
		}
	}
	if len(ask) == 0 {
		return answers, nil
	}
	level := kafka.IsolationLevelReadUncommitted
	if iso == kafkaops.ReadCommitted {
		level = kafka.IsolationLevelReadCommitted
	}
	r, err := settled(ctx, func() (kafka.ListOffsetsResult, error) {
		return c.admin.ListOffsets(ctx, ask,
			kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)), kafka.SetAdminIsolationLevel(level))
	}, c.unsettledOffsets)
	if err != nil {
		return nil, c.fail(op, c.brokers(), err)
	}
	seen := make(map[kafkaops.TopicPartition]bool, len(ask))
	for p, info := range r.ResultInfos {
		tp := partitionOf(p)
		seen[tp] = true
		answers[tp] = listed{offset: int64(info.Offset), err: fail(op, nameOf(tp), codeError(info.Error))}
	}
	for tp, a := range answers {
		if a.err == nil && !seen[tp] {
			answers[tp] = listed{kafkaops.NoOffset, fail(op, nameOf(tp), errors.New("the broker's answer leaves it out"))}
		}
	}
	return answers, nil
}

// unsettledOffsets says that a partition which this client has just made is unknown to the broker that was asked.
func (c *Client) unsettledOffsets(r kafka.ListOffsetsResult) bool {
	for p, info := range r.ResultInfos {
		missing := classOf(info.Error.Code()) == kafkaops.NotFound || info.Error.Code() == kafka.ErrLeaderNotAvailable
		if missing && c.own.made(partitionOf(p)) {
			return true
		}
	}
	return false
}
