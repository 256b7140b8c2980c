package rdkafka

import (
	"context"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// OffsetsAt returns each partition's first offset whose record is of that time or later, the end where all records are older.
func (c *Client) OffsetsAt(ctx context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	ctx, done, err := c.begin(ctx, "reading the offsets of", c.brokers())
	if err != nil {
		return nil, err
	}
	defer done()
	millis := max(0, when.UnixMilli()) // negative numbers have meanings of their own
	answers, err := c.listOffsets(ctx, kafkaops.ReadUncommitted, tps, kafka.NewOffsetSpecForTimestamp(millis))
	if err != nil {
		return nil, err
	}
	offsets := make(kafkaops.Offsets, len(tps))
	var later []kafkaops.TopicPartition
	for tp, a := range answers {
		switch {
		case a.err != nil:
			return nil, a.err
		case a.offset < 0:
			later = append(later, tp)
		default:
			offsets[tp] = a.offset
		}
	}
	if len(later) == 0 {
		return offsets, nil
	}
	extents, err := c.Extents(ctx, kafkaops.ReadUncommitted, later)
	if err != nil {
		return nil, err
	}
	for tp, x := range extents {
		if x.Err != nil {
			return nil, x.Err
		}
		offsets[tp] = x.End
	}
	return offsets, nil
}
