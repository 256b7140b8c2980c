package pagetest

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Extents reaches from the start to behind the last record.
func (c *Cluster) Extents(_ context.Context, _ kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := kafkaops.Extents{}
	for _, tp := range tps {
		out[tp] = kafkaops.Extent{Start: c.starts[tp], End: c.end(tp), Err: c.bad[tp]}
	}
	return out, nil
}

// TopicExtents is Extents of whole topics.
func (c *Cluster) TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
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
	return c.Extents(ctx, iso, tps)
}

// OffsetsAt finds the first record that is not older.
func (c *Cluster) OffsetsAt(_ context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := kafkaops.Offsets{}
	for _, tp := range tps {
		out[tp] = c.end(tp)
		for _, r := range c.records[tp] {
			if !r.Timestamp.Before(when) {
				out[tp] = r.Offset
				break
			}
		}
	}
	return out, c.err
}

// between are the records in [from, to) that compaction and trimming left.
func (c *Cluster) between(tp kafkaops.TopicPartition, from, to int64) []kafkaops.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []kafkaops.Record
	for _, r := range c.records[tp] {
		if r.Offset >= max(from, c.starts[tp]) && r.Offset < to {
			out = append(out, r)
		}
	}
	return out
}

// ScanRecords hands out what there is, a partition at a time.
func (c *Cluster) ScanRecords(_ context.Context, from, to kafkaops.Offsets, _ kafkaops.Isolation, each func([]kafkaops.Record) error) (kafkaops.Offsets, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	for _, tp := range from.Partitions() {
		if records := c.between(tp, from[tp], to[tp]); len(records) > 0 {
			if err := each(records); err != nil {
				return from, err
			}
		}
	}
	return to, nil
}

// Fetch reads from an offset on.
func (c *Cluster) Fetch(_ context.Context, tp kafkaops.TopicPartition, offset int64, most int) ([]kafkaops.Record, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	records := c.between(tp, offset, 1<<62)
	return records[:min(most, len(records))], nil
}

// Follow hands out what is there and what Add brings.
func (c *Cluster) Follow(ctx context.Context, topics []string, from kafkaops.Offsets, each func([]kafkaops.Record) error) error {
	at := from.Clone()
	for {
		c.mu.Lock()
		more := c.arrived
		c.mu.Unlock()
		for tp := range at {
			records := c.between(tp, at[tp], 1<<62)
			if len(records) == 0 {
				continue
			}
			at[tp] = records[len(records)-1].Offset + 1
			if err := each(records); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-more:
		}
	}
}

// ProduceSync stores in partition 0 what may go anywhere.
func (c *Cluster) ProduceSync(_ context.Context, records []kafkaops.Record) ([]kafkaops.Delivery, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	out := make([]kafkaops.Delivery, len(records))
	for i, r := range records {
		r.Partition = max(r.Partition, 0)
		c.mu.Lock()
		out[i] = kafkaops.Delivery{Index: int64(i), Partition: r.Partition, Offset: c.end(r.TopicPartition())}
		c.produced = append(c.produced, r)
		c.mu.Unlock()
		c.Add(r)
	}
	return out, nil
}
