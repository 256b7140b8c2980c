package live

import (
	"cmp"
	"context"
	"slices"
	"sync"
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
	boxes  phases
	kick   chan struct{}
	shared bool // by a hub's views: while none attends, nothing is asked

	mu         sync.Mutex
	attending  map[chan<- struct{}]struct{} // each is poked when another run is the newest
	subscribed int                          // so far
}

// NewRuns makes the feed; Run starts it.
func NewRuns(l Ledger) *Runs {
	return &Runs{ledger: l, boxes: newPhases(1), kick: make(chan struct{}, 1), attending: map[chan<- struct{}]struct{}{}}
}

// newSharedRuns makes the feed of a hub, which views attend.
func newSharedRuns(l Ledger) *Runs {
	r := NewRuns(l)
	r.shared, r.boxes = true, newPhases(runsPhases)
	return r
}

func sameRuns(a, b RunsPicture) bool {
	return sameErr(a.Err, b.Err) && a.At.IsZero() == b.At.IsZero() && slices.EqualFunc(a.Runs, b.Runs, sameJudgement)
}

// Subscribe delivers the pictures from the present one on.
func (r *Runs) Subscribe(ctx context.Context) *ui.Stream[RunsPicture] {
	return r.phase().Subscribe(ctx)
}

// Latest is the newest picture; false when there has been none.
func (r *Runs) Latest() (RunsPicture, bool) { return r.boxes[0].Latest() }

// Refresh looks now: a run was just registered or cancelled. It does not block.
func (r *Runs) Refresh() { poke(r.kick) }

// attend says that somebody looks, and has news poked when another run is the newest.
func (r *Runs) attend(news chan<- struct{}) (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attending[news] = struct{}{}
	if r.shared && len(r.attending) == 1 {
		r.Refresh()
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.attending, news)
	}
}

// rests says that nobody would see what is found.
func (r *Runs) rests() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shared && len(r.attending) == 0
}

func (r *Runs) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for news := range r.attending {
		poke(news)
	}
}

// Run polls until ctx ends; a hub's only while somebody attends. It is called once.
func (r *Runs) Run(ctx context.Context) {
	news := make(chan struct{}, 1)
	var spreading sync.WaitGroup
	spreading.Go(func() { r.spread(ctx, news) })
	defer spreading.Wait()
	var last RunsPicture
	var asked tempo
	var looked time.Time
	moved := time.Now()
	failures := 0
	for r.awake(ctx) {
		next := r.look(ctx, last, looked)
		if ctx.Err() != nil {
			return
		}
		if next.Err != nil {
			failures++
		} else {
			failures, looked = 0, time.Now()
		}
		if !sameRuns(last, next) {
			if !slices.EqualFunc(last.Runs, next.Runs, stands) {
				moved = time.Now()
			}
			r.boxes[0].Put(next)
			poke(news)
			if newestID(last) != newestID(next) {
				r.tell()
			}
			last = next
		}
		asked.pause(ctx, runsWait(last, time.Since(moved), failures), r.kick)
	}
}

// awake waits while nobody attends; who comes first kicks. It is false when ctx has ended.
func (r *Runs) awake(ctx context.Context) bool {
	for r.rests() {
		select {
		case <-ctx.Done():
			return false
		case <-r.kick:
		}
	}
	return ctx.Err() == nil
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

// look refreshes once, after a look at that moment before; on failure the last runs stay.
func (r *Runs) look(ctx context.Context, last RunsPicture, looked time.Time) RunsPicture {
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
	return RunsPicture{Runs: all, At: now, History: remember(last.History, all, now, looked), Err: err}
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
