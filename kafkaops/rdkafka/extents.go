package rdkafka

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

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

// Ends returns the partitions' ends, as Extents does, in half of its requests. A partition of which it can't be known is an error.
func (c *Client) Ends(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	ctx, done, err := c.begin(ctx, "reading the offsets of", c.brokers())
	if err != nil {
		return nil, err
	}
	defer done()
	listed, err := c.listOffsets(ctx, iso, tps, kafka.LatestOffsetSpec)
	if err != nil {
		return nil, err
	}
	ends := make(kafkaops.Offsets, len(tps))
	for _, tp := range tps {
		if err := listed[tp].err; err != nil {
			return nil, err
		}
		ends[tp] = listed[tp].offset
	}
	return ends, nil
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
	var ask []kafka.TopicPartition
	for _, tp := range tps {
		if _, twice := answers[tp]; twice {
			continue
		}
		err := checkPartition(op, tp)
		answers[tp] = listed{offset: kafkaops.NoOffset, err: err}
		if err == nil {
			ask = append(ask, kafka.TopicPartition{Topic: &tp.Topic, Partition: tp.Partition})
		}
	}
	if len(ask) == 0 {
		return answers, nil
	}
	level := kafka.IsolationLevelReadUncommitted
	if iso == kafkaops.ReadCommitted {
		level = kafka.IsolationLevelReadCommitted
	}
	infos, err := c.askOffsets(ctx, ask, spec, level)
	if err != nil {
		return nil, c.fail(op, c.brokers(), err)
	}
	for tp, a := range answers {
		if a.err != nil {
			continue
		}
		if info, ok := infos[tp]; ok {
			answers[tp] = listed{int64(info.Offset), fail(op, nameOf(tp), codeError(info.Error))}
		} else {
			answers[tp] = listed{kafkaops.NoOffset, fail(op, nameOf(tp), errors.New("the broker's answer leaves it out"))}
		}
	}
	return answers, nil
}

const (
	// offsetsAtOnce bounds the partitions of one request: librdkafka looks each up in the whole answer, so its time grows with the square.
	offsetsAtOnce  = 250
	requestsAtOnce = 4
)

// askOffsets makes as many requests as the partitions need.
func (c *Client) askOffsets(
	ctx context.Context, ask []kafka.TopicPartition, spec kafka.OffsetSpec, level kafka.IsolationLevel,
) (map[kafkaops.TopicPartition]kafka.ListOffsetsResultInfo, error) {
	var mu sync.Mutex
	infos := make(map[kafkaops.TopicPartition]kafka.ListOffsetsResultInfo, len(ask))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(requestsAtOnce)
	patient := time.Now().Add(leaderPatience)
	type answer struct {
		kafka.ListOffsetsResult
		err error
	}
	for chunk := range slices.Chunk(ask, offsetsAtOnce) {
		tasks.Go(func() error {
			specs := make(map[kafka.TopicPartition]kafka.OffsetSpec, len(chunk))
			for _, tp := range chunk {
				specs[tp] = spec
			}
			r, _ := settled(ctx, func() (answer, error) {
				r, err := c.admin.ListOffsets(ctx, specs,
					kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)), kafka.SetAdminIsolationLevel(level))
				return answer{r, err}, nil
			}, func(a answer) bool {
				if c.unsettledLeaders(a.err, chunk) {
					_, err := c.list(ctx) // librdkafka keeps in mind that it saw no such topic; this has it look again
					return err == nil
				}
				return c.unsettledOffsets(a.ListOffsetsResult) || leaderMoves(a.ListOffsetsResult) && time.Now().Before(patient)
			})
			mu.Lock()
			defer mu.Unlock()
			for p, info := range r.ResultInfos {
				infos[partitionOf(p)] = info
			}
			return r.err
		})
	}
	return infos, tasks.Wait()
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

// unsettledLeaders says that the request failed as the broker that was asked for leaders knows of none, and some are of partitions which this
// client has just made.
func (c *Client) unsettledLeaders(err error, asked []kafka.TopicPartition) bool {
	var kerr kafka.Error
	return errors.As(err, &kerr) && kerr.Code() == kafka.ErrNoent &&
		slices.ContainsFunc(asked, func(p kafka.TopicPartition) bool { return c.own.made(partitionOf(p)) })
}

// leaderPatience is how long a partition whose leader is just taking over is asked again.
const leaderPatience = 3 * time.Second

// leaderMoves says that a broker was asked which no longer leads a partition, or does not know yet that it does: somebody has just made the
// topic, or a broker went or came.
func leaderMoves(r kafka.ListOffsetsResult) bool {
	for _, info := range r.ResultInfos {
		if code := info.Error.Code(); code == kafka.ErrNotLeaderForPartition || code == kafka.ErrFencedLeaderEpoch || code == kafka.ErrOffsetNotAvailable {
			return true
		}
	}
	return false
}
