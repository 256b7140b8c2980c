package live

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// feed polls one target for all views that are at it.
type feed struct {
	hub    *Hub
	target Target
	kick   chan struct{} // a look is asked for
	come   chan struct{} // a view has come

	viewers map[*Watch]int     // their turns, each another; with hub.mu held
	stop    context.CancelFunc // with hub.mu held; nil: it does not run yet

	mu      sync.Mutex
	scene   scene
	changed chan struct{} // closed and replaced when the scene changes
}

// scene is what a feed knows at a moment. What it points to is never changed: all views share it.
type scene struct {
	link       link
	nextTry    time.Time // while disconnected
	sampled    bool      // there are partitions
	partitions Partitions
	totals     totals
	messages   Messages // without a count: none were fetched
	fetching   int      // how many messages each look fetches; 0: nobody shows them; negative: the first look is yet to come
}

// totals are those of the partitions, added up once for all views.
type totals struct {
	in, out float64
	lag     int64
	behind  time.Duration
}

func newFeed(h *Hub, t Target) *feed {
	return &feed{
		hub: h, target: t, kick: make(chan struct{}, 1), come: make(chan struct{}, 1), viewers: map[*Watch]int{},
		scene: scene{partitions: Partitions{Target: t}, fetching: -1}, changed: make(chan struct{}),
	}
}

// look gives the present scene, and the channel that is closed when there is another.
func (f *feed) look() (scene, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scene, f.changed
}

// show changes the scene and wakes the views. It never waits for one.
func (f *feed) show(change func(*scene)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.scene)
	close(f.changed)
	f.changed = make(chan struct{})
}

// fetches notes how many messages are fetched. Nobody has to be woken for that.
func (f *feed) fetches(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scene.fetching = n
}

// run polls until ctx ends, or nobody has been there for a while.
func (f *feed) run(ctx context.Context) {
	l := &look{feed: f, target: f.target, changed: time.Now(), meters: map[kafkaops.TopicPartition]*meter{}}
	var asked tempo
	due, kicked := time.Now(), true
	for f.attended(ctx) {
		if wait := time.Until(due); wait > 0 && !kicked {
			kicked = asked.pause(ctx, wait, f.kick)
			continue // the last view may have left meanwhile
		}
		due, kicked = time.Now().Add(l.step(ctx, kicked)), false
	}
}

// attended waits while nobody is there: nothing is asked then. It is false when the feed is to end.
func (f *feed) attended(ctx context.Context) bool {
	if ctx.Err() != nil || f.hub.attended(f) {
		return ctx.Err() == nil
	}
	grace := time.NewTimer(feedGrace)
	defer grace.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-f.come: // perhaps of before
			if f.hub.attended(f) {
				return true
			}
		case <-grace.C:
			return !f.hub.forget(f)
		}
	}
}
