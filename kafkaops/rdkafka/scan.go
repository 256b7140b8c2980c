package rdkafka

import (
	"context"
	"errors"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// defaultStall is how long a scan waits without any progress.
const defaultStall = 30 * time.Second

// ScanSpec says what to read.
type ScanSpec struct {
	From      kafkaops.Offsets // inclusive; an offset before the start means the start
	To        kafkaops.Offsets // exclusive; a partition that is absent is read to its end at the start of the scan
	Isolation kafkaops.Isolation
	MaxBatch  int           // records a batch, at most and by default 10,000
	NoHeaders bool          // leave headers out, which is faster
	Stall     time.Duration // give up after so long without progress; 0 means 30 s
}

// errEnough ends a scan early without being an error.
var errEnough = errors.New("enough")

// Scan reads each partition of From up to To and hands the records to each, batch by batch, in each partition's order. It ends when every
// partition has reached its To, also where that lies behind transaction markers, aborted records or compacted gaps. A To beyond the end
// is waited for; with ReadCommitted and To at the high watermark, that waits for the transactions which are open below it. It returns the
// next offset of every partition, with an error too: a scan can be taken up again there. An error of each ends the scan and is returned.
func (c *Client) Scan(ctx context.Context, s ScanSpec, each func(*Batch) error) (kafkaops.Offsets, error) {
	const op = "reading"
	reached := s.From.Clone()
	if len(s.From) == 0 {
		return reached, nil
	}
	extents, err := c.Extents(ctx, s.Isolation, s.From.Partitions())
	if err != nil {
		return reached, err
	}
	open := kafkaops.Offsets{} // the partitions still to be read, with their ends
	start := kafkaops.Offsets{}
	for tp, x := range extents {
		if x.Err != nil {
			return reached, x.Err
		}
		to, bounded := s.To[tp]
		if !bounded {
			to = x.End
		}
		from := max(s.From[tp], x.Start)
		reached[tp] = from
		if from < to {
			open[tp], start[tp] = to, from
		}
	}
	if len(open) == 0 {
		return reached, nil
	}
	r, err := c.scanReader(ctx, s)
	if err != nil {
		return reached, err
	}
	defer c.giveBack(r)
	if err := r.Add(start); err != nil {
		return reached, err
	}
	err = r.scan(ctx, s, open, reached, each)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return reached, c.fail(op, c.brokers(), err)
}

// scanReader borrows a reader with the scan's settings.
func (c *Client) scanReader(ctx context.Context, s ScanSpec) (*Reader, error) {
	r, err := c.borrow(ctx, s.Isolation)
	if err != nil {
		return nil, err
	}
	r.configure(s.MaxBatch, s.NoHeaders)
	return r, nil
}

// scan polls until open is empty. It keeps reached up to date.
func (r *Reader) scan(ctx context.Context, s ScanSpec, open, reached kafkaops.Offsets, each func(*Batch) error) error {
	stall := s.Stall
	if stall <= 0 {
		stall = defaultStall
	}
	progress := time.Now()
	for len(open) > 0 {
		b, err := r.Poll(ctx, time.Second)
		if err != nil {
			return err
		}
		if b.Len() == 0 && len(b.ends) == 0 {
			if time.Since(progress) > stall {
				return kafkaops.Errorf(kafkaops.TimedOut, "reading", nameOf(open.Partitions()[0]),
					"check the partition's leader, and for transactions left open", "no progress for %s", stall)
			}
			continue
		}
		progress = time.Now()
		r.cut(b, open)
		if b.Len() > 0 {
			if err := each(b); err != nil {
				return err
			}
		}
		r.finish(b, open, reached)
	}
	return nil
}

// cut drops records at or behind their partition's end.
func (r *Reader) cut(b *Batch, open kafkaops.Offsets) {
	for _, run := range b.runs {
		if to, reading := open[run.TopicPartition]; !reading || b.Offset(run.Last) >= to {
			b.keep(func(tp kafkaops.TopicPartition, offset int64) bool {
				to, reading := open[tp]
				return reading && offset < to
			})
			return
		}
	}
}

// finish notes how far each partition has been read, and stops reading those that are done.
func (r *Reader) finish(b *Batch, open, reached kafkaops.Offsets) {
	var done []kafkaops.TopicPartition
	for tp, at := range r.Positions() {
		to, reading := open[tp]
		if !reading {
			continue
		}
		reached[tp] = min(at, to)
		if at >= to {
			done = append(done, tp)
			delete(open, tp)
		}
	}
	if len(open) > 0 {
		r.Remove(done...)
	}
}

// firsts returns the timestamp of the first record of each partition between from and to; partitions where none could be had are absent.
func (c *Client) firsts(ctx context.Context, from, to kafkaops.Offsets) (map[kafkaops.TopicPartition]time.Time, error) {
	found := make(map[kafkaops.TopicPartition]time.Time, len(from))
	_, err := c.Scan(ctx, ScanSpec{From: from, To: to, NoHeaders: true, Stall: 2 * time.Second}, func(b *Batch) error {
		for _, run := range b.Runs() {
			if _, have := found[run.TopicPartition]; !have {
				found[run.TopicPartition] = time.UnixMilli(b.TimestampMillis(run.First))
			}
		}
		if len(found) == len(from) {
			return errEnough
		}
		return nil
	})
	if kafkaops.ClassOf(err) == kafkaops.TimedOut {
		return found, nil
	}
	return found, err
}
