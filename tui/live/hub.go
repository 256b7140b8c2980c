package live

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The bounds of a Hub.
const (
	// DefaultFeeds is how many targets may be watched at once; each keeps at most about pictureBytes of messages.
	DefaultFeeds = 64
	feedGrace    = 10 * time.Second // how long a target nobody watches any more is remembered
)

// HubOptions of a Hub.
type HubOptions struct {
	Feeds int // how many targets may be watched at once; 0 means DefaultFeeds
}

// Hub holds the feeds of one context, shared by every console that looks at it: however many they are, each target is polled once, the runs
// are judged once, and the connection is felt once. What nobody looks at is not polled at all. Its methods may be called from any goroutine.
type Hub struct {
	cluster Cluster
	pulse   *pulse
	runs    *Runs // nil: there is no ledger
	most    int
	wake    chan struct{}

	mu      sync.Mutex
	feeds   map[Target]*feed
	pending []*feed // made, but not started
}

// NewHub makes the feeds; Run runs them. l may be nil: then there are no runs.
func NewHub(c Cluster, l Ledger, o HubOptions) *Hub {
	if o.Feeds <= 0 {
		o.Feeds = DefaultFeeds
	}
	h := &Hub{cluster: c, pulse: &pulse{cluster: c}, most: o.Feeds, wake: make(chan struct{}, 1), feeds: map[Target]*feed{}}
	if l != nil {
		h.runs = newSharedRuns(l)
	}
	return h
}

// Runs is the feed of all runs, which Run runs; nil without a ledger.
func (h *Hub) Runs() *Runs { return h.runs }

// Watch makes a console's own view of the hub: a target, a number of messages and marks of its own, over pictures that all share. Without
// Options.Runs it follows the newest of the hub's. Its Run attends.
func (h *Hub) Watch(o Options) *Watch {
	if o.Runs == nil {
		o.Runs = h.runs
	}
	return newWatch(h, o)
}

// Run polls what is looked at until ctx ends and every feed has. It is called once.
func (h *Hub) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	if h.runs != nil {
		all.Go(func() { h.runs.Run(ctx) })
	}
	for {
		for f, its := range h.begin(ctx) {
			all.Go(func() { f.run(its) })
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		}
	}
}

// begin gives each feed that waits to be started its context.
func (h *Hub) begin(ctx context.Context) map[*feed]context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	start := make(map[*feed]context.Context, len(h.pending))
	for _, f := range h.pending {
		if h.feeds[f.target] == f { // else it had to make room already
			start[f], f.stop = context.WithCancel(ctx)
		}
	}
	h.pending = nil
	return start
}

// place is where a view attends.
type place struct {
	feed  *feed
	fresh bool // the feed has just been made, and looks for the first time
	turn  int  // the view's among those that are there; from 0
}

// join has a view attend the feed of a target. A view may join again where it is.
func (h *Hub) join(t Target, w *Watch) (p place, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[t]
	if f == nil {
		if t != (Target{}) && len(h.feeds) >= h.most && !h.makeRoom() {
			return p, kafkaops.Errorf(kafkaops.Unavailable, "watching topic", t.Topic,
				"Watch one that another console watches, or wait until one has moved on.", "%d different topics and groups are being watched already", h.most)
		}
		f, p.fresh = newFeed(h, t), true
		h.feeds[t] = f
		h.pending = append(h.pending, f)
		poke(h.wake)
	}
	p.feed, p.turn = f, f.seat(w)
	poke(f.come)
	return p, nil
}

// seat gives a view the first turn that is free. With the hub's mu held.
func (f *feed) seat(w *Watch) int {
	if turn, there := f.viewers[w]; there {
		return turn
	}
	taken := make(map[int]bool, len(f.viewers))
	for _, turn := range f.viewers {
		taken[turn] = true
	}
	turn := 0
	for taken[turn] {
		turn++
	}
	f.viewers[w] = turn
	return turn
}

// makeRoom ends a feed that is only remembered. The one without a target stays: it is the connection. With h.mu held.
func (h *Hub) makeRoom() bool {
	for t, f := range h.feeds {
		if t != (Target{}) && len(f.viewers) == 0 {
			delete(h.feeds, t)
			if f.stop != nil {
				f.stop()
			}
			return true
		}
	}
	return false
}

// leave ends a view's attendance.
func (h *Hub) leave(f *feed, w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(f.viewers, w)
}

// attended says whether anybody is at a feed.
func (h *Hub) attended(f *feed) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(f.viewers) > 0
}

// wanted is how many messages a feed is to fetch: as many as the view that wants most.
func (h *Hub) wanted(f *feed) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range f.viewers {
		n = max(n, w.wanted())
	}
	return n
}

// forget drops a feed, unless somebody has come back.
func (h *Hub) forget(f *feed) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(f.viewers) > 0 {
		return false
	}
	if h.feeds[f.target] == f {
		delete(h.feeds, f.target)
	}
	return true
}
