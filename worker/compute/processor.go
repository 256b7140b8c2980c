package compute

import (
	"context"
	"log/slog"
	"sync"

	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/trace"
)

// work computes batches.
type work interface {
	// do computes a batch into out. It may leave notes in the batch.
	do(ctx context.Context, b *eos.Batch, out *output) error
}

// processor handles batches: what work makes of them is written in their transaction.
type processor struct {
	o     Options
	work  work
	pace  *pacer   // nil: records are taken as they come
	doubt []func() // what was believed is looked at again, see suspect
	book  *deadletter.Book
	meter *meter
	said  complaints

	out   output // of the batch in hand
	from  string // a topic that its dead letters are from
	tries int

	mu    sync.Mutex
	total tally
}

// Handle computes one batch.
func (p *processor) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	if p.tries++; p.tries > 1 {
		p.suspect()
	}
	p.out.reset()
	if len(b.Records) == 0 {
		return nil
	}
	err := p.compute(ctx, b)
	if err == nil && p.o.WriteTo == Kafka {
		err = p.write(ctx, b, tx)
	}
	if err != nil {
		p.suspect() // now: how large the next batch is depends on it
	}
	return err
}

// compute is a span of the transaction's trace.
func (p *processor) compute(ctx context.Context, b *eos.Batch) error {
	ctx, span := trace.Start(ctx, "compute")
	span.Name("job", p.o.Job.Name)
	span.Number("messages", len(b.Records))
	err := p.work.do(ctx, b, &p.out)
	span.Number("rows", int(p.out.rows))
	span.End(err)
	return err
}

// suspect is called when a batch comes again.
func (p *processor) suspect() {
	for _, f := range p.doubt {
		f()
	}
}

func (p *processor) write(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	for topic := range p.out.topics(b) {
		p.from = topic
		if err := p.book.Ensure(ctx, topic); err != nil {
			return err
		}
	}
	return p.out.write(ctx, b, tx, destination{results: p.o.Job.ResultsTopic(), worker: p.o.Worker, attempt: p.tries})
}

// committed is told that the batch in hand is stored.
func (p *processor) committed(c eos.Committed) {
	p.tries = 0
	if c.Records == 0 {
		return
	}
	if p.pace != nil {
		p.pace.learn(p.out.rows, int64(len(p.out.letters)))
	}
	p.out.tally.results = int64(len(p.out.results))
	if p.o.WriteTo == Stdout {
		p.print()
	}
	p.said.tell(p.from, p.out.letters)
	p.meter.observe(c.Took)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total.add(&p.out.tally)
}

// print writes results that are committed, one a line.
func (p *processor) print() {
	for _, result := range p.out.results {
		if _, err := p.o.Out.Write(append(result, '\n')); err != nil {
			p.o.Log.Error("writing results", slog.String("error", err.Error()))
			return
		}
	}
}

func (p *processor) totals() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// tally is what batches came to.
type tally struct {
	messages     int64 // read
	results      int64 // written
	rows         int64
	dead         int64 // rows that can't be read
	leftOut      int64
	late         int64
	unlabelled   int64
	foreign      int64 // chunks of another computation
	deadMessages int64 // chunks and records that went to the dead letters whole
	routed       int64 // copies
	unroutable   int64 // records that could not go to all of their topics
}

func (t *tally) add(o *tally) {
	t.messages += o.messages
	t.results += o.results
	t.rows += o.rows
	t.dead += o.dead
	t.leftOut += o.leftOut
	t.late += o.late
	t.unlabelled += o.unlabelled
	t.foreign += o.foreign
	t.deadMessages += o.deadMessages
	t.routed += o.routed
	t.unroutable += o.unroutable
}

// count adds what became of a partial result's rows.
func (t *tally) count(partial *job.Partial) {
	c := partial.Counts()
	t.rows += c.Rows
	t.dead += c.Dead
	t.leftOut += c.LeftOut
	t.late += c.Late
	t.unlabelled += partial.Unlabelled()
}
