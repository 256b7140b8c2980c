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
	taken   int   // of records, from the first: they are in the batch that is being handled
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

// due takes what may be handled now, the most urgent first, up to the cost of a transaction. It returns nil when nothing is due, and how
// long that will be so. What it took is held until handled, or until all is cleared.
func (b *backlog) due(now time.Time) (*Batch, time.Duration) {
	out := &Batch{}
	out.reset()
	out.epoch, out.unfinished = b.epoch, make(map[kafkaops.TopicPartition]bool)
	wait := longestWait
	for cost := 0; ; {
		tp, l := b.first()
		if l == nil {
			break
		}
		w := &l.records[l.taken]
		if left := w.due.Sub(now); left > 0 {
			wait = min(wait, left)
			break
		}
		if cost += w.cost; cost > b.o.MaxCost && len(out.Records) > 0 {
			break
		}
		l.taken++
		out.Runs = append(out.Runs, Stretch{tp, len(out.Records), len(out.Records)})
		out.Records = append(out.Records, w.Record)
		out.Positions[tp] = w.Offset + 1
	}
	for tp, l := range b.lines {
		if len(l.records) == l.taken && l.ended {
			out.Positions[tp] = l.upTo
		}
	}
	if out.empty() {
		return nil, wait
	}
	return out, 0
}

// first finds the partition whose next record is due first.
func (b *backlog) first() (tp kafkaops.TopicPartition, first *line) {
	var due time.Time
	for p, l := range b.lines {
		if len(l.records) == l.taken || b.o.OneByOne && l.taken > 0 {
			continue
		}
		at := l.records[l.taken].due
		if first == nil || at.Before(due) || at.Equal(due) && p.Compare(tp) < 0 {
			tp, first, due = p, l, at
		}
	}
	return tp, first
}

// handled lets go of what a committed batch has done. What it left unfinished is the first of its partition again.
func (b *backlog) handled(done *Batch) {
	for tp, at := range done.Positions {
		l := b.lines[tp]
		if l == nil {
			continue // it was cleared: all is read again
		}
		if done.unfinished[tp] {
			l.taken--
			w := &l.records[l.taken]
			w.due, w.cost = b.o.Due(&w.Record)
		}
		l.records, b.held, l.taken = l.records[l.taken:], b.held-l.taken, 0
		if at == l.upTo {
			l.ended = false
		}
	}
}

// nextDue is next where records have their time.
func (l *Loop) nextDue(stopping, work context.Context) error {
	b, wait := l.backlog.due(time.Now())
	if err := l.stock(stopping, wait); err != nil || b == nil {
		return err
	}
	if err := l.settle(work, b); err != nil {
		return err
	}
	l.backlog.handled(b)
	return nil
}

// stock takes in what was read, where there is room, waiting for it at most so long. It does so before each transaction, or a record that
// takes many would keep the others from being seen.
func (l *Loop) stock(stopping context.Context, wait time.Duration) error {
	if l.backlog.held >= l.o.BatchRecords {
		sleep(stopping, wait)
		return l.trouble()
	}
	more := l.in.take(stopping, wait)
	if more == nil {
		return l.trouble()
	}
	defer l.in.give(more)
	if l.backlog.stale(more.epoch) { // both are worth nothing now: read again what is still ours
		l.again()
		return errRevoked
	}
	l.backlog.add(more)
	return nil
}
