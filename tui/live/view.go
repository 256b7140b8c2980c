package live

import (
	"context"
	"strings"
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Views take their turns: fifty consoles that painted at the same moment would keep a key waiting for all those frames. The first view never
// waits, and none longer than the feed takes to look again.
const (
	turnGap = 4 * time.Millisecond // about what a few frames cost
	turns   = 50
)

// view is the state of a Watch's loop: at which feed it is. One goroutine owns it.
type view struct {
	watch   *Watch
	feed    *feed
	turn    time.Duration // how long it lets others paint first
	target  Target
	refused error // why it is not at its target's feed, but at the one that only has the connection
	changed <-chan struct{}
	taken   bool // it has shown what the feed knows before
}

// wait waits for the feed or for somebody who asked for something, who never has to wait for a turn.
func (v *view) wait(ctx context.Context) (asked bool) {
	select {
	case <-ctx.Done():
		return false
	case <-v.watch.kick:
		return true
	case <-v.changed:
	}
	return v.taken && v.turn > 0 && pause(ctx, v.turn, v.watch.kick)
}

// move goes to the feed of the target. asked says that somebody did something, who wants to see more than there is or a look now.
func (v *view) move(asked bool) {
	w := v.watch
	again := w.again.Swap(false)
	t, _ := w.Target()
	fresh := false
	if v.feed == nil || t != v.target || v.refused != nil {
		fresh = v.join(t)
	}
	if fresh || !asked && !again {
		return
	}
	if s, _ := v.feed.look(); again || s.fetching >= 0 && w.wanted() > s.fetching {
		poke(v.feed.kick)
	}
}

// join leaves the feed of before for that of another target.
func (v *view) join(t Target) (fresh bool) {
	h := v.watch.hub
	p, err := h.join(t, v.watch)
	if err != nil {
		p, _ = h.join(Target{}, v.watch) // which is never refused
	}
	if v.feed != p.feed {
		if v.feed != nil {
			h.leave(v.feed, v.watch)
		}
		v.taken = false
	}
	v.feed, v.turn, v.target, v.refused = p.feed, time.Duration(p.turn%turns)*turnGap, t, err
	v.blank()
	return p.fresh
}

func (v *view) leave() {
	if v.feed != nil {
		v.watch.hub.leave(v.feed, v.watch)
	}
}

// blank empties the pictures of another target than the present one.
func (v *view) blank() {
	w := v.watch
	if p, ok := w.partitions.Latest(); v.refused != nil || ok && p.Target != v.target {
		w.partitions.Put(Partitions{Target: v.target, Err: v.refused})
	}
	if m, ok := w.messages.Latest(); v.refused != nil || ok && m.Topic != v.target.Topic {
		w.messages.Put(Messages{Topic: v.target.Topic, Err: v.refused})
	}
}

// take delivers what the feed knows.
func (v *view) take() {
	s, changed := v.feed.look()
	v.changed = changed
	v.taken = s.sampled
	if s.link.state != ui.Connecting {
		v.watch.report(s)
	}
	if v.refused != nil {
		return
	}
	if s.sampled {
		v.watch.partitions.Put(s.partitions)
	}
	if n := v.watch.wanted(); n > 0 && s.messages.Count >= n { // else as many as are wanted are on their way
		v.watch.messages.Put(s.messages.first(n))
	}
}

// first is the picture as if only n messages had been asked for. They share their memory.
func (m Messages) first(n int) Messages {
	m.Count, m.Records = n, m.Records[:min(n, len(m.Records)):min(n, len(m.Records))]
	return m
}

// blankStatus is before anything is known.
func (w *Watch) blankStatus() ui.Status {
	return ui.Status{
		Context: w.options.Context, Mark: w.options.Mark, ReadOnly: w.options.ReadOnly, Address: w.options.Address, QuitStops: w.stops(), Since: time.Now(),
		InPerSecond: -1, OutPerSecond: -1, Lag: -1, Behind: -1,
	}
}

func (w *Watch) stops() []safetext.Text {
	if w.options.Stops == nil {
		return nil
	}
	return w.options.Stops()
}

// report puts the state of the connection, with what is this console's own.
func (w *Watch) report(scene scene) {
	s, _ := w.status.Latest()
	l := scene.link
	s.State, s.Since, s.Brokers, s.QuitStops = l.state, l.since, l.brokers, w.stops()
	if l.address.Width() > 0 {
		s.Address = l.address
	}
	s.Why, s.NextTry = safetext.Text{}, time.Time{}
	s.InPerSecond, s.OutPerSecond, s.Lag, s.Behind = scene.totals.in, scene.totals.out, scene.totals.lag, scene.totals.behind
	if l.state == ui.Disconnected {
		if problem, ok := ui.ProblemOf(l.err); ok {
			s.Why = brief(problem)
		}
		s.NextTry = scene.nextTry
		s.InPerSecond, s.OutPerSecond, s.Lag, s.Behind = -1, -1, -1, -1 // no longer true
	}
	w.status.Put(s)
}

// brief is the end of a problem's cause, which says what happened: what stands before it names the broker, as the header does already.
func brief(p ui.Problem) safetext.Text {
	why := p.Why.String()
	if at := strings.LastIndex(why, ": "); at >= 0 && at+2 < len(why) {
		return safetext.Of(why[at+2:])
	}
	if why == "" {
		return p.What
	}
	return p.Why
}
