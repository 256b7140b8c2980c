package messages

import (
	"context"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error)
	OffsetsAt(ctx context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error)
	// ScanRecords hands out every record in [from, to) of the partitions; what it hands out is valid only during the call.
	ScanRecords(ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error) (kafkaops.Offsets, error)
	// Follow hands out what comes from those offsets on, until ctx ends.
	Follow(ctx context.Context, topics []string, from kafkaops.Offsets, each func([]kafkaops.Record) error) error
}

// reader reads windows of a topic, read-committed.
type reader struct {
	client    Client
	topic     string
	partition int32 // kafkaops.AnyPartition: all
}

// window is messages that follow one another: all there are between lo and hi, of each partition.
type window struct {
	rows   []*row // oldest first
	lo, hi kafkaops.Offsets
	unread []int32 // partitions that could not be read
}

// extents are those of the partitions wanted. Those that can't be read are listed apart: the others can still be shown.
func (r reader) extents(ctx context.Context) (kafkaops.Extents, []int32, error) {
	all, err := r.client.TopicExtents(ctx, kafkaops.ReadCommitted, r.topic)
	if err != nil {
		return nil, nil, err
	}
	var unread []int32
	var failed error
	for _, tp := range all.Partitions() {
		switch {
		case r.partition != kafkaops.AnyPartition && tp.Partition != r.partition:
			delete(all, tp)
		case all[tp].Err != nil:
			unread, failed = append(unread, tp.Partition), all[tp].Err
			delete(all, tp)
		}
	}
	switch {
	case len(all) > 0:
		return all, unread, nil
	case failed != nil:
		return nil, nil, failed
	}
	return nil, nil, kafkaops.Errorf(kafkaops.NotFound, "reading", r.topic, "Press # and give a partition that there is, or nothing for all.", "there is no partition %d", r.partition)
}

// before reads the n newest messages before the offsets hi.
func (r reader) before(ctx context.Context, extents kafkaops.Extents, hi kafkaops.Offsets, n int) (window, error) {
	parts := map[kafkaops.TopicPartition][]*row{}
	at := hi.Clone()
	// Offsets have gaps, so that n of them can hold fewer than n messages: reach back further until there are enough.
	for reach := int64(n); ; reach *= 4 {
		from, to := kafkaops.Offsets{}, kafkaops.Offsets{}
		for tp, x := range extents {
			if len(parts[tp]) < n && at[tp] > x.Start {
				from[tp], to[tp] = max(x.Start, at[tp]-reach), at[tp]
			}
		}
		if len(from) == 0 {
			break
		}
		read, err := r.scan(ctx, from, to, func(rows []*row) []*row { return rows[max(0, len(rows)-n):] })
		if err != nil {
			return window{}, err
		}
		for tp, offset := range from {
			all := slices.Concat(read[tp], parts[tp])
			parts[tp], at[tp] = all[max(0, len(all)-n):], offset
		}
	}
	rows := merge(parts, n, true)
	slices.Reverse(rows)
	return bounded(rows, hi, hi), nil
}

// after reads the n oldest messages from the offsets lo on.
func (r reader) after(ctx context.Context, extents kafkaops.Extents, lo kafkaops.Offsets, n int) (window, error) {
	parts := map[kafkaops.TopicPartition][]*row{}
	at := lo.Clone()
	for reach := int64(n); ; reach *= 4 {
		from, to := kafkaops.Offsets{}, kafkaops.Offsets{}
		for tp, x := range extents {
			if len(parts[tp]) < n && at[tp] < x.End {
				from[tp], to[tp] = max(x.Start, at[tp]), min(x.End, max(x.Start, at[tp])+reach)
			}
		}
		if len(from) == 0 {
			break
		}
		read, err := r.scan(ctx, from, to, func(rows []*row) []*row { return rows[:min(len(rows), n)] })
		if err != nil {
			return window{}, err
		}
		for tp, offset := range to {
			all := slices.Concat(parts[tp], read[tp])
			parts[tp], at[tp] = all[:min(len(all), n)], offset
		}
	}
	return bounded(merge(parts, n, false), lo, lo), nil
}

// scan reads ranges and keeps of each partition what keep says, now and then, so that memory stays bounded.
func (r reader) scan(
	ctx context.Context, from, to kafkaops.Offsets, keep func([]*row) []*row,
) (map[kafkaops.TopicPartition][]*row, error) {
	parts := map[kafkaops.TopicPartition][]*row{}
	_, err := r.client.ScanRecords(ctx, from, to, kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			tp := records[i].TopicPartition()
			parts[tp] = append(parts[tp], rowOf(&records[i]))
			if len(parts[tp]) >= 2*maxRows {
				parts[tp] = slices.Clone(keep(parts[tp]))
			}
		}
		return nil
	})
	for tp, rows := range parts {
		parts[tp] = keep(rows)
	}
	return parts, err
}

// bounded makes the window of rows: a partition without rows stays where it was.
func bounded(rows []*row, lo, hi kafkaops.Offsets) window {
	w := window{rows: rows, lo: lo.Clone(), hi: hi.Clone()}
	seen := map[kafkaops.TopicPartition]bool{}
	for _, r := range rows {
		if !seen[r.tp] {
			w.lo[r.tp], seen[r.tp] = r.offset, true
		}
		w.lo[r.tp] = min(w.lo[r.tp], r.offset)
		w.hi[r.tp] = max(w.hi[r.tp], r.offset+1)
	}
	return w
}

// at reads the window that a place names; n is how many messages it should hold.
func (r reader) at(ctx context.Context, p place, n int) (window, error) {
	extents, unread, err := r.extents(ctx)
	if err != nil {
		return window{}, err
	}
	var w window
	switch p.kind {
	case atStart:
		w, err = r.after(ctx, extents, extents.Starts(), n)
	case atOffset:
		var lo kafkaops.Offsets
		if lo, err = offsetIn(extents, p); err == nil {
			w, err = r.after(ctx, extents, lo, n)
		}
	case atTime:
		var lo kafkaops.Offsets
		if lo, err = r.client.OffsetsAt(ctx, p.when, extents.Partitions()); err == nil {
			w, err = r.after(ctx, extents, lo, n)
		}
	case lastFew:
		w, err = r.before(ctx, extents, extents.Ends(), p.count)
	default:
		w, err = r.before(ctx, extents, extents.Ends(), n)
	}
	w.unread = unread
	return w, err
}

// offsetIn is an offset in each partition. One that no partition reaches is an error; one before the start begins at the start.
func offsetIn(extents kafkaops.Extents, p place) (kafkaops.Offsets, error) {
	lo, reached, end := kafkaops.Offsets{}, false, int64(0)
	for tp, x := range extents {
		lo[tp] = min(max(p.offset, x.Start), x.End)
		reached = reached || p.offset <= x.End
		end = max(end, x.End)
	}
	if !reached {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "going to", p.String(), "Press o and give an offset before the end.", "the end is at %d", end)
	}
	return lo, nil
}
