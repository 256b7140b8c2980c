package eos

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func refuse(err error) func(func()) error { return func(func()) error { return err } }

// lateAnswer does what was asked, but the caller is told that it timed out.
func lateAnswer(commit func()) error {
	commit()
	return txError(kafkaops.TimedOut, rdkafka.TxRetriable)
}

func TestEachRecordOnceWhateverFails(t *testing.T) {
	cases := map[string]struct {
		call      string
		do        func(commit func()) error
		producers int // that are made at all
	}{
		"a commit that is refused":              {"commit", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)), 1},
		"a commit that timed out in vain":       {"commit", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable)), 2},
		"a commit that timed out and was done":  {"commit", lateAnswer, 2},
		"a commit that hangs":                   {"commit", refuse(txError(kafkaops.TimedOut, rdkafka.TxStuck)), 2},
		"offsets that are refused":              {"offsets", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)), 1},
		"offsets that timed out":                {"offsets", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable)), 2},
		"offsets that hang":                     {"offsets", refuse(txError(kafkaops.TimedOut, rdkafka.TxStuck)), 2},
		"a producer that is fenced":             {"offsets", refuse(txError(kafkaops.Conflict, rdkafka.TxFenced)), 2},
		"a producer that has failed for good":   {"begin", refuse(txError(kafkaops.Internal, rdkafka.TxFatal)), 2},
		"brokers that are away at the start":    {"init", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable)), 1},
		"trouble with reading":                  {"read", refuse(kafkaops.NewError(kafkaops.NotFound, "reading", "t", "", nil)), 1},
		"an abort that fails, after a failure":  {"abort", refuse(txError(kafkaops.Internal, rdkafka.TxFatal)), 2},
		"a transaction that could not begin":    {"begin", refuse(txError(kafkaops.Unreachable, rdkafka.TxRetriable)), 1},
		"the control: nothing fails, all is in": {"nothing", nil, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(20)
				f.fail(c.call, c.do)
				if c.call == "abort" {
					f.fail("offsets", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)))
				}
				l, err := f.process(t, nil)
				if err != nil {
					t.Fatalf("Run = %v", err)
				}
				if !f.once() || f.committed != 20 {
					t.Errorf("output %v, committed %d", f.output, f.committed)
				}
				if f.producers != c.producers {
					t.Errorf("%d producers were made, want %d", f.producers, c.producers)
				}
				if s := l.State(); s.Records != 20 || s.Phase != Stopped {
					t.Errorf("state %+v", s)
				}
			})
		})
	}
}

// The control of the above: whoever produces outside the transaction has doubles as soon as one fails.
func TestOutsideTheTransactionThereAreDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(20)
		f.fail("commit", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)))
		_, err := f.process(t, HandlerFunc(func(_ context.Context, b *Batch, _ Tx) error {
			for i := range b.Records {
				f.output = append(f.output, string(b.Records[i].Value))
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.output) <= 20 {
			t.Errorf("%d records of 20: this test can't tell", len(f.output))
		}
	})
}

func TestARevokedPartitionAbortsTheBatchInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(20)
		ctx, cancel := context.WithCancel(t.Context())
		o, err := Options{Group: "g", Slot: "s", Topics: []string{"t"}}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		handling, revoked := make(chan struct{}), make(chan struct{})
		l := &Loop{o: o, cluster: f, handler: HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error {
			close(handling)
			<-ctx.Done() // a revocation ends it
			return tx.Produce(ctx, b.Records)
		})}
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx, func() {}) }()
		<-handling
		go func() {
			f.revoke([]kafkaops.TopicPartition{f.tp})
			close(revoked)
		}()
		<-revoked // it returns when the transaction has ended
		if len(f.output) != 0 || f.committed != kafkaops.NoOffset {
			t.Errorf("output %v, committed %d", f.output, f.committed)
		}
		if s := l.State(); s.Aborts != 1 || len(s.Partitions) != 0 {
			t.Errorf("state %+v", s)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWhatWaitingCantCureEndsRun(t *testing.T) {
	cases := map[string]struct {
		err   error
		times int
		class kafkaops.Class
	}{
		"a slot that two processes share": {txError(kafkaops.Conflict, rdkafka.TxFenced), maxFenced, kafkaops.Conflict},
		"calls that keep hanging":         {txError(kafkaops.TimedOut, rdkafka.TxStuck), maxStuck, kafkaops.TimedOut},
		"not authorised":                  {txError(kafkaops.Unauthorised, rdkafka.TxAbortable), 1, kafkaops.Unauthorised},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(20)
				for range c.times {
					f.fail("offsets", refuse(c.err))
				}
				_, err := f.process(t, nil)
				if kafkaops.ClassOf(err) != c.class {
					t.Errorf("Run = %v", err)
				}
				if f.committed != kafkaops.NoOffset || len(f.output) != 0 {
					t.Error("something was committed")
				}
			})
		})
	}
}

func TestTroubleIsSeenWhileItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		for range 5 {
			f.fail("init", refuse(kafkaops.NewError(kafkaops.Unreachable, "connecting", "b", "", errors.New("refused"))))
		}
		ctx, cancel := context.WithCancel(t.Context())
		o, err := Options{Group: "g", Slot: "s", Topics: []string{"t"}}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		l := &Loop{o: o, cluster: f, handler: HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error { return tx.Produce(ctx, b.Records) })}
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx, func() {}) }()
		synctest.Wait()
		if s := l.State(); s.Phase != BackOff || s.RetryAt.IsZero() || s.LastError == "" {
			t.Errorf("state %+v", s)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		if s := l.State(); s.Phase != Running || s.Records != 1 || s.LastError == "" {
			t.Errorf("state after the trouble %+v", s)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
