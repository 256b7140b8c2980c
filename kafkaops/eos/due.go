package eos

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// backlog holds what was read and not yet handled, by partition, where records have a time at which they are due.
type backlog struct {
	o     Options
	epoch int64
	lines map[kafkaops.TopicPartition]*line
	held  int
}

// line is one partition's records, in order.
type line struct {
	records []waiting
	upTo    int64 // what is committed once all are handled: behind the last, or the partition's end
	ended   bool  // upTo is not committed yet
}

type waiting struct {
	kafkaops.Record
	due  time.Time
	cost int
}

// longestWait bounds a wait for what is due, so that new records are seen.
const longestWait = 250 * time.Millisecond

func newBacklog(o Options) *backlog {
	return &backlog{o: o, lines: make(map[kafkaops.TopicPartition]*line)}
}

// clear forgets everything: it will be read again.
func (b *backlog) clear() {
	clear(b.lines)
	b.held = 0
}

// stale says whether what is held is from before a revocation.
func (b *backlog) stale(epoch int64) bool {
	if b.epoch == epoch {
		return false
	}
	for _, l := range b.lines {
		if len(l.records) > 0 || l.ended {
			return true
		}
	}
	return false
}

// add copies a batch, which is of one epoch with what is held.
func (b *backlog) add(in *Batch) {
	b.epoch = in.epoch
	for _, s := range in.Runs {
		l := b.line(s.TopicPartition)
		for i := s.First; i <= s.Last; i++ {
			w := waiting{Record: in.Clone(i)}
			w.due, w.cost = b.o.Due(&w.Record)
			l.records = append(l.records, w)
			b.held++
		}
	}
	for tp, to := range in.Positions {
		l := b.line(tp)
		l.upTo, l.ended = to, true
	}
}

func (b *backlog) line(tp kafkaops.TopicPartition) *line {
	l := b.lines[tp]
	if l == nil {
		l = &line{}
		b.lines[tp] = l
	}
	return l
}

// due takes out what may be handled now, the most urgent first, up to the cost of a transaction. It returns nil when nothing is due, and how
// long that will be so.
func (b *backlog) due(now time.Time) (*Batch, time.Duration) {
	out := &Batch{}
	out.reset()
	out.epoch = b.epoch
	wait := longestWait
	for cost := 0; ; {
		tp, l := b.first()
		if l == nil {
			break
		}
		w := l.records[0]
		if left := w.due.Sub(now); left > 0 {
			wait = min(wait, left)
			break
		}
		if cost += w.cost; cost > b.o.MaxCost && len(out.Records) > 0 {
			break
		}
		l.records = l.records[1:]
		b.held--
		out.Runs = append(out.Runs, Stretch{tp, len(out.Records), len(out.Records)})
		out.Records = append(out.Records, w.Record)
		out.Positions[tp] = w.Offset + 1
	}
	for tp, l := range b.lines {
		if len(l.records) == 0 && l.ended {
			out.Positions[tp], l.ended = l.upTo, false
		}
	}
	if out.empty() {
		return nil, wait
	}
	return out, 0
}

// first finds the partition whose next record is due first.
func (b *backlog) first() (tp kafkaops.TopicPartition, first *line) {
	for p, l := range b.lines {
		if len(l.records) == 0 {
			continue
		}
		if first == nil || l.records[0].due.Before(first.records[0].due) ||
			l.records[0].due.Equal(first.records[0].due) && p.Compare(tp) < 0 {
			tp, first = p, l
		}
	}
	return tp, first
}

// nextDue is next where records have their time.
func (l *Loop) nextDue(stopping, work context.Context) error {
	wait := time.Duration(0)
	b, until := l.backlog.due(time.Now())
	if b == nil {
		wait = until
	}
	if l.backlog.held < l.o.BatchRecords && b == nil {
		if more := l.in.take(stopping, wait); more != nil {
			defer l.in.give(more)
			if l.backlog.stale(more.epoch) { // both are worth nothing now: read again what is still ours
				l.backlog.clear()
				l.in.rewind()
				return errRevoked
			}
			l.backlog.add(more)
			return nil
		}
		return l.troubleDue()
	}
	if b == nil {
		sleep(stopping, wait)
		return l.troubleDue()
	}
	err := l.settle(work, b)
	if err != nil {
		l.backlog.clear() // the rest comes again too
	}
	return err
}

// troubleDue is trouble; what is held goes with what was read.
func (l *Loop) troubleDue() error {
	err := l.trouble()
	if err != nil {
		l.backlog.clear()
	}
	return err
}
