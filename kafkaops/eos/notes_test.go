package eos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// atOnce is Due for records that need not wait.
func atOnce(*kafkaops.Record) (time.Time, int) { return time.Time{}, 1 }

// stepsOf is what Steps produces of the fake's records.
func stepsOf(records, each int) []string {
	var want []string
	for i := range records {
		for step := range each {
			want = append(want, fmt.Sprintf("%d.%d", i, step))
		}
	}
	return want
}

const (
	longRecords = 4
	longSteps   = 3
)

// faultsAt are things that go wrong in the transaction after so many good ones.
func faultsAt(f *fake, s *Steps, after int) map[string]func() {
	at := func(call string, do func(func()) error) func() { return func() { f.failAt(call, after, do) } }
	handling := func(do func(ctx context.Context) error) func() {
		return func() {
			calls := 0
			s.Send = func(ctx context.Context, tx Tx, recs []kafkaops.Record) error {
				err := tx.Produce(ctx, recs)
				if calls++; calls == after+1 {
					err = do(ctx)
				}
				return err
			}
		}
	}
	return map[string]func(){
		"nothing":                              func() {},
		"a handler's error":                    handling(func(context.Context) error { return errors.New("boom") }),
		"offsets that are refused":             at("offsets", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable))),
		"offsets that timed out":               at("offsets", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable))),
		"a commit that is refused":             at("commit", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable))),
		"a commit that timed out in vain":      at("commit", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable))),
		"a commit that timed out and was done": at("commit", lateAnswer),
		"a producer that is fenced":            at("offsets", refuse(txError(kafkaops.Conflict, rdkafka.TxFenced))),
		"trouble with reading":                 at("read", refuse(kafkaops.NewError(kafkaops.NotFound, "reading", "t", "", nil))),
		"a revocation, and it comes back": handling(func(ctx context.Context) error {
			go func() {
				f.revoke([]kafkaops.TopicPartition{f.tp})
				f.assign([]kafkaops.TopicPartition{f.tp})
			}()
			<-ctx.Done()
			return nil // the loop knows better
		}),
	}
}

func TestEachStepOfALongRecordOnceWhateverFails(t *testing.T) {
	for after := range longRecords * longSteps {
		for name := range faultsAt(newFake(0), &Steps{}, 0) {
			t.Run(fmt.Sprintf("%s, transaction %d", name, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, s := newFake(longRecords), &Steps{Each: longSteps}
					faultsAt(f, s, after)[name]()
					l, err := f.processAs(t, Options{Due: atOnce, OneByOne: true}, s)
					if err != nil {
						t.Fatalf("Run = %v", err)
					}
					if !slices.Equal(f.output, stepsOf(longRecords, longSteps)) || f.committed != longRecords || f.note != "" {
						t.Errorf("output %v, committed %d, note %q", f.output, f.committed, f.note)
					}
					if got := l.State(); got.Commits != longRecords*longSteps {
						t.Errorf("state %+v", got)
					}
				})
			})
		}
	}
}

// The controls of the above: it can tell a note that is not in the transaction, and output that is not.
func TestOutsideTheTransactionLongRecordsAreWrong(t *testing.T) {
	outside := map[string]func(*fake, *Steps){
		"the note": func(_ *fake, s *Steps) {
			kept := ""
			s.At = func(*Batch, kafkaops.TopicPartition) string { return kept }
			s.Note = func(_ *Batch, _ kafkaops.TopicPartition, note string) { kept = note }
		},
		"the output": func(f *fake, s *Steps) {
			s.Send = func(_ context.Context, _ Tx, recs []kafkaops.Record) error {
				f.output = append(f.output, string(recs[0].Value))
				return nil
			}
		},
	}
	for name, spoil := range outside {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, s := newFake(longRecords), &Steps{Each: longSteps}
				spoil(f, s)
				f.failAt("commit", 4, refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)))
				if _, err := f.processAs(t, Options{Due: atOnce, OneByOne: true}, s); err != nil {
					t.Fatal(err)
				}
				if slices.Equal(f.output, stepsOf(longRecords, longSteps)) {
					t.Error("the output is right: this test can't tell")
				}
			})
		})
	}
}

// What a handler has open goes on after another partition's trouble, for the note that is read back is its own.
func TestAHandlerOpensOncePerRecordUnlessItsTransactionFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFake(longRecords), &Steps{Each: longSteps}
		f.failAt("read", 2, refuse(kafkaops.NewError(kafkaops.NotFound, "reading", "t", "", nil)))
		f.failAt("commit", 4, refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)))
		if _, err := f.processAs(t, Options{Due: atOnce, OneByOne: true}, s); err != nil {
			t.Fatal(err)
		}
		if s.Opened != 2 { // at first, and after the abort
			t.Errorf("opened %d times", s.Opened)
		}
	})
}

// A commit that was done although it timed out has everything read again; what is held from before must not come twice.
func TestWhatIsHeldIsNotHandledTwiceAfterALateCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(20)
		f.fail("commit", lateAnswer)
		_, err := f.processAs(t, Options{Due: atOnce}, HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error { return tx.Produce(ctx, b.Records) }))
		if err != nil {
			t.Fatal(err)
		}
		if !f.once() {
			t.Errorf("output %v", f.output)
		}
	})
}

// A transaction that moved nothing can't be found again; to say that it is done would be a guess.
func TestACommitInDoubtThatMovedNothingIsNotToldAsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		f.fail("commit", refuse(txError(kafkaops.TimedOut, rdkafka.TxRetriable)))
		calls := 0
		l, err := f.processAs(t, Options{Due: atOnce, OneByOne: true}, HandlerFunc(func(_ context.Context, b *Batch, _ Tx) error {
			if calls++; calls == 1 {
				b.Unfinished(f.tp) // at offset 0, without a note: as it was
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if s := l.State(); s.Commits != 1 || s.Aborts != 1 || calls != 2 {
			t.Errorf("%d calls, state %+v", calls, s)
		}
	})
}

func TestNotesStayUntilTheyAreChanged(t *testing.T) {
	for name, o := range map[string]Options{"plain": {BatchRecords: 3}, "with times": {Due: atOnce}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(20)
				f.committed, f.note = 0, "from before"
				var seen []string
				_, err := f.processAs(t, o, HandlerFunc(func(_ context.Context, b *Batch, _ Tx) error {
					if len(b.Notes) != len(b.Positions) {
						t.Errorf("notes %v for positions %v", b.Notes, b.Positions)
					}
					if seen = append(seen, b.Notes[f.tp]); len(seen) == 2 {
						b.Notes[f.tp] = "aborted"
						return errors.New("boom")
					}
					if len(seen) == 3 {
						b.Notes[f.tp] = "new"
					}
					return nil
				}))
				if err != nil {
					t.Fatal(err)
				}
				want := append(slices.Repeat([]string{"from before"}, 3), slices.Repeat([]string{"new"}, max(1, len(seen)-3))...)
				if !slices.Equal(seen, want) || f.note != "new" {
					t.Errorf("seen %q, committed %q", seen, f.note)
				}
			})
		})
	}
}

func TestWhatAHandlerMayNotDoIsNotCommitted(t *testing.T) {
	elsewhere := kafkaops.TopicPartition{Topic: "t", Partition: 7}
	cases := map[string]struct {
		o  Options
		do func(*Batch)
	}{
		"leave a record unfinished that the loop hands out once": {Options{BatchRecords: 3}, func(b *Batch) { b.Unfinished(kafkaops.TopicPartition{Topic: "t"}) }},
		"leave a record unfinished that isn't there":             {Options{Due: atOnce}, func(b *Batch) { b.Unfinished(elsewhere) }},
		"note a partition that isn't there":                      {Options{BatchRecords: 3}, func(b *Batch) { b.Notes[elsewhere] = "lost" }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, calls := newFake(20), 0
				l, err := f.processAs(t, c.o, HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error {
					if calls++; calls == 2 {
						c.do(b)
					}
					return tx.Produce(ctx, b.Records)
				}))
				if err != nil {
					t.Fatal(err)
				}
				if s := l.State(); s.Aborts != 1 || s.LastError == "" || !f.once() {
					t.Errorf("state %+v, output %v", s, f.output)
				}
			})
		})
	}
}

func TestAHandlerLearnsThatItsPartitionsAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		var mu sync.Mutex
		var has []int
		o := Options{OnAssigned: func(tps []kafkaops.TopicPartition) {
			mu.Lock()
			defer mu.Unlock()
			has = append(has, len(tps))
		}}
		calls := 0
		_, err := f.processAs(t, o, HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error {
			if calls++; calls > 1 {
				return tx.Produce(ctx, b.Records)
			}
			go func() {
				f.revoke([]kafkaops.TopicPartition{f.tp})
				f.assign([]kafkaops.TopicPartition{f.tp})
			}()
			<-ctx.Done()
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(has, []int{1, 0, 1, 0}) { // assigned, revoked, assigned, left
			t.Errorf("partitions %v", has)
		}
	})
}
