package learn

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer/learn/template"
)

const (
	pollWait = 500 * time.Millisecond
	// stride is how many records are mined at once under the lock that questions wait for: about a millisecond.
	stride = 512
	// pause is how long a reader rests after a complaint about a partition; the others' records wait for it in memory.
	pause = 200 * time.Millisecond
)

// reader reads partitions and learns them.
type reader struct {
	l     *Learner
	r     *rdkafka.Reader
	texts bool
}

// run learns until the context ends.
func (r *reader) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.once(ctx); err != nil {
			return endOf(ctx, err)
		}
	}
	return nil
}

// once learns what comes next, if anything does soon.
func (r *reader) once(ctx context.Context) error {
	epoch := r.epoch()
	b, complaint := r.r.Poll(ctx, pollWait)
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Len() > 0 || len(b.Ends()) > 0 {
		if err := r.learn(ctx, b, epoch); err != nil {
			return err
		}
	}
	if complaint != nil { // of a partition: the others go on
		r.l.o.Log.Warn("the seer cannot read a partition", "error", complaint)
		r.l.look()
		sleep(ctx, pause)
	}
	return nil
}

func (r *reader) epoch() int64 {
	r.l.step.Lock()
	defer r.l.step.Unlock()
	return r.l.epoch
}

// learn mines a batch and hands on what is to be indexed. It returns only when that is on its way.
func (r *reader) learn(ctx context.Context, b *rdkafka.Batch, epoch int64) error {
	l := r.l
	l.step.Lock()
	defer l.step.Unlock()
	if l.epoch != epoch {
		return r.again()
	}
	j := job{reached: kafkaops.Offsets{}}
	for _, run := range b.Runs() {
		for first := run.First; first <= run.Last; first += stride {
			l.mineRun(b, run.TopicPartition, first, min(run.Last, first+stride-1), r.texts, &j)
			if len(j.docs) >= maxDocs {
				if err := l.send(ctx, j); err != nil {
					return err
				}
				j = job{reached: kafkaops.Offsets{}}
			}
		}
	}
	l.mu.Lock()
	for _, end := range b.Ends() {
		if p := l.parts[end.TopicPartition]; p != nil && p.reading && end.Offset >= p.next {
			p.next, p.end = end.Offset, max(p.end, end.Offset)
			j.reached[end.TopicPartition] = p.next
		}
	}
	l.changes(&j)
	l.mu.Unlock()
	return l.send(ctx, j)
}

// again reads anew what was read before a topic was forgotten, as it may have been that topic's.
func (r *reader) again() error {
	at := kafkaops.Offsets{}
	r.l.mu.Lock()
	for tp := range r.r.Positions() {
		if p := r.l.parts[tp]; p != nil && p.reading {
			at[tp] = p.next
		}
	}
	r.l.mu.Unlock()
	return r.r.Add(at)
}

// mineRun learns records of one partition.
func (l *Learner) mineRun(b *rdkafka.Batch, tp kafkaops.TopicPartition, first, last int, texts bool, j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.parts[tp]
	if p == nil || !p.reading {
		return
	}
	for i := first; i <= last; i++ {
		o := template.Observation{
			Topic: tp.Topic, Partition: tp.Partition, Offset: b.Offset(i), At: max(0, b.TimestampMillis(i)), Key: b.Key(i), Value: b.Value(i),
		}
		if o.Offset < p.next {
			continue
		}
		p.next = o.Offset + 1
		l.newest = max(l.newest, o.At)
		if texts {
			l.statement(b, i, o, j)
		} else if found := l.miner.Add(o); found != template.Nothing {
			l.texts(o, found, j)
		}
		for _, place := range l.miner.Repeated() {
			j.drop(place)
		}
	}
	p.end = max(p.end, p.next)
	j.reached[tp] = p.next
}

// changes adds to a job what the miner has to say.
func (l *Learner) changes(j *job) {
	j.remove = append(j.remove, l.miner.Removed()...)
	for _, t := range l.miner.Changed() {
		j.add(documentOf(&t))
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
