package eos

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// producer is a transactional producer that is initialised.
type producer interface {
	begin(ctx context.Context) error
	send(ctx context.Context, recs []kafkaops.Record) error
	// reports returns the delivery reports of this transaction since the last call; changed has a token when there may be more.
	reports() []kafkaops.Delivery
	changed() <-chan struct{}
	// sendOffsets reads the group's metadata now: what this member is at this moment is what the broker checks.
	sendOffsets(ctx context.Context, c kafkaops.Commits) error
	commit(ctx context.Context) error
	abort(ctx context.Context) error
	close(ctx context.Context)
}

// errRevoked aborts a batch of which a partition was revoked.
var errRevoked = errors.New("a partition was revoked")

// transaction is the Tx of one batch.
type transaction struct {
	p        producer
	sent     int64
	reported int64
}

func (t *transaction) Produce(ctx context.Context, recs []kafkaops.Record) error {
	if len(recs) == 0 {
		return nil
	}
	t.sent += int64(len(recs)) // each gets a report, whatever send returns
	return t.p.send(ctx, recs)
}

func (t *transaction) Deliver(ctx context.Context) ([]kafkaops.Delivery, error) {
	var got []kafkaops.Delivery
	for {
		more := t.p.reports()
		t.reported += int64(len(more))
		if got = append(got, more...); t.reported >= t.sent {
			slices.SortFunc(got, func(a, b kafkaops.Delivery) int { return cmp.Compare(a.Index, b.Index) })
			return got, nil
		}
		select {
		case <-t.p.changed():
		case <-ctx.Done():
			return got, kafkaops.NewError(kafkaops.TimedOut, "waiting for acknowledgements", "", "check the brokers' health", ctx.Err())
		}
	}
}

// settle waits for what the handler did not wait for; a refused record is an error.
func (t *transaction) settle(ctx context.Context) error {
	reports, err := t.Deliver(ctx)
	if err != nil {
		return err
	}
	for _, d := range reports {
		if d.Err != nil {
			return d.Err
		}
	}
	return nil
}

// transact runs one batch through one transaction. After an error nothing of the batch is committed, except with unknown: then the commit
// itself failed without saying. handling is the handler's context, which ends earlier.
func (l *Loop) transact(ctx, handling context.Context, b *Batch) (unknown bool, err error) {
	began := time.Now()
	limit, cancel := context.WithTimeout(ctx, l.o.TxTimeout)
	defer cancel()
	if err := l.producer.begin(limit); err != nil {
		return false, err
	}
	handling, done := context.WithDeadline(handling, began.Add(l.o.TxTimeout)) // the broker aborts it then
	defer done()
	t := &transaction{p: l.producer}
	b.recall(l.last)
	if err := l.handler.Handle(handling, b, t); err != nil {
		return false, err
	}
	if err := b.check(); err != nil {
		return false, err
	}
	if !l.in.current(b) {
		return false, errRevoked
	}
	// The offsets go while the records are being acknowledged: a round trip less. Nothing is visible before the commit, and a revocation or
	// a refused record still ends in an abort.
	if err := l.producer.sendOffsets(limit, b.commits()); err != nil {
		return false, err
	}
	if err := t.settle(handling); err != nil {
		return false, err
	}
	if err := l.producer.commit(limit); err != nil {
		return rdkafka.TxKindOf(err) != rdkafka.TxAbortable, err
	}
	l.committed(b, began)
	return false, nil
}

// committed tells of a batch that is stored.
func (l *Loop) committed(b *Batch, began time.Time) {
	now := time.Now()
	maps.Copy(l.last, b.commits())
	l.board.positions(b.Positions)
	l.board.update(func(s *State) {
		s.Commits++
		s.Records += int64(len(b.Records))
		s.LastCommit = now
	})
	if l.o.OnCommit != nil {
		l.o.OnCommit(Committed{Records: len(b.Records), Offsets: b.Positions.Clone(), Took: now.Sub(began), At: now})
	}
}
