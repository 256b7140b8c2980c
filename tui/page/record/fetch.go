package record

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	// Fetch reads up to max records from an offset on, as far as they exist.
	Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, max int) ([]kafkaops.Record, error)
	// ScanRecords hands out every record in [from, to) of the partitions; what it hands out is valid only during the call.
	ScanRecords(ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error) (kafkaops.Offsets, error)
	Extents(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error)
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
}

const timeout = 15 * time.Second

// found is a record with what surrounds it.
type found struct {
	record kafkaops.Record
	extent kafkaops.Extent
	leader int32 // −1: none; −2: not known
}

const unknownLeader = -2

type fetcher struct {
	client Client
	tp     kafkaops.TopicPartition
}

func (f fetcher) name() string { return fmt.Sprintf("%s/%d", f.tp.Topic, f.tp.Partition) }

// at reads the record at an offset; where that holds none (a gap, a transaction marker, deleted), the first one after it.
func (f fetcher) at(ctx context.Context, offset int64) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	extent, err := f.extent(ctx)
	if err != nil {
		return found{}, err
	}
	records, err := f.client.Fetch(ctx, f.tp, offset, 1)
	if err != nil {
		return found{}, err
	}
	if len(records) == 0 {
		return found{}, f.missing("after offset %d; the partition ends at %d", offset, extent.End)
	}
	return f.with(ctx, records[0], extent), nil
}

func (f fetcher) missing(format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.NotFound, "reading", f.name(), "Press Esc and choose another message.", "there is no record "+format, args...)
}

// before reads the last record before an offset. Offsets have gaps: it reaches back further until there is one.
func (f fetcher) before(ctx context.Context, offset int64) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	extent, err := f.extent(ctx)
	if err != nil {
		return found{}, err
	}
	for reach, hi := int64(1), offset; hi > extent.Start; reach *= 4 {
		lo := max(extent.Start, hi-reach)
		last, err := f.last(ctx, lo, hi)
		if err != nil {
			return found{}, err
		}
		if last != nil {
			return f.with(ctx, *last, extent), nil
		}
		hi = lo
	}
	return found{}, f.missing("before offset %d: it is the partition's first", offset)
}

// last is the last record in [lo, hi), nil when there is none. Of the others nothing is kept, however large they are.
func (f fetcher) last(ctx context.Context, lo, hi int64) (*kafkaops.Record, error) {
	var last *kafkaops.Record
	from, to := kafkaops.Offsets{f.tp: lo}, kafkaops.Offsets{f.tp: hi}
	_, err := f.client.ScanRecords(ctx, from, to, kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		if len(records) > 0 {
			r := clone(records[len(records)-1])
			last = &r
		}
		return nil
	})
	return last, err
}

// clone copies what a record points to; nil stays nil.
func clone(r kafkaops.Record) kafkaops.Record {
	r.Key, r.Value, r.Headers = bytes.Clone(r.Key), bytes.Clone(r.Value), slices.Clone(r.Headers)
	for i, h := range r.Headers {
		r.Headers[i] = kafkaops.Header{Key: strings.Clone(h.Key), Value: bytes.Clone(h.Value)}
	}
	return r
}

func (f fetcher) extent(ctx context.Context) (kafkaops.Extent, error) {
	extents, err := f.client.Extents(ctx, kafkaops.ReadCommitted, []kafkaops.TopicPartition{f.tp})
	if err != nil {
		return kafkaops.Extent{}, err
	}
	x := extents[f.tp]
	return x, x.Err
}

// with adds the leader, if it can be had: the record does not depend on it.
func (f fetcher) with(ctx context.Context, r kafkaops.Record, x kafkaops.Extent) found {
	got := found{record: r, extent: x, leader: unknownLeader}
	topics, err := f.client.DescribeTopics(ctx, f.tp.Topic)
	if err != nil || len(topics) == 0 {
		return got
	}
	for _, p := range topics[0].Partitions {
		if p.ID == f.tp.Partition {
			got.leader = p.Leader
		}
	}
	return got
}
