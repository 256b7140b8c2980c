package rdkafka

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// ScanRecords is Scan for callers that know nothing of this package's batches: it reads every record in [from, to) of the partitions in from
// and returns the position reached on each. A partition absent in to is read to its end. It never waits for a transaction that is open: with
// ReadCommitted it ends at the last stable offset even if to is past it. The records and what they hold are valid only during each.
func (c *Client) ScanRecords(
	ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	if len(to) > 0 {
		extents, err := c.Extents(ctx, iso, from.Partitions())
		if err != nil {
			return from.Clone(), err
		}
		to = to.Clone()
		for tp, end := range to {
			if x, ok := extents[tp]; ok && x.Err == nil {
				to[tp] = min(end, x.End)
			}
		}
	}
	var records []kafkaops.Record
	var headers []kafkaops.Header
	return c.Scan(ctx, ScanSpec{From: from, To: to, Isolation: iso}, func(b *Batch) error {
		records, headers = records[:0], headers[:0]
		for _, run := range b.Runs() {
			for i := run.First; i <= run.Last; i++ {
				first := len(headers)
				for n := range b.HeaderCount(i) {
					key, value := b.HeaderAt(i, n)
					headers = append(headers, kafkaops.Header{Key: key, Value: value})
				}
				records = append(records, b.borrowed(i, run.TopicPartition, headers[first:len(headers):len(headers)]))
			}
		}
		return each(records)
	})
}

// borrowed is record i without copies: what it holds is valid as long as the batch.
func (b *Batch) borrowed(i int, tp kafkaops.TopicPartition, headers []kafkaops.Header) kafkaops.Record {
	r := kafkaops.Record{
		Topic: tp.Topic, Partition: tp.Partition, Offset: b.Offset(i), TimestampKind: kafkaops.TimestampKind(b.records[i].timestamp_kind),
		Key: b.Key(i), Value: b.Value(i),
	}
	if len(headers) > 0 {
		r.Headers = headers
	}
	if r.TimestampKind != kafkaops.NoTimestamp {
		r.Timestamp = time.UnixMilli(b.TimestampMillis(i))
	}
	return r
}
