package live

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// The bounds of histories.
const (
	historySamples = 512 // of a run; when there are more, every second one goes
	historyRuns    = 32  // runs with a history
	historyGap     = 200 * time.Millisecond
)

// Sample is how far a run was at a moment.
type Sample struct {
	At                time.Time
	Stored, Processed int64
	P99               time.Duration
}

// History is how a run moved while this console watched, oldest first. It is never changed once made.
type History []Sample

// Rates cuts the time from the first sample to the last into n pieces and gives the messages a second in each; at is the counter looked at.
// nil when there is too little to say anything.
func (h History) Rates(n int, at func(Sample) int64) []float64 {
	if len(h) < 2 || n <= 0 {
		return nil
	}
	first, whole := h[0].At, h[len(h)-1].At.Sub(h[0].At)
	if whole <= 0 {
		return nil
	}
	rates := make([]float64, n)
	piece := whole / time.Duration(n)
	if piece <= 0 {
		return nil
	}
	before := float64(at(h[0]))
	for i := range rates {
		now := h.value(first.Add(piece*time.Duration(i+1)), at)
		rates[i] = max(0, now-before) / piece.Seconds()
		before = now
	}
	return rates
}

// value is the counter at a moment, between two samples on the straight line between them.
func (h History) value(t time.Time, at func(Sample) int64) float64 {
	for i := 1; i < len(h); i++ {
		if h[i].At.Before(t) {
			continue
		}
		from, to := h[i-1], h[i]
		share := float64(t.Sub(from.At)) / float64(to.At.Sub(from.At))
		return float64(at(from)) + share*float64(at(to)-at(from))
	}
	return float64(at(h[len(h)-1]))
}

// remember adds the moment's samples of runs that move; all is newest first, looked is when they were looked at before. Runs that were final
// when first seen have no history.
func remember(old map[string]History, all []roundtrip.Judgement, now, looked time.Time) map[string]History {
	next := make(map[string]History, len(old))
	for i := range all {
		if len(next) == historyRuns {
			break
		}
		j := &all[i]
		h, known := old[j.Run.ID]
		if !known && j.Final {
			continue
		}
		next[j.Run.ID] = h.with(Sample{At: now, Stored: j.Stored, Processed: j.Processed(), P99: j.Latency.P99}, looked)
	}
	return next
}

// with appends a sample if it says something new; looked is the look before. The old history is left as it is: pictures share it.
func (h History) with(s Sample, looked time.Time) History {
	if n := len(h); n > 0 {
		last := h[n-1]
		if last.Stored == s.Stored && last.Processed == s.Processed || s.At.Sub(last.At) < historyGap {
			return h
		}
	}
	if n := len(h); n > 0 && s.At.Sub(h[n-1].At) > 2*runsSlow && looked.After(h[n-1].At) {
		// It stood still until the last look: without this the movement would be spread over the whole pause.
		h = h.add(h[n-1], looked)
	}
	return h.add(s, s.At)
}

func (h History) add(s Sample, at time.Time) History {
	s.At = at
	if len(h) >= historySamples {
		half := make(History, 0, historySamples)
		for i := 0; i < len(h); i += 2 {
			half = append(half, h[i])
		}
		h = half
	}
	return append(h[:len(h):len(h)], s)
}
