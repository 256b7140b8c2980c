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
