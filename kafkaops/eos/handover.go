package eos

import (
	"context"
	"time"
)

// take hands the filled batch over; the caller gives it back. It waits for one at most for the given time, and returns nil when ctx ended,
// nothing came, or there is something else to do: partitions to place, trouble to handle.
func (in *intake) take(ctx context.Context, most time.Duration) *Batch {
	over := time.NewTimer(most)
	defer over.Stop()
	for {
		b, wait := in.tryTake()
		if b != nil || wait < 0 {
			return b
		}
		ripe := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			ripe.Stop()
			return nil
		case <-over.C:
			ripe.Stop()
			return nil
		case <-in.wake:
		case <-ripe.C:
		}
		ripe.Stop()
	}
}

// tryTake returns the batch, or how long to wait for one; -1: not at all, there is something else to do.
func (in *intake) tryTake() (b *Batch, wait time.Duration) {
	if len(in.unplaced()) > 0 {
		return nil, -1
	}
	in.mu.Lock()
	fault, quiet, ripe := in.fault, in.endAt.IsZero(), in.ripe
	left := endLinger - time.Since(in.endAt)
	in.mu.Unlock()
	switch {
	case fault != nil:
		return nil, -1
	case quiet:
		return nil, time.Minute
	case !ripe && left > 0:
		return nil, left
	}
	in.change(func() {
		in.endAt, in.ripe = time.Time{}, false
		if in.next.empty() { // revoked meanwhile
			return
		}
		b, in.next, in.spare = in.next, in.spare, nil
		in.next.reset()
		b.epoch = in.epoch
	})
	signal(in.room)
	return b, 0
}

// give returns the memory of a batch that take handed over.
func (in *intake) give(b *Batch) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.spare = b
}

// begin notes that a transaction is in hand, whose context abort ends when a partition is revoked; the caller must call done. False: one
// was revoked already since the batch was taken.
func (in *intake) begin(b *Batch, abort context.CancelFunc) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.epoch != b.epoch {
		return false
	}
	in.cancel, in.idle = abort, make(chan struct{})
	return true
}

// current says whether no partition was revoked since the batch was taken.
func (in *intake) current(b *Batch) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.epoch == b.epoch
}

// done says that the transaction has ended.
func (in *intake) done() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.cancel = nil
	close(in.idle)
}

// takeFault returns the trouble of reading since the last call.
func (in *intake) takeFault() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	err := in.fault
	in.fault = nil
	signal(in.room)
	return err
}
