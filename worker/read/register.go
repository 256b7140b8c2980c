package read

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

const (
	registerTries = 30
	registerLimit = 30 * time.Second // of one try
	registerWait  = 2 * time.Second  // between two, at most
)

// registrar registers sources, each once, whoever else does the same.
type registrar struct {
	client *rdkafka.Client
	job    *job.Job
	worker string
	now    func() time.Time
	log    *slog.Logger
}

// TransactionalID is the id of those who register sources of a job: the latest fences the others, who begin again.
func TransactionalID(jobName string) string { return "krapp-register-" + jobName }

// register writes the missing sources of the book. again: those that failed are to be tried once more. It returns up to where the sources
// topic is in the book.
func (r *registrar) register(ctx context.Context, b *book, again bool) (kafkaops.Offsets, error) {
	wait := 20 * time.Millisecond
	for try := 1; ; try++ {
		upTo, err := r.try(ctx, b, again)
		if err == nil || ctx.Err() != nil {
			return upTo, err
		}
		switch kafkaops.ClassOf(err) {
		case kafkaops.Unauthorised, kafkaops.Unauthenticated, kafkaops.Invalid:
			return nil, err
		}
		if try == registerTries {
			return nil, kafkaops.NewError(kafkaops.ClassOf(err), "registering the sources of", r.job.Name, "try again in a moment", err)
		}
		r.log.Info("registering sources again", "error", err.Error())
		if !sleep(ctx, wait/2+rand.N(wait)) {
			return nil, err
		}
		wait = min(2*wait, registerWait)
	}
}

// try looks first without disturbing anybody; if something is missing it looks again as the only one who may write.
func (r *registrar) try(ctx context.Context, b *book, again bool) (kafkaops.Offsets, error) {
	ctx, cancel := context.WithTimeout(ctx, registerLimit)
	defer cancel()
	upTo, err := r.read(ctx, b)
	if err != nil || len(b.missing(again)) == 0 {
		return upTo, err
	}
	p, err := r.client.NewProducer(ctx, rdkafka.ProducerOptions{TransactionalID: TransactionalID(r.job.Name), Linger: -1, QueueBytes: 8 << 20})
	if err != nil {
		return nil, err
	}
	var reports sync.WaitGroup
	var refused error
	reports.Go(func() {
		for list := range p.Deliveries() {
			for _, d := range list {
				if d.Err != nil {
					refused = d.Err
				}
			}
		}
	})
	err = r.write(ctx, p, b, again)
	short, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	_ = p.Close(short) // what was committed is, what wasn't is aborted by the next one
	reports.Wait()
	if err != nil {
		return nil, errors.Join(err, refused)
	}
	return upTo, nil
}

func (r *registrar) write(ctx context.Context, p *rdkafka.Producer, b *book, again bool) error {
	if err := p.InitTransactions(ctx); err != nil {
		return err
	}
	if _, err := r.read(ctx, b); err != nil {
		return err
	}
	states := b.missing(again)
	if len(states) == 0 {
		return nil
	}
	partitions, err := partitionsOf(ctx, r.client, r.job.SourcesTopic())
	if err != nil {
		return err
	}
	recs := make([]kafkaops.Record, len(states))
	for i, s := range states {
		s.Job, s.Worker, s.At = r.job.Name, r.worker, r.now().UTC()
		value, err := job.EncodeState(s)
		if err != nil {
			return err
		}
		recs[i] = kafkaops.Record{Topic: r.job.SourcesTopic(), Partition: partitionFor(s.ID, partitions), Key: []byte(s.ID), Value: value}
	}
	if err := p.Begin(ctx); err != nil {
		return err
	}
	if err := p.Send(ctx, recs, 0); err != nil {
		return err
	}
	if err := p.Commit(ctx); err != nil {
		return err
	}
	for i := range recs {
		b.note(r.job.Name, recs[i].Value)
	}
	r.log.Info("sources registered", "sources", len(recs))
	return nil
}

// read takes the whole topic into the book. It reads up to the end that includes open transactions and so waits for these: what one of them
// holds back may be the very source that is asked for.
func (r *registrar) read(ctx context.Context, b *book) (kafkaops.Offsets, error) {
	extents, err := r.client.TopicExtents(ctx, kafkaops.ReadUncommitted, r.job.SourcesTopic())
	if err != nil {
		return nil, err
	}
	for _, x := range extents {
		if x.Err != nil {
			return nil, x.Err
		}
	}
	return r.client.Scan(ctx, rdkafka.ScanSpec{From: extents.Starts(), To: extents.Ends(), NoHeaders: true}, func(batch *rdkafka.Batch) error {
		for i := range batch.Len() {
			b.note(r.job.Name, batch.Value(i))
		}
		return nil
	})
}
