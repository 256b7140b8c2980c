package live

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/ui"
)

// order tells the race detector that a test reads what was delivered before it lets time pass, and that only then more is.
var order sync.Mutex

// count collects what a stream delivers.
func count[T any](s *ui.Stream[T], into *[]T) {
	go func() {
		for {
			m := s.Next()()
			if m == nil {
				return
			}
			order.Lock()
			*into = append(*into, m.(ui.Snapshot[T]).Value)
			order.Unlock()
		}
	}()
}

// after lets so much time pass; all goroutines are at rest when it returns.
func after(d time.Duration) {
	order.Lock()
	order.Unlock() //nolint:staticcheck // nothing is guarded: it is an order
	time.Sleep(d)
	synctest.Wait()
}

func TestRunsDeliverOnlyNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{runs: []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Done, true), run("B", "orders", "g", roundtrip.Done, true)}}
		feed := NewRuns(b)
		var seen []RunsPicture
		count(feed.Subscribe(ctx), &seen)
		go feed.Run(ctx)
		after(time.Minute)
		if len(seen) != 1 || seen[0].Runs[0].Run.ID != "B" {
			t.Fatalf("%d pictures of an unchanged ledger: %+v", len(seen), seen)
		}
		if n := b.called(); n < 10 || n > 30 {
			t.Errorf("%d refreshes in an idle minute", n)
		}
		b.set(func() { b.runs[0].Stored = 5 })
		after(runsRest)
		if len(seen) != 2 {
			t.Errorf("%d pictures after a change, not 2", len(seen))
		}
	})
}

func TestRunsArePolledFastWhileOneMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{runs: []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Sending, false)}}
		feed := NewRuns(b)
		go feed.Run(ctx)
		after(10 * time.Second)
		moving := b.called()
		if moving < 25 {
			t.Errorf("%d refreshes in 10 s of a run being sent", moving)
		}
		after(10 * time.Minute) // it stands still, and never becomes final
		if n := b.called() - moving; n > 10*60/2 {
			t.Errorf("%d refreshes in 10 minutes of a run that does not move", n)
		}
		before := b.called()
		feed.Refresh()
		synctest.Wait()
		if b.called() != before+1 {
			t.Error("Refresh did not look at once")
		}
	})
}

func TestRunsKeepTheLastPictureWhenTheyCannotLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{runs: []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Done, true)}}
		feed := NewRuns(b)
		var seen []RunsPicture
		count(feed.Subscribe(ctx), &seen)
		go feed.Run(ctx)
		after(time.Second)
		b.set(func() { b.err = errors.New("no leader") })
		after(5 * time.Minute)
		last := seen[len(seen)-1]
		if len(seen) != 2 || last.Err == nil || len(last.Runs) != 1 {
			t.Fatalf("%d pictures, the last %+v", len(seen), last)
		}
		if n := b.called(); n > 22 {
			t.Errorf("%d refreshes in 5 minutes of failure: it does not back off", n)
		}
		b.set(func() { b.err = nil })
		after(runsMost)
		if last := seen[len(seen)-1]; last.Err != nil {
			t.Error("it did not recover")
		}
	})
}

// watching runs a Watch of topic stream and group g, with all its pictures.
type watching struct {
	*Watch
	partitions []Partitions
	messages   []Messages
	status     []ui.Status
}

func watch(ctx context.Context, f *fake, o Options) *watching {
	w := &watching{Watch: NewWatch(f, o)}
	count(w.Partitions(ctx), &w.partitions)
	count(w.Messages(ctx), &w.messages)
	count(w.Status().Subscribe(ctx), &w.status)
	go w.Run(ctx)
	return w
}

func TestAnIdleClusterDeliversNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		f.ends, f.committed = [2]int64{10, 20}, [2]int64{10, 20}
		w := watch(ctx, f, Options{})
		w.Choose(Target{"stream", "g"})
		w.Show(true)
		after(10 * time.Second)
		p, m, s, asked := len(w.partitions), len(w.messages), len(w.status), f.called("Ends")
		after(10 * time.Minute)
		if len(w.partitions) != p || len(w.messages) != m || len(w.status) != s {
			t.Errorf("idle for 10 minutes: %d partitions, %d messages, %d statuses more", len(w.partitions)-p, len(w.messages)-m, len(w.status)-s)
		}
		if n := f.called("Ends") - asked; n > 310 {
			t.Errorf("%d glances in 10 idle minutes", n)
		}
		if n := f.called("Lag"); n > 80 {
			t.Errorf("%d samples in 10 idle minutes", n)
		}
		f.set(func() { f.ends[1]++ })
		after(glanceRest + 1100*time.Millisecond) // seen by a glance; the sample follows
		if len(w.partitions) == p || len(w.messages) == m || len(w.status) == s {
			t.Error("a new record was not delivered to all three")
		}
		last := w.status[len(w.status)-1]
		if last.Lag != 1 || last.State != ui.Connected || last.Brokers != 1 {
			t.Errorf("status %+v", last)
		}
	})
}

func TestMessagesAreFetchedAtMostFourTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		w := watch(ctx, f, Options{Messages: 5})
		w.Choose(Target{"stream", "g"})
		go func() {
			for ctx.Err() == nil {
				pause(ctx, time.Millisecond, nil)
				f.set(func() { f.ends[0] += 50 })
			}
		}()
		after(10 * time.Second)
		if n := f.called("Tail"); n != 0 {
			t.Errorf("%d fetches while nobody looks", n)
		}
		w.Show(true)
		after(10 * time.Second)
		if n := f.called("Tail"); n < 20 || n > 45 {
			t.Errorf("%d fetches in 10 s", n)
		}
		last := w.messages[len(w.messages)-1]
		if len(last.Records) != 5 || last.Records[0].Offset < last.Records[4].Offset {
			t.Errorf("messages %+v", last)
		}
		in := w.status[len(w.status)-1].InPerSecond
		if in < 49_000 || in > 51_000 {
			t.Errorf("in %f records a second, 50,000 come", in)
		}
	})
}

func TestAnOutageKeepsThePictureAndIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		f.ends = [2]int64{3, 4}
		w := watch(ctx, f, Options{})
		w.Choose(Target{"stream", "g"})
		w.Show(true)
		after(10 * time.Second)
		f.set(func() { f.down = errDown })
		after(5 * time.Second)
		s := w.status[len(w.status)-1]
		if s.State != ui.Disconnected || s.Why.String() != "connection refused" || !s.NextTry.After(s.Since) {
			t.Errorf("status %+v", s)
		}
		if p := w.partitions[len(w.partitions)-1]; len(p.Rows) != 2 || p.Rows[1].End != 4 {
			t.Errorf("the last picture is gone: %+v", p)
		}
		before := f.called("Cluster")
		after(10 * time.Minute)
		if n := f.called("Cluster") - before; n > 76 {
			t.Errorf("%d tries in 10 minutes: it does not back off", n)
		}
		since := w.status[len(w.status)-1].Since
		if !since.Equal(s.Since) {
			t.Error("since moved")
		}
		f.set(func() { f.down = nil })
		after(retryMost)
		if s := w.status[len(w.status)-1]; s.State != ui.Connected || !s.NextTry.IsZero() {
			t.Errorf("no recovery: %+v", s)
		}
	})
}

func TestTheNewestRunIsWatchedUntilOneIsChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{}
		runs := NewRuns(b)
		go runs.Run(ctx)
		w := watch(ctx, newFake(), Options{Runs: runs})
		after(3 * time.Second)
		if got, chosen := w.Target(); got != (Target{}) || chosen {
			t.Errorf("without a run: %v", got)
		}
		b.set(func() { b.runs = []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Done, true)} })
		after(5 * time.Second)
		if p := w.partitions[len(w.partitions)-1]; p.Target != (Target{"stream", "g"}) || len(p.Rows) != 2 {
			t.Errorf("partitions %+v", p)
		}
		w.Choose(Target{Topic: "orders"})
		after(time.Second)
		p := w.partitions[len(w.partitions)-1]
		if p.Topic != "orders" || p.Rows[0].Records != -1 {
			t.Errorf("chosen without a group: %+v", p)
		}
		w.Follow()
		after(time.Second)
		if p := w.partitions[len(w.partitions)-1]; p.Topic != "stream" {
			t.Errorf("followed again: %+v", p)
		}
	})
}

func TestANewRunIsWatchedAtOnceNotAtTheNextLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{}
		runs := NewRuns(b)
		w := watch(ctx, newFake(), Options{Runs: runs})
		go runs.Run(ctx)
		after(time.Minute)
		b.set(func() { b.runs = []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Sending, false)} })
		runs.Refresh()
		after(100 * time.Millisecond) // a frame's rest; the next look would be a second or more away
		if p := w.partitions[len(w.partitions)-1]; p.Target != (Target{"stream", "g"}) || len(p.Rows) != 2 {
			t.Errorf("partitions %+v", p)
		}
	})
}

func TestHistoryIsBoundedAndPicturesShareIt(t *testing.T) {
	var h History
	at := time.Unix(0, 0)
	for i := range 10 * historySamples {
		before := h
		h = h.with(Sample{At: at.Add(time.Duration(i) * time.Second), Processed: int64(i * 100)}, time.Time{})
		if len(before) > 0 && before[len(before)-1].Processed != int64((i-1)*100) {
			t.Fatal("a picture's history changed")
		}
	}
	if len(h) > historySamples {
		t.Errorf("%d samples", len(h))
	}
	for _, r := range h.Rates(40, func(s Sample) int64 { return s.Processed }) {
		if r < 99 || r > 101 {
			t.Errorf("%f a second, not 100", r)
		}
	}
}

func TestARunOfWhichOnlyTheWordsChangeIsPolledSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &book{runs: []roundtrip.Judgement{run("A", "stream", "g", roundtrip.Stalled, false)}, tick: true}
		feed := NewRuns(b)
		go feed.Run(ctx)
		after(time.Minute)
		before := b.called()
		after(time.Minute)
		if n := b.called() - before; n > 30 {
			t.Errorf("%d refreshes in a minute of a stalled run", n)
		}
	})
}

func TestBriefSaysWhatHappened(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:1: Connect to ipv4#127.0.0.1:1 failed: Connection refused": "Connection refused",
		"timed out": "timed out",
	} {
		p, _ := ui.ProblemOf(kafkaops.Errorf(kafkaops.Unreachable, "describing cluster", "127.0.0.1:1", "", "%s", text))
		if got := brief(p).String(); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
