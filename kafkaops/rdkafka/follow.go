package rdkafka

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// followState is one Follow at work.
type followState struct {
	c      *Client
	topics []string
	reader *Reader
}

// Follow hands every new record of the topics to each until the context ends (then it returns nil) or each fails. from says where to begin;
// nil is the end; partitions that it doesn't name begin at their end too. Partitions that are added later are seen within seconds and read
// from their start. A topic that is deleted ends it with NotFound. Records are read-committed and are copies. A slow each holds back the
// reading, nothing is lost.
func (c *Client) Follow(ctx context.Context, topics []string, from kafkaops.Offsets, each func([]kafkaops.Record) error) error {
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, topics...)
	if err != nil {
		return endOf(ctx, err)
	}
	start := make(kafkaops.Offsets, len(extents))
	for tp, x := range extents {
		if x.Err != nil {
			return x.Err
		}
		start[tp] = x.End
		if at, named := from[tp]; named {
			start[tp] = max(x.Start, at)
		}
	}
	r, err := c.Reader(ctx, ReaderOptions{Isolation: kafkaops.ReadCommitted, ReadAhead: 4 << 20, MaxBatch: 2000})
	if err != nil {
		return endOf(ctx, err)
	}
	defer r.Close()
	if err := r.Add(start); err != nil {
		return err
	}
	f := followState{c: c, topics: topics, reader: r}
	return endOf(ctx, f.run(ctx, each))
}

// run reads, and looks for new partitions now and then.
func (f *followState) run(ctx context.Context, each func([]kafkaops.Record) error) error {
	looked := time.Now()
	for {
		b, err := f.reader.Poll(ctx, awaitedRefresh)
		if err != nil {
			return err
		}
		if b.Len() > 0 {
			if err := each(b.Records()); err != nil {
				return err
			}
		}
		if time.Since(looked) < awaitedRefresh {
			continue
		}
		if err := f.lookForPartitions(ctx); err != nil {
			return err
		}
		looked = time.Now()
	}
}

// lookForPartitions adds those that are new, from their start. While the brokers don't answer it leaves things as they are.
func (f *followState) lookForPartitions(ctx context.Context) error {
	described, err := f.c.DescribeTopics(ctx, f.topics...)
	if err != nil {
		return ctx.Err()
	}
	known := f.reader.Positions()
	added := kafkaops.Offsets{}
	for _, t := range described {
		if kafkaops.ClassOf(t.Err) == kafkaops.NotFound {
			return t.Err
		}
		for _, tp := range t.TopicPartitions() {
			if _, have := known[tp]; !have {
				added[tp] = 0
			}
		}
	}
	return f.reader.Add(added)
}

// endOf turns the end of the context into the clean end of what was to run until then.
func endOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end that was asked for
	}
	return err
}
