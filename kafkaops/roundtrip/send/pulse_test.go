package send

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPulsesGoAsOutcomesCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPulses()
		var known atomic.Int64
		wait := func() time.Duration {
			began := time.Now()
			if err := p.await(t.Context(), known.Load); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if d := wait(); d != 0 {
			t.Errorf("the first pulse waits %s", d)
		}
		for end := int64(1); end <= 100; end++ { // outcomes come at once
			p.sent(end)
			known.Store(end)
			if d := wait(); d != pulseTime {
				t.Fatalf("pulse %d waits %s", end, d)
			}
		}
		for end := int64(101); end <= 100+pulsesOpen; end++ {
			p.sent(end)
		}
		if d := wait(); d != pulseMost {
			t.Errorf("with %d under way the next waits %s", pulsesOpen, d)
		}
		p.last = time.Now()
		time.AfterFunc(pulseTime*2, func() {
			known.Store(102)
			p.outcomes()
		})
		if d := wait(); d != pulseTime*2 {
			t.Errorf("when one has its outcomes the next waits %s", d)
		}
	})
}

func TestPulsesEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := newPulses()
	if err := p.await(ctx, func() int64 { return 0 }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
