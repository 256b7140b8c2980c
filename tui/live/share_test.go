package live

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

func TestOneSeerIsAskedForItsStateOnceByAll(t *testing.T) {
	looks := func(n int, shared bool) (looked int) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := newOracle()
			o.status = seer.Status{State: seer.Current, Topics: []string{"orders"}, Messages: 5}
			var asker seer.Asker = o
			if shared {
				asker = ShareSeer(o)
			}
			all := make([]*Seer, n)
			for i := range all {
				all[i] = NewSeer(asker)
				go all[i].Run(ctx)
				all[i].Show(true)
				after(41 * time.Millisecond)
			}
			after(time.Second)
			before := o.looked()
			after(20 * time.Second) // they look every two seconds
			looked = o.looked() - before
			o.set(func() { o.status.Messages = 6; o.status.Topics = []string{"stream"} })
			after(seerRest + seerFresh)
			for _, s := range all {
				if got := s.Latest().Status; got.Messages != 6 || got.Topics[0] != "stream" {
					t.Fatalf("status %+v", got)
				}
			}
		})
		return looked
	}
	one, fifty, apart := looks(1, true), looks(many, true), looks(many, false)
	if one != 10 || fifty < one || fifty > one+2 || apart < 9*many*one/10 {
		t.Errorf("%d looks in 20 s for one, %d for %d, %d for as many apart", one, fifty, many, apart)
	}
}

func TestWhoGoesAwayDoesNotFailTheOthersLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := &gated{oracle: newOracle(), open: make(chan struct{})}
		shared := ShareSeer(gate)
		first, leave := context.WithCancel(t.Context())
		var firstErr, secondErr error
		go func() { _, firstErr = shared.Status(first) }()
		synctest.Wait()
		go func() { _, secondErr = shared.Status(t.Context()) }()
		third, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := shared.Status(third); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who waits for another's look can't give up: %v", err)
		}
		leave()
		synctest.Wait()
		close(gate.open)
		synctest.Wait()
		if !errors.Is(firstErr, context.Canceled) || secondErr != nil {
			t.Errorf("the first: %v, the second: %v", firstErr, secondErr)
		}
	})
}

// gated is a seer whose state takes until it is opened.
type gated struct {
	*oracle
	open chan struct{}
}

func (g *gated) Status(ctx context.Context) (seer.Status, error) {
	select {
	case <-ctx.Done():
		return seer.Status{}, ctx.Err()
	case <-g.open:
		return g.oracle.Status(ctx)
	}
}

func TestPicturesOfHugeMessagesAreBounded(t *testing.T) {
	huge := bytes.Repeat([]byte("x"), 2*keepBytes)
	records := make([]kafkaops.Record, MaxMessages)
	for i := range records {
		records[i] = kafkaops.Record{Key: huge, Value: huge, Headers: []kafkaops.Header{{Key: "h", Value: huge[:keepBytes-1]}}}
	}
	kept := 0
	for i, m := range previews(records) {
		kept += len(m.Key) + len(m.Value)
		for _, h := range m.Headers {
			kept += len(h.Value)
		}
		if !m.Cut || len(m.Value) == 0 || i < DefaultMessages && len(m.Value) != keepBytes {
			t.Fatalf("message %d: cut %v, %d bytes", i, m.Cut, len(m.Value))
		}
	}
	if most := pictureBytes + 3*keepBytes + MaxMessages*2*briefBytes; kept > most {
		t.Errorf("%d bytes are kept", kept)
	}
	small := previews([]kafkaops.Record{{Key: []byte("k"), Value: huge[:keepBytes]}})[0]
	if small.Cut || len(small.Value) != keepBytes {
		t.Error("what is not too large was cut")
	}
}

func TestWhatHappenedWhileNobodyLookedIsNotDrawnAsASpike(t *testing.T) {
	at := time.Unix(0, 0)
	moment := func(s int, processed int64) Sample {
		return Sample{At: at.Add(time.Duration(s) * time.Second), Processed: processed}
	}
	processed := func(s Sample) int64 { return s.Processed }
	unseen := History{moment(0, 0)}.with(moment(100, 1000), at.Add(time.Second)) // looked at second 1, then nobody did
	for _, r := range unseen.Rates(10, processed)[1:] {
		if r < 9 || r > 12 {
			t.Errorf("%v a second of 1000 in 100 s: %v", r, unseen.Rates(10, processed))
		}
	}
	still := History{moment(0, 0)}.with(moment(100, 1000), at.Add(98*time.Second)) // looked at second 98, and nothing had moved
	if rates := still.Rates(10, processed); rates[0] != 0 || rates[9] < 99 {
		t.Errorf("a pause is not seen: %v", rates)
	}
}

func TestRunsOfAHubKeepTheirHistoryWhileNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := moving()
		h := NewHub(newFake(), b, HubOptions{})
		go h.Run(ctx)
		session, leave := context.WithCancel(ctx)
		go h.Watch(Options{}).Run(session)
		after(time.Second)
		b.set(func() { b.runs[0].Stored = 5 })
		after(time.Second)
		leave()
		synctest.Wait()
		b.set(func() { b.runs[0].Stored, b.runs[0].Once = 10, 10 })
		after(time.Hour)
		if p, _ := h.Runs().Latest(); p.Runs[0].Stored != 5 {
			t.Error("somebody looked")
		}
		go h.Watch(Options{}).Run(ctx)
		synctest.Wait()
		p, _ := h.Runs().Latest()
		if n := len(p.History["A"]); p.Runs[0].Stored != 10 || n < 3 {
			t.Errorf("stored %d, %d samples", p.Runs[0].Stored, n)
		}
	})
}

// TestRunsArePaintedInTurns: a crowd is told of a run that moves bit by bit, one who is alone at once whatever he opens.
func TestRunsArePaintedInTurns(t *testing.T) {
	for consoles, most := range map[int]int{1: 40, many: 4} { // told within a moment
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b := moving()
			h := NewHub(newFake(), b, HubOptions{})
			go h.Run(ctx)
			for range consoles {
				go h.Watch(Options{}).Run(ctx)
			}
			var seen [40][]RunsPicture
			for i := range seen {
				count(h.Runs().Subscribe(ctx), &seen[i])
			}
			told := func(stored int64) (n int) {
				for _, s := range seen {
					if len(s) > 0 && s[len(s)-1].Runs[0].Stored == stored {
						n++
					}
				}
				return n
			}
			after(0)
			if n := told(0); n != len(seen) {
				t.Errorf("%d consoles: %d of %d see the first picture at once", consoles, n, len(seen))
			}
			after(time.Second)
			b.set(func() { b.runs[0].Stored = 5 })
			h.Runs().Refresh()
			after(time.Millisecond)
			if n := told(5); n == 0 || n > most || consoles == 1 && n != len(seen) {
				t.Errorf("%d consoles: %d of %d are told at once", consoles, n, len(seen))
			}
			after(turns * turnGap)
			if n := told(5); n != len(seen) {
				t.Errorf("%d consoles: %d of %d have been told", consoles, n, len(seen))
			}
		})
	}
}

func TestImpatienceIsServedAtOnceAndThenFourTimesASecond(t *testing.T) {
	var asked tempo
	at := time.Unix(0, 0)
	for i := range tempoBurst {
		if wait := asked.take(at); wait != 0 {
			t.Errorf("look %d waits %v", i, wait)
		}
	}
	for i := range 10 {
		wait := asked.take(at)
		if wait != tempoGap {
			t.Errorf("look %d waits %v after the one before", tempoBurst+i, wait)
		}
		at = at.Add(wait)
	}
	if wait := asked.take(at.Add(time.Minute)); wait != 0 {
		t.Errorf("a minute later it waits %v", wait)
	}
}
