package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func TestAShortAbsenceForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		go flow(ctx, f)
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		d := dashboard(ctx, h.Watch(Options{}))
		after(20 * time.Second)
		d.Choose(Target{Topic: "orders"})
		after(feedGrace / 2)
		d.Choose(Target{"stream", "g"})
		after(50 * time.Millisecond) // a frame's rest
		p := d.partitions[len(d.partitions)-1]
		if p.Target != (Target{"stream", "g"}) || len(p.Rows) != 2 || p.Rows[0].In < 0 {
			t.Errorf("back again it sees %+v", p)
		}
	})
}

func TestEachViewHasWhatIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		f.ends = [2]int64{300, 300}
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		few := dashboard(ctx, h.Watch(Options{Context: safetext.Of("prod"), Mark: theme.Bad, ReadOnly: true, Messages: 5}))
		stops := func() []safetext.Text { return []safetext.Text{safetext.Of("the embedded broker")} }
		some := dashboard(ctx, h.Watch(Options{Context: safetext.Of("here"), Messages: 50, Stops: stops}))
		blind := h.Watch(Options{})
		go blind.Run(ctx)
		after(time.Second)
		f.set(func() { f.ends[1]++ })
		after(2 * time.Second)
		a, c := few.messages[len(few.messages)-1], some.messages[len(some.messages)-1]
		if a.Count != 5 || len(a.Records) != 5 || c.Count != 50 || len(c.Records) != 50 {
			t.Fatalf("%d of %d messages and %d of %d", len(a.Records), a.Count, len(c.Records), c.Count)
		}
		if &a.Records[0] != &c.Records[0] || cap(a.Records) != 5 {
			t.Error("the messages are not shared, or one view could write over another's")
		}
		if _, any := blind.LatestMessages(); any {
			t.Error("messages are delivered to a view that shows none")
		}
		s, o := few.status[len(few.status)-1], some.status[len(some.status)-1]
		if s.Context.String() != "prod" || s.Mark != theme.Bad || !s.ReadOnly || len(s.QuitStops) != 0 {
			t.Errorf("status %+v", s)
		}
		if o.Context.String() != "here" || o.ReadOnly || len(o.QuitStops) != 1 || o.State != ui.Connected {
			t.Errorf("status %+v", o)
		}
		fetched := f.called("Tail")
		some.SetCount(7) // there are more already: nothing has to be fetched
		after(5 * time.Second)
		if m := some.messages[len(some.messages)-1]; len(m.Records) != 7 || f.called("Tail") != fetched {
			t.Errorf("%d messages, %d fetches more", len(m.Records), f.called("Tail")-fetched)
		}
		few.SetCount(100) // there are not
		after(100 * time.Millisecond)
		if m := few.messages[len(few.messages)-1]; len(m.Records) != 100 || f.called("Tail") != fetched+1 {
			t.Errorf("%d messages, %d fetches more", len(m.Records), f.called("Tail")-fetched)
		}
		few.Show(false)
		after(time.Minute)
		f.set(func() { f.ends[1]++ })
		after(time.Minute)
		if m := some.messages[len(some.messages)-1]; len(m.Records) != 7 || m.Records[0].Offset != 301 {
			t.Errorf("messages %+v", m)
		}
	})
}

// TestOneConsoleThatHangsCostsNobodyAnything: one reads nothing, another's owner never answers.
func TestOneConsoleThatHangsCostsNobodyAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), moving()
		go flow(ctx, f)
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		stuck := make(chan struct{})
		defer close(stuck)
		calls := 0
		hung := h.Watch(Options{Stops: func() []safetext.Text {
			if calls++; calls > 2 { // the first is before it runs
				<-stuck
			}
			return nil
		}})
		hung.Show(true)
		hung.Messages(ctx) // never read
		go hung.Run(ctx)
		after(time.Second)
		d := dashboard(ctx, h.Watch(Options{}))
		after(2 * time.Second)
		if calls != 3 {
			t.Fatalf("%d calls: the hung one does not hang", calls)
		}
		before := len(d.messages)
		after(10 * time.Second)
		if n := len(d.messages) - before; n < 30 {
			t.Errorf("%d pictures in 10 s beside a console that hangs", n)
		}
		left := make(chan struct{})
		session, leave := context.WithCancel(ctx)
		go func() { h.Watch(Options{}).Run(session); close(left) }()
		after(time.Second)
		leave()
		after(0)
		select {
		case <-left:
		default:
			t.Error("nobody can leave any more")
		}
	})
}

// TestConsolesPaintInTurns: what all see changes at one moment, and each is told of it at another, but the first at once.
func TestConsolesPaintInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		h := NewHub(f, moving(), HubOptions{})
		go h.Run(ctx)
		var all [many]*watching
		for i := range all {
			all[i] = dashboard(ctx, h.Watch(Options{}))
			synctest.Wait() // the first is there before the second
		}
		after(time.Minute)
		told := func() (n int) {
			for _, d := range all {
				if m, _ := d.LatestMessages(); len(m.Records) > 0 {
					n++
				}
			}
			return n
		}
		f.set(func() { f.ends[0] = 3 })
		for told() == 0 {
			after(time.Millisecond)
		}
		if told() != 1 {
			t.Fatalf("%d are told at once", told())
		}
		if m, _ := all[0].LatestMessages(); len(m.Records) == 0 {
			t.Error("the first was not told first")
		}
		all[many-1].SetCount(5) // somebody who does something does not wait
		after(0)
		if m, _ := all[many-1].LatestMessages(); len(m.Records) != 3 {
			t.Error("a console waits for its turn though somebody uses it")
		}
		for before := told(); before < many; before = told() {
			after(turnGap)
			if n := told() - before; n > 2 {
				t.Fatalf("%d are told within %v", n, turnGap)
			} else if n == 0 {
				t.Fatal("nobody's turn comes")
			}
		}
	})
}

func TestTargetsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		f.ends = [2]int64{3, 4}
		h := NewHub(f, &book{}, HubOptions{Feeds: 2})
		go h.Run(ctx)
		session, leave := context.WithCancel(ctx)
		dashboard(session, h.Watch(Options{})).Choose(Target{Topic: "a"})
		dashboard(ctx, h.Watch(Options{})).Choose(Target{Topic: "b"})
		after(time.Second)
		third, fourth := dashboard(ctx, h.Watch(Options{})), dashboard(ctx, h.Watch(Options{}))
		third.Choose(Target{Topic: "c"})
		fourth.Choose(Target{Topic: "b"})
		after(time.Second)
		p, m := third.partitions[len(third.partitions)-1], third.messages[len(third.messages)-1]
		if kafkaops.ClassOf(p.Err) != kafkaops.Unavailable || kafkaops.ClassOf(m.Err) != kafkaops.Unavailable || p.Topic != "c" || len(p.Rows) != 0 {
			t.Errorf("one too many sees %+v, %+v", p, m)
		}
		if s := third.status[len(third.status)-1]; s.State != ui.Connected {
			t.Errorf("status %+v", s)
		}
		if p := fourth.partitions[len(fourth.partitions)-1]; p.Topic != "b" || len(p.Rows) != 2 {
			t.Errorf("who watches what is watched already sees %+v", p)
		}
		delivered := len(third.partitions)
		after(time.Minute)
		if len(third.partitions) != delivered {
			t.Errorf("%d pictures while it waits", len(third.partitions)-delivered)
		}
		leave() // it is remembered, but has to make room
		after(sampleIdle)
		if p := third.partitions[len(third.partitions)-1]; p.Err != nil || len(p.Rows) != 2 {
			t.Errorf("with room it sees %+v", p)
		}
		if m := third.messages[len(third.messages)-1]; m.Err != nil || len(m.Records) != 7 {
			t.Errorf("with room it sees %+v", m)
		}
		for i := range 500 { // one who wanders about leaves nothing behind
			fourth.Choose(Target{Topic: fmt.Sprint(i)})
			after(10 * time.Millisecond)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if n := len(h.feeds); n > 3 {
			t.Errorf("%d feeds", n)
		}
	})
}

func TestAllSeeAnOutageAndItIsFeltOnce(t *testing.T) {
	tries := func(n int) (pings int) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f, b := newFake(), moving()
			h := NewHub(f, b, HubOptions{})
			go h.Run(ctx)
			all := make([]*watching, n)
			for i := range all {
				all[i] = dashboard(ctx, h.Watch(Options{}))
			}
			after(10 * time.Second)
			f.set(func() { f.down = errDown })
			before := f.called("Cluster")
			after(10 * time.Minute)
			pings = f.called("Cluster") - before
			first := all[0].status[len(all[0].status)-1]
			for _, d := range all {
				s := d.status[len(d.status)-1]
				if s.State != ui.Disconnected || s.Why.String() != "connection refused" || !s.Since.Equal(first.Since) || s.Address.String() != "127.0.0.1:41873" {
					t.Errorf("status %+v", s)
				}
			}
			f.set(func() { f.down = nil })
			all[0].Refresh() // one is enough for all
			after(0)
			after(50*time.Millisecond + turns*turnGap)
			for _, d := range all {
				if s := d.status[len(d.status)-1]; s.State != ui.Connected {
					t.Errorf("status %+v", s)
				}
			}
		})
		return pings
	}
	one, fifty := tries(1), tries(many)
	if one < 70 || one > 80 || fifty != one {
		t.Errorf("%d tries in 10 minutes for one, %d for %d", one, fifty, many)
	}
}

func TestEverybodyFollowsTheNewestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, b := newFake(), &book{}
		h := NewHub(f, b, HubOptions{})
		go h.Run(ctx)
		var all [many]*watching
		for i := range all {
			all[i] = dashboard(ctx, h.Watch(Options{}))
		}
		all[0].Choose(Target{Topic: "mine"})
		after(time.Minute)
		before := f.called("TopicExtents")
		b.set(func() { b.runs = []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Sending, false)} })
		h.Runs().Refresh()
		after(100 * time.Millisecond) // a frame's rest
		for i, d := range all {
			want := Target{"stream", "g"}
			if i == 0 {
				want = Target{Topic: "mine"}
			}
			if p := d.partitions[len(d.partitions)-1]; p.Target != want || len(p.Rows) != 2 {
				t.Errorf("console %d sees %+v", i, p)
			}
		}
		if n := f.called("TopicExtents") - before; n != 1 {
			t.Errorf("%d looks for one new topic", n)
		}
	})
}

// TestConsolesComeGoAndWander is for the race detector, and for what is left behind: nothing.
func TestConsolesComeGoAndWander(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f, b := newFake(), moving()
		b.tick = true
		h := NewHub(f, b, HubOptions{Feeds: 4})
		var all sync.WaitGroup
		all.Go(func() { h.Run(ctx) })
		all.Go(func() { flow(ctx, f) })
		for n := range 20 {
			all.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(n), 6))
				for ctx.Err() == nil {
					session, leave := context.WithTimeout(ctx, time.Duration(rng.IntN(20_000))*time.Millisecond)
					wander(session, h.Watch(Options{}), rng)
					leave()
				}
			})
		}
		after(2 * time.Minute)
		f.set(func() { f.down = errors.New("gone") })
		after(time.Minute)
		f.set(func() { f.down = nil })
		after(time.Minute)
		cancel()
		all.Wait() // and the bubble fails if a goroutine is left
		for target, feed := range h.feeds {
			if len(feed.viewers) != 0 {
				t.Errorf("%d views are left at %v", len(feed.viewers), target)
			}
		}
		if n := len(h.runs.attending); n != 0 {
			t.Errorf("%d views attend the runs for ever", n)
		}
	})
}

// wander runs a view and does to it what a console does, at random, until ctx ends.
func wander(ctx context.Context, w *Watch, rng *rand.Rand) {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { w.Run(ctx) })
	var seen []Messages
	count(w.Messages(ctx), &seen)
	for ctx.Err() == nil {
		switch rng.IntN(6) {
		case 0:
			w.Choose(Target{Topic: fmt.Sprint("t", rng.IntN(8)), Group: "g"})
		case 1:
			w.Follow()
		case 2:
			w.Show(true)
		case 3:
			w.Show(false)
		case 4:
			w.SetCount(rng.IntN(50))
		case 5:
			w.Refresh()
		}
		pause(ctx, time.Duration(rng.IntN(300))*time.Millisecond, nil)
	}
}
