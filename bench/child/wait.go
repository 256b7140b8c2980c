package child

import (
	"context"
	"fmt"
	"net"
	"time"
)

// Wait waits, or until ctx ends: then it returns why.
func Wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Eventually waits for a condition. An error of the condition ends it.
func Eventually(ctx context.Context, most time.Duration, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("waited %s for %s", most, what))
	defer cancel()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if err := Wait(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// FreeAddress is a loopback address that nobody listens on; a process takes it a moment later.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
