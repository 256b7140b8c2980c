package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
)

// poll judges without pause while the world moves on, and says whether it ever called a message lost. The run must end done.
func poll(t *testing.T, w *world, client ledger.Client, run roundtrip.Run, fresh bool) (lost bool) {
	t.Helper()
	l := ledger.New(client, ledger.Options{})
	for ended := false; ; ended = w.ended {
		if fresh {
			l = ledger.New(client, ledger.Options{ReadOnly: true})
		}
		j, err := l.Judge(t.Context(), run.ID)
		if kafkaops.ClassOf(err) == kafkaops.Unavailable {
			continue // a flaky cluster; what was said before is looked at all the same
		}
		if err != nil {
			t.Fatal(err)
		}
		switch j.Verdict {
		case roundtrip.Lost:
			lost = true
		case roundtrip.Duplicated, roundtrip.Rejected, roundtrip.Failed, roundtrip.Expired:
			t.Fatalf("%s: %s", j.Verdict, j.Said)
		}
		switch {
		case ended && lost: // the caller knows what to think of that
			return true
		case ended:
			if j.Verdict != roundtrip.Done || j.Once != run.Count {
				t.Fatalf("it ended as %s: %s %+v", j.Verdict, j.Said, j.Outcome)
			}
			return false
		}
	}
}

// TestNoInterleavingTakesADoneRunForLost is the guarantee behind the word lost.
func TestNoInterleavingTakesADoneRunForLost(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			w, run := newWorld(seed, 60)
			if poll(t, w, w, run, seed%2 == 0) {
				t.Errorf("seed %d: a message was called lost, and then processed", seed)
			}
		})
	}
}

// flaky fails now and then, in the midst of a scan too.
type flaky struct{ *world }

var errFlaky = kafkaops.NewError(kafkaops.Unavailable, "reading", "", "", nil)

func (f flaky) fails() bool { return !f.ended && f.random.IntN(6) == 0 }

func (f flaky) ScanRecords(
	ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	if f.fails() {
		return from.Clone(), errFlaky
	}
	return f.world.ScanRecords(ctx, from, to, iso, func(recs []kafkaops.Record) error {
		if f.fails() {
			return errFlaky
		}
		return each(recs)
	})
}

func (f flaky) TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	if f.fails() {
		return nil, errFlaky
	}
	return f.world.TopicExtents(ctx, iso, topics...)
}

func (f flaky) Committed(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	if f.fails() {
		return nil, errFlaky
	}
	return f.world.Committed(ctx, group, tps)
}

func TestAFlakyClusterLosesNothingEither(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			w, run := newWorld(seed, 60)
			if poll(t, w, flaky{w}, run, seed%2 == 0) {
				t.Errorf("seed %d: a message was called lost, and then processed", seed)
			}
		})
	}
}

// reportsFirst reads the reports before the commits: the wrong order.
type reportsFirst struct {
	*world
	seen int64 // end of krapp.reports before the commits were read
}

func (r *reportsFirst) Committed(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	r.seen = r.end(reportsLog, kafkaops.ReadUncommitted)
	return r.world.Committed(ctx, group, tps)
}

func (r *reportsFirst) TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	x, err := r.world.TopicExtents(ctx, iso, topics...)
	for tp, e := range x {
		if tp == reportsLog {
			e.End = min(e.End, r.seen)
			x[tp] = e
		}
	}
	return x, err
}

func (r *reportsFirst) ScanRecords(
	ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	if _, ok := from[reportsLog]; ok {
		to = kafkaops.Offsets{reportsLog: r.seen}
	}
	return r.world.ScanRecords(ctx, from, to, iso, each)
}

// stableEnd takes the end that read-committed readers see for the end of the reports: a transaction whose offsets are visible before its reports
// are is then overlooked.
type stableEnd struct{ *world }

func (s stableEnd) TopicExtents(ctx context.Context, _ kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	return s.world.TopicExtents(ctx, kafkaops.ReadCommitted, topics...)
}

// TestTheOrderOfReadingIsWhatProves is the negative control: with either half of the rule broken, runs that end done are called lost.
func TestTheOrderOfReadingIsWhatProves(t *testing.T) {
	broken := map[string]func(*world) ledger.Client{
		"reports before commits": func(w *world) ledger.Client { return &reportsFirst{world: w} },
		"only to the stable end": func(w *world) ledger.Client { return stableEnd{w} },
	}
	for name, client := range broken {
		t.Run(name, func(t *testing.T) {
			lost := 0
			for seed := range uint64(300) {
				synctest.Test(t, func(t *testing.T) {
					w, run := newWorld(seed, 60)
					if poll(t, w, client(w), run, seed%2 == 0) {
						lost++
					}
				})
			}
			if lost == 0 {
				t.Error("no run was called lost: the property above would not notice a broken rule")
			}
			t.Logf("%d of 300 runs that end done were called lost", lost)
		})
	}
}

// TestRefreshingTwiceEqualsAFreshLedger compares one that has followed the run with one that comes when all is over.
func TestRefreshingTwiceEqualsAFreshLedger(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			w, run := newWorld(seed, 60)
			follower := ledger.New(w, ledger.Options{ReadOnly: true})
			for !w.ended {
				if _, err := follower.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if _, err := follower.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			a, err := follower.Judge(t.Context(), run.ID)
			if err != nil {
				t.Fatal(err)
			}
			b, err := ledger.New(w, ledger.Options{ReadOnly: true}).Judge(t.Context(), run.ID)
			if err != nil {
				t.Fatal(err)
			}
			if a.Verdict != b.Verdict || a.Outcome != b.Outcome || a.Said != b.Said || len(a.Partitions) != len(b.Partitions) {
				t.Errorf("seed %d: %s %+v\nfresh %s %+v", seed, a.Verdict, a.Outcome, b.Verdict, b.Outcome)
			}
		})
	}
}
