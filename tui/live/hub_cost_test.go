package live

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/ui"
)

// many is how many consoles look at once where the number matters.
const many = 50

// flow has messages come into the fake's topic until ctx ends, twenty times a second.
func flow(ctx context.Context, f *fake) {
	for ctx.Err() == nil {
		pause(ctx, 50*time.Millisecond, nil)
		f.set(func() { f.ends[0] += 50; f.committed[0] += 40 })
	}
}

// asked is how often what was asked of the cluster, and of the ledger.
func asked(f *fake, b *book) map[string]int {
	all := map[string]int{"Refresh": b.called()}
	f.set(func() { maps.Copy(all, f.calls) })
	return all
}

// minute is what is asked in one minute.
func minute(f *fake, b *book) map[string]int {
	before := asked(f, b)
	after(time.Minute)
	all := asked(f, b)
	for what := range all {
		all[what] -= before[what]
	}
	return all
}

// dashboard is one console with its dashboard open: its pages subscribe, and it shows messages.
func dashboard(ctx context.Context, w *Watch) *watching {
	d := &watching{Watch: w}
	count(w.Partitions(ctx), &d.partitions)
	count(w.Messages(ctx), &d.messages)
	count(w.Status().Subscribe(ctx), &d.status)
	w.Show(true)
	go w.Run(ctx)
	return d
}

func moving() *book {
	return &book{runs: []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Sending, false)}}
}

// costs is what so many dashboards cost in a minute: over one hub, or each by itself as they would be without one.
func costs(t *testing.T, n int, shared, busy bool) (all map[string]int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		f.ends, f.committed = [2]int64{10, 20}, [2]int64{10, 20}
		if busy {
			go flow(ctx, f)
		}
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		for range n {
			w := h.Watch(Options{})
			if !shared {
				runs := NewRuns(b)
				go runs.Run(ctx)
				w = NewWatch(f, Options{Runs: runs})
			}
			dashboard(ctx, w)
			after(37 * time.Millisecond) // nobody comes at the same moment
		}
		after(time.Minute) // what is still young is looked at more often
		all = minute(f, b)
	})
	return all
}

func TestFiftyDashboardsCostTheBrokersWhatOneCosts(t *testing.T) {
	for name, busy := range map[string]bool{"while messages flow": true, "while nothing does": false} {
		t.Run(name, func(t *testing.T) {
			one, fifty, apart := costs(t, 1, true, busy), costs(t, many, true, busy), costs(t, many, false, busy)
			for _, what := range []string{"Cluster", "TopicExtents", "Lag", "Ends", "Refresh", "Tail"} {
				if n := one[what]; what != "Tail" || busy {
					if n == 0 {
						t.Errorf("one dashboard never asked %s: nothing is shown by this", what)
					}
					if fifty[what] < n-1 || fifty[what] > n+1 {
						t.Errorf("%s: asked %d times in a minute for one dashboard, %d times for %d", what, n, fifty[what], many)
					}
					if apart[what] < 9*many*n/10 {
						t.Errorf("%s: asked %d times for %d dashboards apart, %d for one: what is shared can't be seen here", what, apart[what], many, n)
					}
				}
			}
			t.Logf("in a minute: one %v, %d %v, apart %v", one, many, fifty, apart)
		})
	}
}

func TestTwoTargetsCostTwoAndOneConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		go flow(ctx, f)
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		dashboard(ctx, h.Watch(Options{}))
		after(time.Minute)
		one := minute(f, b)
		for range 10 {
			dashboard(ctx, h.Watch(Options{})).Choose(Target{"orders", "g"})
			after(310 * time.Millisecond)
		}
		after(10 * time.Second)
		two := minute(f, b)
		for _, what := range []string{"TopicExtents", "Lag", "Ends", "Tail"} {
			if n := two[what]; n < 2*one[what]-3 || n > 2*one[what]+3 {
				t.Errorf("%s: %d for one target, %d for two", what, one[what], n)
			}
		}
		for _, what := range []string{"Cluster", "Refresh"} {
			if n := two[what]; n < one[what]-1 || n > one[what]+1 {
				t.Errorf("%s: %d for one target, %d for two", what, one[what], n)
			}
		}
	})
}

func TestAnImpatientCrowdCostsWhatOneImpatientHandCosts(t *testing.T) {
	pressing := func(n int) (all map[string]int) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f, b := newFake(), moving()
			h := NewHub(f, b, HubOptions{})
			go h.Run(ctx)
			for range n {
				d := dashboard(ctx, h.Watch(Options{}))
				go func() {
					for ctx.Err() == nil {
						pause(ctx, 30*time.Millisecond, nil)
						d.Refresh()
						h.Runs().Refresh()
					}
				}()
				after(7 * time.Millisecond)
			}
			after(10 * time.Second)
			all = minute(f, b)
		})
		return all
	}
	one, fifty := pressing(1), pressing(many)
	for _, what := range []string{"Cluster", "Lag", "Refresh"} {
		if n := one[what]; n < 230 || n > 242 || fifty[what] < n-1 || fifty[what] > n+1 {
			t.Errorf("%s: asked %d times in a minute for one who keeps pressing r, %d times for %d", what, n, fifty[what], many)
		}
	}
}

func TestNothingIsAskedWhileNobodyAttends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		f.ends = [2]int64{3, 4}
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		nothing := func(when string) {
			t.Helper()
			h.Runs().Refresh() // a run that a console started has ended after the console
			for what, n := range minute(f, b) {
				if n != 0 {
					t.Errorf("%s: %s was asked %d times", when, what, n)
				}
			}
		}
		nothing("before the first")
		session, leave := context.WithCancel(ctx)
		d := dashboard(session, h.Watch(Options{}))
		after(time.Second)
		if len(d.partitions) == 0 || len(d.messages) == 0 || d.status[len(d.status)-1].State != ui.Connected {
			t.Fatalf("the first sees %d partitions, %d messages, status %+v", len(d.partitions), len(d.messages), d.status)
		}
		leave()
		after(0)
		nothing("after the last")
		if n := len(h.feeds); n != 0 {
			t.Errorf("%d feeds are left", n)
		}
		before := asked(f, b)
		dashboard(ctx, h.Watch(Options{}))
		after(0) // no time passes
		now := asked(f, b)
		if now["Refresh"] != before["Refresh"]+1 || now["Lag"] != before["Lag"]+1 || now["Tail"] != before["Tail"]+1 {
			t.Errorf("somebody came back; before %v, then %v", before, now)
		}
	})
}
