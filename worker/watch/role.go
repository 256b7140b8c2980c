package watch

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// What is watched, as the label "of" has it.
const (
	ofGroups = "groups"
	ofRuns   = "runs"
)

// Role watches. New makes it.
type Role struct {
	o      Options
	groups *groups
	runs   *runs
	own    *own

	mu     sync.Mutex
	reason map[string]string // by what is watched: why there was no look yet
}

// New checks the options and makes the role. The errors are invalid or conflict (its metrics are registered already).
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Role{o: o, groups: newGroups(o), runs: newRuns(o), reason: map[string]string{ofGroups: "the first look", ofRuns: "the first look"}}
	r.own = newOwn(r.groups, r.runs)
	for _, c := range []prometheus.Collector{r.groups, r.runs, r.own} {
		if err := o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", r.Name(), "", err)
		}
	}
	return r, nil
}

// Name is "watch".
func (r *Role) Name() string { return "watch" }

// Reason is what the role waits for before it is ready, see worker.Reasoner.
func (r *Role) Reason() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range []string{ofGroups, ofRuns} {
		if why := r.reason[of]; why != "" {
			return "looking at " + of + ": " + why
		}
	}
	return ""
}

// Run looks again and again until ctx ends. It is ready when groups and runs have been seen once. A cluster that is away is waited for: the
// metrics say since when.
func (r *Role) Run(ctx context.Context, ready func()) error {
	first := make(chan struct{}, 2)
	var g errgroup.Group
	g.Go(func() error { r.follow(ctx, ofGroups, r.groups.look, first); return nil })
	g.Go(func() error { r.follow(ctx, ofRuns, r.runs.look, first); return nil })
	for range 2 {
		select {
		case <-first:
		case <-ctx.Done():
			return g.Wait()
		}
	}
	ready()
	return g.Wait()
}

// lookLimit bounds one look; the first one at runs reads all reports there are.
const lookLimit = time.Minute

// look is what came of one look at the cluster.
type look struct {
	told  bool // there is something to tell, if only of before
	fresh bool // something new was learned, or that there is nothing
	errs  []error
}

// follow looks until ctx ends.
func (r *Role) follow(ctx context.Context, of string, see func(context.Context) look, first chan<- struct{}) {
	seen, failures, said := false, 0, ""
	for ctx.Err() == nil {
		began := r.o.now()
		limited, cancel := context.WithTimeout(ctx, lookLimit)
		seeing := see(limited)
		cancel()
		if ctx.Err() != nil {
			return
		}
		now := r.o.now()
		r.own.looked(of, seeing, now, now.Sub(began))
		said = r.tell(of, seeing.errs, said)
		if failures++; seeing.fresh {
			failures = 0
		}
		if seeing.told && !seen {
			seen = true
			first <- struct{}{}
		}
		r.explain(of, seeing)
		sleep(ctx, wait(r.o.Interval, failures))
	}
}

// tell logs failures once, not at each look. It returns what it said last.
func (r *Role) tell(of string, errs []error, said string) string {
	if len(errs) == 0 {
		if said != "" {
			r.o.Log.Info("looking at "+of+" again", "was", said)
		}
		return ""
	}
	if text := errs[0].Error(); text != said {
		r.o.Log.Warn("looking at "+of, "error", text, "class", string(kafkaops.ClassOf(errs[0])), "failures", len(errs))
		return text
	}
	return said
}

func (r *Role) explain(of string, seeing look) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case seeing.told:
		r.reason[of] = ""
	case len(seeing.errs) > 0:
		r.reason[of] = seeing.errs[0].Error()
	}
}

// wait is the pause after so many failed looks in a row: soon again at first, then ever more seldom.
func wait(interval time.Duration, failures int) time.Duration {
	if failures == 0 {
		return interval
	}
	return min(interval/4<<min(failures-1, 8), 4*interval)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
