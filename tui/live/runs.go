package live

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/ui"
)

// Ledger judges all runs from the facts in Kafka, incrementally; *ledger.Ledger satisfies it. With an error it may still return what it could
// judge. One feed calls it, one call at a time.
type Ledger interface {
	Refresh(ctx context.Context) ([]roundtrip.Judgement, error)
}

// The pace of Runs.
const (
	runsFast     = 300 * time.Millisecond // while a run that is not final moves
	runsSlow     = 2500 * time.Millisecond
	runsRest     = 5 * time.Second  // once nothing moved for deepAfter
	runsMost     = 20 * time.Second // after failures
	runsRestless = 15 * time.Second // how long a run that does not move keeps the pace fast
	runsTimeout  = time.Minute      // of one refresh: the first one reads all reports there are
)

// RunsPicture is what is known of all runs at a moment.
type RunsPicture struct {
	Runs []roundtrip.Judgement // newest first
	// History holds how the runs moved that were seen moving, by run ID.
	History map[string]History
	At      time.Time // of the last refresh that changed something; zero: there was none yet
	Err     error     // why the newest refresh failed; nil: it did not
}

// Find gives the judgement of a run by its ID or, if that is unambiguous, by the end of it that people read.
func (p RunsPicture) Find(id string) (j roundtrip.Judgement, ok bool) {
	for i := range p.Runs {
		if p.Runs[i].Run.ID == id {
			return p.Runs[i], true
		}
	}
	for i := range p.Runs {
		if p.Runs[i].Run.Short() != id {
			continue
		}
		if ok {
			return roundtrip.Judgement{}, false
		}
		j, ok = p.Runs[i], true
	}
	return j, ok
}

// Runs is the feed of all runs.
type Runs struct {
	ledger Ledger
	box    *ui.Mailbox[RunsPicture]
	kick   chan struct{}
	newest atomic.Pointer[func()] // called when another run is the newest; nil: nobody asks
}

// NewRuns makes the feed; Run starts it.
func NewRuns(l Ledger) *Runs {
	return &Runs{ledger: l, box: ui.NewMailbox(sameRuns), kick: make(chan struct{}, 1)}
}

func sameRuns(a, b RunsPicture) bool {
	return sameErr(a.Err, b.Err) && a.At.IsZero() == b.At.IsZero() && slices.EqualFunc(a.Runs, b.Runs, sameJudgement)
}

// Subscribe delivers the pictures from the present one on.
func (r *Runs) Subscribe(ctx context.Context) *ui.Stream[RunsPicture] { return r.box.Subscribe(ctx) }

// Latest is the newest picture; false when there has been none.
func (r *Runs) Latest() (RunsPicture, bool) { return r.box.Latest() }

// Refresh looks now: a run was just registered or cancelled. It does not block.
func (r *Runs) Refresh() { poke(r.kick) }

// Run polls until ctx ends. It is called once.
func (r *Runs) Run(ctx context.Context) {
	var last RunsPicture
	moved := time.Now()
	failures := 0
	for ctx.Err() == nil {
		next := r.look(ctx, last)
		if ctx.Err() != nil {
			return
		}
		if next.Err != nil {
			failures++
		} else {
			failures = 0
		}
		if !sameRuns(last, next) {
			if !slices.EqualFunc(last.Runs, next.Runs, stands) {
				moved = time.Now()
			}
			r.box.Put(next)
			if f := r.newest.Load(); f != nil && newestID(last) != newestID(next) {
				(*f)()
			}
			last = next
		}
		pause(ctx, runsWait(last, time.Since(moved), failures), r.kick)
	}
}

// newestID is the newest run's, "" without any.
func newestID(p RunsPicture) string {
	if len(p.Runs) == 0 {
		return ""
	}
	return p.Runs[0].Run.ID
}

// stands says that a run did not get on, though something else may be said of it.
func stands(a, b roundtrip.Judgement) bool {
	return a.Run.ID == b.Run.ID && a.Verdict == b.Verdict && a.Outcome == b.Outcome
}

// look refreshes once; on failure the last runs stay.
func (r *Runs) look(ctx context.Context, last RunsPicture) RunsPicture {
	ctx, cancel := context.WithTimeout(ctx, runsTimeout)
	defer cancel()
	all, err := r.ledger.Refresh(ctx)
	if err != nil && len(all) == 0 {
		last.Err = err
		return last
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b roundtrip.Judgement) int { return cmp.Compare(b.Run.ID, a.Run.ID) })
	now := time.Now()
	return RunsPicture{Runs: all, At: now, History: remember(last.History, all, now), Err: err}
}

// runsWait is the pause until the next refresh. A run that is stalled for good must not keep the pace fast for ever.
func runsWait(p RunsPicture, still time.Duration, failures int) time.Duration {
	if failures > 0 {
		return backOff(failures, runsSlow, runsMost)
	}
	for i := range p.Runs {
		if !p.Runs[i].Final && still < runsRestless {
			return runsFast
		}
	}
	if still >= deepAfter {
		return runsRest
	}
	return runsSlow
}
