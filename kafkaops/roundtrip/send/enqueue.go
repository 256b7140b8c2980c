package send

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// A slice must be sent within a transaction of about 50 ms, and fit in a record of krapp.work.
const (
	sliceTime  = 50 * time.Millisecond
	sliceBytes = 2 << 20   // of messages; 40 MB/s is what one producer reaches easily
	fastSlice  = 5000      // messages, where no rate holds it back
	linesBytes = 512 << 10 // of lines inside the slice itself
	atOnce     = 200       // slices written together
)

// Lines gives the messages of a file one by one, and io.EOF or another error when there are no more; *roundtrip.Lines is one.
type Lines interface{ Next() (string, error) }

// Enqueue hands the run to the produce workers: it writes its slices to krapp.work, each due when the rate says so. lines is nil unless the
// run is from a file. It returns when all slices are stored; the workers may be sending already. Its heartbeats say how many messages are
// enqueued, so that a run whose slices were never all written can be told from one whose workers are slow.
func Enqueue(ctx context.Context, client Client, run roundtrip.Run, lines Lines, progress func(Progress)) error {
	e := &enqueuer{client: client, run: run, lines: lines}
	if err := e.prepare(ctx); err != nil {
		return err
	}
	j := newJournal(client, run, ulid.Make().String(), wire.SenderEnqueuing, progress)
	if err := j.write(ctx, nil); err != nil {
		return err
	}
	cancels := NewCancels(client, run.Ends)
	failure := e.all(ctx, j, cancels)
	state, err := outcome(failure)
	if state == wire.SenderDone {
		state = wire.SenderEnqueued
	}
	j.end(state, err)
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer stop()
	if wrote := j.write(last, nil); err == nil {
		err = wrote
	}
	return err
}

type enqueuer struct {
	client     Client
	run        roundtrip.Run
	lines      Lines
	partitions int32 // of krapp.work
	perSlice   int64
	next       int64 // the first message not yet in a slice
	slices     int64
	start      time.Time
	held       string // a line read that did not fit the slice before
}

func (e *enqueuer) prepare(ctx context.Context) error {
	if (e.run.File != "") != (e.lines != nil) {
		return kafkaops.Errorf(kafkaops.Invalid, "enqueuing run", e.run.ID, "", "lines are for a run from a file, and only for that")
	}
	topics, err := e.client.DescribeTopics(ctx, roundtrip.WorkTopic)
	if err != nil {
		return err
	}
	if len(topics) != 1 || topics[0].Err != nil || len(topics[0].Partitions) == 0 {
		return kafkaops.Errorf(kafkaops.Unavailable, "enqueuing run", e.run.ID, "register the run first", "%s can't be written to", roundtrip.WorkTopic)
	}
	e.partitions = int32(len(topics[0].Partitions))
	e.start = time.Now()
	e.perSlice = fastSlice
	if e.run.Rate > 0 {
		e.perSlice = int64(max(1, min(wire.MaxSlice, e.run.Rate*sliceTime.Seconds())))
	}
	if e.lines == nil {
		sample, err := message.Preview(e.run.Source(), 1, e.start)
		if err != nil {
			return kafkaops.NewError(kafkaops.Invalid, "enqueuing run", e.run.ID, "", err)
		}
		size := int64(len(sample[0].Key) + len(sample[0].Value) + 100)
		e.perSlice = max(1, min(e.perSlice, sliceBytes/size))
	}
	return nil
}

func (e *enqueuer) all(ctx context.Context, j *journal, cancels *Cancels) error {
	beaten := time.Now()
	for e.next < e.run.Count {
		if err := ctx.Err(); err != nil {
			return err
		}
		records, err := e.some()
		if err != nil {
			return err
		}
		j.sent(records)
		deliveries, err := e.client.ProduceSync(ctx, records)
		if err != nil {
			return err
		}
		for _, d := range deliveries {
			if d.Err != nil {
				return d.Err
			}
		}
		j.reached(e.next)
		if time.Since(beaten) < beat {
			continue
		}
		beaten = time.Now()
		if err := j.write(ctx, nil); err != nil {
			return err
		}
		if err := cancels.Refresh(ctx); err == nil && cancels.Cancelled(e.run.ID) {
			return errCancelled
		}
	}
	return nil
}

// some makes the records of the next slices.
func (e *enqueuer) some() ([]kafkaops.Record, error) {
	var out []kafkaops.Record
	size := 0
	for len(out) < atOnce && size < 4*linesBytes && e.next < e.run.Count {
		slice, err := e.slice()
		if err != nil {
			return nil, err
		}
		value, err := wire.EncodeSlice(slice)
		if err != nil {
			return nil, kafkaops.NewError(kafkaops.Internal, "enqueuing run", e.run.ID, "", err)
		}
		out = append(out, kafkaops.Record{
			Topic: roundtrip.WorkTopic, Partition: int32(e.slices % int64(e.partitions)), Key: []byte(e.run.ID), Value: value,
		})
		size += len(value)
		e.slices++
		e.next = slice.Last + 1
	}
	return out, nil
}

func (e *enqueuer) slice() (wire.Slice, error) {
	run := e.run
	run.Ends = nil // the worker has no use for them
	s := wire.Slice{Run: run, First: e.next, Last: min(e.run.Count, e.next+e.perSlice) - 1}
	if e.run.Rate > 0 {
		p := pace{start: e.start, rate: e.run.Rate}
		s.NotBefore = p.at(s.First).UTC()
	}
	if e.lines == nil {
		return s, nil
	}
	for size := 0; int64(len(s.Lines)) < s.Last-s.First+1; {
		line := e.held
		if line == "" {
			var err error
			if line, err = e.lines.Next(); err != nil {
				return s, fmt.Errorf("reading message %d: %w", s.First+int64(len(s.Lines)), err)
			}
		}
		e.held = ""
		if size += len(line); size > linesBytes && len(s.Lines) > 0 {
			e.held = line
			break
		}
		s.Lines = append(s.Lines, line)
	}
	s.Last = s.First + int64(len(s.Lines)) - 1
	return s, nil
}
