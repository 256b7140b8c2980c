package send

import (
	"context"
	"time"
)

// A paced run is sent in pulses: what became due since the last, in few requests. Each message as soon as it is due would make more requests
// than brokers on a busy machine answer, and those under way would keep them busy. Each message's time is when it was due, so a pulse that has
// to wait shows as latency.
const (
	pulseTime  = 25 * time.Millisecond  // the least between two
	pulseMost  = 100 * time.Millisecond // the most, whatever is under way: one partition without a leader must not hold up the others
	pulsesOpen = 2                      // as many may be without all their outcomes
)

// pulses are those under way.
type pulses struct {
	last time.Time
	ends []int64       // for each, how many messages were handed over with it
	came chan struct{} // a token after outcomes came
}

func newPulses() pulses { return pulses{came: make(chan struct{}, 1)} }

// outcomes tells that there are more; it never blocks.
func (p *pulses) outcomes() {
	select {
	case p.came <- struct{}{}:
	default:
	}
}

// await returns when the next pulse may go. known says how many messages have their outcome.
func (p *pulses) await(ctx context.Context, known func() int64) error {
	for ctx.Err() == nil {
		for n := known(); len(p.ends) > 0 && p.ends[0] <= n; {
			p.ends = p.ends[1:]
		}
		least := pulseTime
		if len(p.ends) >= pulsesOpen {
			least = pulseMost
		}
		left := least - time.Since(p.last)
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(left)
		select {
		case <-p.came:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return ctx.Err()
}

// sent notes a pulse that went up to message end.
func (p *pulses) sent(end int64) {
	p.last = time.Now()
	p.ends = append(p.ends, end)
}
