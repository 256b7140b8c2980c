package send

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPaceNeverRunsAheadAndCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := newPace(1000)
		for n := int64(0); n < 5000; {
			due, err := p.due(t.Context(), n, n+1000)
			if err != nil {
				t.Fatal(err)
			}
			if due <= n {
				t.Fatalf("no message is due after waiting for %d", n)
			}
			if allowed := int64(time.Since(start).Seconds()*1000 + 1.001); due > allowed {
				t.Fatalf("%d messages after %s", due, time.Since(start))
			}
			n = due
			if n == 2000 {
				time.Sleep(time.Second) // held up: what is late goes out at once
				if due, err := p.due(t.Context(), n, n+1000); err != nil || due < n+999 {
					t.Fatalf("after a second's delay %d messages are due, %v", due-n, err)
				}
			}
		}
		if took := time.Since(start); took < 4990*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("5000 messages at 1000/s took %s", took)
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p := newPace(1e-12) // the second message is due in thirty thousand years
		if due, err := p.due(ctx, 0, 10); due != 1 || err != nil {
			t.Errorf("the first: %d, %v", due, err)
		}
		if _, err := p.due(ctx, 1, 10); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the second: %v", err)
		}
		if _, err := newPace(0).due(ctx, 1, 10); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a rate: %v", err)
		}
	})
}
