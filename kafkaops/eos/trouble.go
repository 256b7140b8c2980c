package eos

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	backoffLeast = 100 * time.Millisecond
	backoffMost  = 10 * time.Second
	maxFenced    = 3 // times without a commit, then two processes must be sharing the slot
	maxStuck     = 3 // calls left behind without a commit, then the process should end
)

// backoff gives growing pauses with jitter.
type backoff struct{ last time.Duration }

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) next() time.Duration {
	b.last = min(max(backoffLeast, 2*b.last), backoffMost)
	return b.last/2 + rand.N(b.last/2)
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// failed notes a failure and returns the errors that waiting doesn't cure.
func (l *Loop) failed(err error) error {
	if errors.Is(err, errRevoked) {
		l.o.Log.Info("batch aborted", "reason", err.Error())
		return nil
	}
	l.board.update(func(s *State) { s.LastError, s.ErrorAt = err.Error(), time.Now() })
	l.o.Log.Warn("trying again", "error", err.Error(), "class", string(kafkaops.ClassOf(err)))
	switch rdkafka.TxKindOf(err) {
	case rdkafka.TxFenced:
		if l.fenced++; l.fenced >= maxFenced {
			return kafkaops.NewError(kafkaops.Conflict, "consuming as", TransactionalID(l.o.Group, l.o.Slot),
				"give each live worker a slot of its own with --slot", err)
		}
	case rdkafka.TxStuck:
		if l.stuck++; l.stuck >= maxStuck {
			if l.o.Hung != nil {
				l.o.Hung(err)
			}
			return err
		}
	}
	switch kafkaops.ClassOf(err) {
	case kafkaops.Unauthorised, kafkaops.Unauthenticated:
		return err
	}
	return nil
}

// needsNewProducer says whether a transactional failure leaves the producer useless: fenced, fatal, stuck, or timed out.
func needsNewProducer(err error) bool {
	switch rdkafka.TxKindOf(err) {
	case rdkafka.TxFenced, rdkafka.TxFatal, rdkafka.TxStuck:
		return true
	case rdkafka.TxAbortable:
		return false
	}
	return kafkaops.ClassOf(err) == kafkaops.TimedOut
}

// assigned, revoked and lost are called by the membership.
func (l *Loop) assigned(tps []kafkaops.TopicPartition) {
	l.in.assign(tps)
	l.board.update(func(s *State) { s.Rebalances++ })
	l.told()
}

func (l *Loop) revoked(ctx context.Context, tps []kafkaops.TopicPartition) {
	limit, cancel := context.WithTimeout(ctx, l.o.TxTimeout)
	defer cancel()
	l.in.revoke(limit, tps)
	l.told()
}

// lost is revoked without waiting: the partitions are someone else's already, and the broker refuses this member's offsets.
func (l *Loop) lost(tps []kafkaops.TopicPartition) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	l.in.revoke(gone, tps)
	l.told()
}

// told tells of the partitions that the member has now.
func (l *Loop) told() {
	has := l.in.owns()
	l.board.assigned(has)
	l.o.Log.Info("partitions assigned", "partitions", len(has))
	if l.o.OnAssigned != nil {
		l.o.OnAssigned(has)
	}
}
