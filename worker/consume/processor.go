package consume

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/worker/deadletter"
)

// processor handles batches: good records are noted, bad ones are dead-lettered, and the reports of both are produced with them.
type processor struct {
	valid  validator // nil: all are good
	topics *deadletter.Book
	acc    *done.Accumulator
	recent *recent
	now    func() time.Time

	ctx      context.Context // of the batch in hand, for the accumulator's questions
	rejected []kafkaops.Record
	from     map[string]bool // topics of the rejected
	count    counts          // of the batch in hand
	tries    int             // of the batch in hand
	reported time.Time
	lag      time.Duration // from the reports to their being visible, smoothed

	mu    sync.Mutex
	total counts
}

// counts is what was done since the start, committed.
type counts struct{ consumed, rejected int64 }

func newProcessor(valid validator, topics *deadletter.Book, keep *recent, o done.Options) *processor {
	p := &processor{valid: valid, topics: topics, recent: keep, now: time.Now, from: make(map[string]bool), lag: 20 * time.Millisecond}
	o.TopicID = func(topic string) string { return p.topics.ID(p.ctx, topic) }
	p.acc = done.New(o)
	return p
}

// Handle processes one batch.
func (p *processor) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	p.ctx, p.count = ctx, counts{consumed: int64(len(b.Records))}
	p.tries++
	p.acc.Reset()
	p.rejected = p.rejected[:0]
	clear(p.from)
	p.sift(b)
	p.count.rejected = int64(len(p.rejected))
	if err := p.bury(ctx, tx); err != nil {
		p.topics.Forget() // a dead-letter topic may have been deleted
		return err
	}
	p.recent.hold(b)
	if p.acc.Empty() {
		return nil
	}
	p.reported = p.now()
	reports, err := p.acc.Records(p.reported.Add(p.lag))
	if err != nil {
		return err
	}
	return tx.Produce(ctx, reports)
}

// sift tells good records from bad ones.
func (p *processor) sift(b *eos.Batch) {
	if p.valid == nil {
		for i := range b.Records {
			p.acc.Add(&b.Records[i])
		}
		return
	}
	for i := range b.Records {
		r := &b.Records[i]
		reason := p.valid(r)
		if reason == "" {
			p.acc.Add(r)
			continue
		}
		p.acc.Reject(r)
		p.from[r.Topic] = true
		p.rejected = append(p.rejected, deadletter.Letter(r, reason, p.tries))
	}
}

// bury sends the rejected records to the dead letters.
func (p *processor) bury(ctx context.Context, tx eos.Tx) error {
	for topic := range p.from {
		if err := p.topics.Ensure(ctx, topic); err != nil {
			return err
		}
	}
	return tx.Produce(ctx, p.rejected)
}

// committed is told that the batch in hand is stored.
func (p *processor) committed(c eos.Committed) {
	p.tries = 0
	if !p.reported.IsZero() {
		p.lag += (c.At.Sub(p.reported) - p.lag) / 8
		p.reported = time.Time{}
	}
	p.mu.Lock()
	p.total.consumed += int64(c.Records)
	p.total.rejected += p.count.rejected
	p.mu.Unlock()
	p.recent.release()
}

func (p *processor) counts() counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}
