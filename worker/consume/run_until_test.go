package consume

import (
	"context"
	"testing"
	"time"
)

// runUntil runs a role without HTTP until it has consumed n records.
func runUntil(t testing.TB, r *Role, n int64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, func() {}) }()
	over := time.After(2 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for r.processor.counts().consumed < n {
		select {
		case <-tick.C:
		case err := <-ended:
			t.Fatal(err)
		case <-over:
			t.Fatalf("%d of %d records in two minutes; state %+v", r.processor.counts().consumed, n, r.State())
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
