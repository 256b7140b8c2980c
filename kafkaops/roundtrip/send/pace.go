package send

import (
	"context"
	"time"
)

// pace says when messages are due: message n at start + n/rate.
type pace struct {
	start time.Time
	rate  float64 // 0: at once
	timer *time.Timer
}

func newPace(perSecond float64) *pace { return &pace{start: time.Now(), rate: perSecond} }

// restart makes message next due now.
func (p *pace) restart(next int64) {
	if p.rate > 0 {
		p.start = time.Now().Add(p.start.Sub(p.at(next)))
	}
}

// due waits until message next is due and returns the message before which to stop, at most limit.
func (p *pace) due(ctx context.Context, next, limit int64) (int64, error) {
	if err := ctx.Err(); err != nil {
		return next, err
	}
	if p.rate <= 0 {
		return limit, nil
	}
	at := p.at(next)
	if wait := time.Until(at); wait > 0 {
		if err := p.sleep(ctx, wait); err != nil {
			return next, err
		}
	}
	passed := time.Since(p.start).Seconds() * p.rate
	return min(limit, max(next, int64(min(passed, float64(limit))))+1), nil
}

// at is when message n is due.
func (p *pace) at(n int64) time.Time {
	seconds := float64(n) / p.rate
	const most = float64(1<<62) / 1e9 // a rate near 0 must not overflow
	return p.start.Add(time.Duration(min(seconds, most) * 1e9))
}

// time is the time of message n, which is due: when it became so, or for a run at full speed the present.
func (p *pace) time(n int64) time.Time {
	if p.rate <= 0 {
		return time.Now()
	}
	return p.at(n)
}

func (p *pace) sleep(ctx context.Context, d time.Duration) error {
	if p.timer == nil {
		p.timer = time.NewTimer(d)
	} else {
		p.timer.Reset(d)
	}
	select {
	case <-p.timer.C:
		return nil
	case <-ctx.Done():
		p.timer.Stop()
		return ctx.Err()
	}
}
