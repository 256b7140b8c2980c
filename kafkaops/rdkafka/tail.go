package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// Tail returns the last n records of the topics, over all partitions, newest first (by timestamp, then by partition and offset),
// read-committed.
func (c *Client) Tail(ctx context.Context, topics []string, n int) ([]kafkaops.Record, error) {
	if n <= 0 {
		return nil, checkTopics("reading", topics)
	}
	ctx, done, err := c.begin(ctx, "reading", "")
	if err != nil {
		return nil, err
	}
	defer done()
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, topics...)
	if err != nil {
		return nil, err
	}
	last := map[kafkaops.TopicPartition][]kafkaops.Record{}
	from, to := kafkaops.Offsets{}, kafkaops.Offsets{}
	for tp, x := range extents {
		if x.Err != nil {
			return nil, x.Err
		}
		from[tp], to[tp] = x.End, x.End
	}
	// Offsets may have gaps, so n offsets can hold fewer than n records: reach back twice as far until there are enough.
	for window := int64(n); ; window *= 4 {
		again := kafkaops.Offsets{}
		for tp, x := range extents {
			if len(last[tp]) < n && from[tp] > x.Start {
				again[tp] = max(x.Start, x.End-window)
			}
		}
		if len(again) == 0 {
			return newest(last, n), nil
		}
		for tp, start := range again {
			again[tp], from[tp] = start, start
			delete(last, tp)
		}
		if err := c.tailOnce(ctx, again, to, last, n); err != nil {
			return nil, err
		}
	}
}

// tailOnce reads the partitions and keeps the last n records of each.
func (c *Client) tailOnce(
	ctx context.Context, from, to kafkaops.Offsets, last map[kafkaops.TopicPartition][]kafkaops.Record, n int,
) error {
	_, err := c.Scan(ctx, ScanSpec{From: from, To: to}, func(b *Batch) error {
		for _, run := range b.Runs() {
			for i := max(run.First, run.Last-n+1); i <= run.Last; i++ {
				kept := last[run.TopicPartition]
				kept = append(kept, b.record(i, run.TopicPartition))
				if len(kept) >= 2*n { // cut rarely, so that appending stays cheap
					kept = slices.Clone(kept[len(kept)-n:])
				}
				last[run.TopicPartition] = kept
			}
		}
		return nil
	})
	return err
}

// newest merges the partitions' last records. Within a partition the order is the partition's own, whatever the timestamps say.
func newest(last map[kafkaops.TopicPartition][]kafkaops.Record, n int) []kafkaops.Record {
	var heads [][]kafkaops.Record
	for _, records := range last {
		if len(records) > 0 {
			heads = append(heads, records)
		}
	}
	merged := make([]kafkaops.Record, 0, n)
	for len(heads) > 0 && len(merged) < n {
		best := 0
		for i := range heads {
			if newer(&heads[i][len(heads[i])-1], &heads[best][len(heads[best])-1]) {
				best = i
			}
		}
		end := len(heads[best]) - 1
		merged = append(merged, heads[best][end])
		if heads[best] = heads[best][:end]; end == 0 {
			heads = slices.Delete(heads, best, best+1)
		}
	}
	return merged
}

// newer orders the heads of two partitions: by timestamp, then so that equal ones always come in the same order.
func newer(a, b *kafkaops.Record) bool {
	return cmp.Or(a.Timestamp.Compare(b.Timestamp), b.TopicPartition().Compare(a.TopicPartition())) > 0
}
