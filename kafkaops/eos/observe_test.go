package eos

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

type inKey struct{}

func TestObserveIsToldOfEachTransactionAndHowItEnded(t *testing.T) {
	cases := map[string]struct {
		call  string
		do    func(commit func()) error
		first string // outcome of the first transaction
	}{
		"a refused commit":                {"commit", refuse(txError(kafkaops.Conflict, rdkafka.TxAbortable)), "aborted conflict"},
		"a commit done without an answer": {"commit", lateAnswer, "committed "},
		"a handler's own failure":         {"handle", nil, "aborted invalid"},
		"the control: nothing fails":      {"nothing", nil, "committed "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(9)
				if c.do != nil {
					f.fail(c.call, c.do)
				}
				var outcomes []string
				records, open, strangers := 0, 0, 0
				observe := func(ctx context.Context, group string, n, topics int) (context.Context, func(Outcome, kafkaops.Class)) {
					if group != "g" || topics > 1 {
						t.Errorf("told of group %q, %d topics", group, topics)
					}
					open++
					return context.WithValue(ctx, inKey{}, true), func(o Outcome, class kafkaops.Class) {
						open--
						outcomes = append(outcomes, string(o)+" "+string(class))
						if o == Stored {
							records += n
						}
					}
				}
				broken := c.call == "handle"
				l, err := f.processAs(t, Options{Observe: observe}, HandlerFunc(func(ctx context.Context, b *Batch, tx Tx) error {
					if ctx.Value(inKey{}) == nil {
						strangers++
					}
					if broken {
						broken = false
						return kafkaops.NewError(kafkaops.Invalid, "handling", "", "", errors.New("no"))
					}
					return tx.Produce(ctx, b.Records)
				}))
				if err != nil || !f.once() {
					t.Fatalf("Run = %v, output %v", err, f.output)
				}
				if len(outcomes) == 0 || outcomes[0] != c.first || open != 0 || strangers != 0 {
					t.Errorf("outcomes %v, want first %q; %d never ended, %d handled outside", outcomes, c.first, open, strangers)
				}
				s := l.State()
				stored := len(slices.DeleteFunc(slices.Clone(outcomes), func(o string) bool { return o != "committed " }))
				if int64(stored) != s.Commits || int64(len(outcomes)-stored) != s.Aborts || records != 9 || s.Rebalances != 1 {
					t.Errorf("outcomes %v, %d records, beside %+v", outcomes, records, s)
				}
			})
		})
	}
}
