package live

import (
	"context"
	"time"
)

// pause waits for d, a kick or the end of ctx, whichever is first.
func pause(ctx context.Context, d time.Duration, kick <-chan struct{}) (kicked bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-kick:
		return true
	case <-t.C:
	}
	return false
}

// poke fills a kick channel without blocking: one kick waiting is enough.
func poke(kick chan<- struct{}) {
	select {
	case kick <- struct{}{}:
	default:
	}
}

// backOff is the wait after so many failures in a row: it doubles from first, up to most.
func backOff(failures int, first, most time.Duration) time.Duration {
	d := first
	for range failures - 1 {
		if d *= 2; d >= most {
			return most
		}
	}
	return min(d, most)
}

// sameErr says that two errors read the same.
func sameErr(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}

// tempo spaces the looks that are asked for: some at once, then four a second, however many people ask. One goroutine owns it.
type tempo struct{ paid time.Time }

const (
	tempoGap   = 250 * time.Millisecond
	tempoBurst = 4
)

// take says how long to wait before the look that is now asked for.
func (t *tempo) take(now time.Time) time.Duration {
	if t.paid.Before(now) {
		t.paid = now
	}
	wait := max(0, t.paid.Sub(now)-(tempoBurst-1)*tempoGap)
	t.paid = t.paid.Add(tempoGap)
	return wait
}

// pause waits as the function does, and longer after too many kicks; those that come meanwhile are one with it.
func (t *tempo) pause(ctx context.Context, d time.Duration, kick <-chan struct{}) (kicked bool) {
	if !pause(ctx, d, kick) {
		return false
	}
	if wait := t.take(time.Now()); wait > 0 {
		pause(ctx, wait, nil)
		select {
		case <-kick:
		default:
		}
	}
	return true
}
