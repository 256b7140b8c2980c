package ui_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/tui/ui"
)

func same(a, b int) bool { return a == b }

// collect takes snapshots until the context ends.
func collect(ctx context.Context, box *ui.Mailbox[int], got chan<- int) {
	s := box.Subscribe(ctx)
	for {
		m, ok := s.Next()().(ui.Snapshot[int])
		if !ok {
			close(got)
			return
		}
		got <- m.Value
	}
}

func TestMailboxDeliversTheNewestAtMostThirtyTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		box := ui.NewMailbox(same)
		got := make(chan int, 1000)
		go collect(ctx, box, got)
		for i := range 1000 { // 1000 changes in a second
			box.Put(i)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(got); n > 31 || n < 29 {
			t.Errorf("%d deliveries in a second", n)
		}
		cancel()
		last := -1
		for v := range got {
			if v <= last {
				t.Errorf("%d came after %d", v, last)
			}
			last = v
		}
		if last != 999 {
			t.Errorf("the last delivered is %d, not the newest", last)
		}
	})
}

func TestMailboxIsSilentWhenNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		box := ui.NewMailbox(same)
		got := make(chan int, 1000)
		go collect(ctx, box, got)
		for range 1000 {
			box.Put(7)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if len(got) != 1 {
			t.Errorf("%d deliveries of one value", len(got))
		}
		box.Put(8) // the control: a change is delivered
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got) != 2 {
			t.Errorf("%d deliveries after a change", len(got))
		}
		cancel()
		synctest.Wait()
		for range got { // until it is closed: the stream has ended
		}
	})
}

func TestOneWaitAtATime(t *testing.T) {
	box := ui.NewMailbox(same)
	s := box.Subscribe(t.Context())
	first := s.Next()
	if s.Next() != nil {
		t.Error("a second wait was armed beside the first")
	}
	box.Put(1)
	first()
	if s.Next() == nil {
		t.Error("after a delivery the stream can't be armed")
	}
}

func TestPollerKeepsTheLastValueAndBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		p := ui.NewPoller(time.Second, same, func(context.Context) (int, error) {
			calls++
			if calls > 1 {
				return 0, errors.New("gone")
			}
			return 42, nil
		})
		s := p.Subscribe(ctx)
		go p.Run(ctx)()
		first, _ := s.Next()().(ui.Snapshot[ui.Polled[int]])
		second, _ := s.Next()().(ui.Snapshot[ui.Polled[int]])
		if first.Value.Err != nil || second.Value.Err == nil || second.Value.Value != 42 {
			t.Errorf("got %+v, then %+v", first.Value, second.Value)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if calls > 12 {
			t.Errorf("%d tries in a minute of failures", calls)
		}
		before := calls
		p.Refresh()
		synctest.Wait()
		if calls != before+1 {
			t.Errorf("Refresh made %d tries", calls-before)
		}
		cancel()
	})
}
