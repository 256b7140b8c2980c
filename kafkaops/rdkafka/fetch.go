package rdkafka

import (
	"context"

	"github.com/krapp-io/krapp/kafkaops"
)

// Fetch reads up to max records of a partition from an offset on, as far as they exist, read-committed. An offset before the start begins at
// the start; one past the end is Invalid; at the end there are none.
func (c *Client) Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, max int) ([]kafkaops.Record, error) {
	const op = "reading"
	if err := checkPartition(op, tp); err != nil {
		return nil, err
	}
	if max <= 0 {
		return nil, nil
	}
	ctx, done, err := c.begin(ctx, op, nameOf(tp))
	if err != nil {
		return nil, err
	}
	defer done()
	extents, err := c.Extents(ctx, kafkaops.ReadCommitted, []kafkaops.TopicPartition{tp})
	if err != nil {
		return nil, err
	}
	x := extents[tp]
	if x.Err != nil {
		return nil, x.Err
	}
	if offset < 0 || offset > x.End {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, nameOf(tp), "name an offset between the start and the end",
			"offset %d is out of range: the partition reaches from %d to %d", offset, x.Start, x.End)
	}
	var records []kafkaops.Record
	_, err = c.Scan(ctx, ScanSpec{
		From: kafkaops.Offsets{tp: offset}, To: kafkaops.Offsets{tp: x.End}, MaxBatch: max,
	}, func(b *Batch) error {
		records = append(records, b.Records()...)
		if len(records) >= max {
			return errEnough
		}
		return nil
	})
	return records[:min(max, len(records))], err
}
