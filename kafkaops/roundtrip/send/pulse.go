package send

import (
	"context"
	"time"
)

// A paced run is sent in pulses: what became due since the last, as few requests. Without them a slow moment of the brokers would stay for
// ever: librdkafka has at most five requests to a broker under way, and while there are more to send its threads spin until there is room,
// on a small machine at the expense of the brokers that they wait for. Each message's time is when it was due, so a pulse that has to wait
// shows as latency.
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
