package pipeline

import (
	"math"
	"slices"
	"time"
)

// stage is one of the steps that rows take.
type stage struct {
	name      string
	rows      int64         // that have passed it
	lag       int64         // rows that are known to come and have not; -1: not known
	about     bool          // lag is an estimate
	perSecond float64       // -1: not known yet
	behind    time.Duration // the age of the oldest thing that waits; -1: not known, 0: nothing waits
	left      time.Duration // until lag is worked off at this speed; -1: not known
	trend     []float64     // rows a second, oldest first
	members   int           // -1: not known
}

// The places in pictures' stages; a stream has no reading.
const (
	readStage = iota
	computeStage
	resultsStage
	stageCount
)

// toRead is how many rows are still to be read, by the share of the sources' compressed bytes: about, unless it is 0. Sources of which nothing is
// known yet count as the mean of the others; -1 when there is none to go by.
func toRead(sources []Source) int64 {
	var rest, whole float64
	var known, unknown int
	for i := range sources {
		s := &sources[i]
		all := -1.0
		switch {
		case s.Phase == Done || s.Phase == Failed:
			all = float64(s.Rows)
		case s.Size > 0 && s.Read > 0 && s.Rows > 0:
			all = float64(s.Rows) * max(1, float64(s.Size)/float64(s.Read))
		}
		switch {
		case all < 0:
			unknown++
		case s.Phase != Failed: // a failed one is no measure of the others
			known++
			whole += all
			rest += all - float64(s.Rows)
		}
	}
	switch {
	case unknown == 0:
	case known == 0:
		return -1
	default:
		rest += float64(unknown) * whole / float64(known)
	}
	if rest >= math.MaxInt64/2 {
		return -1
	}
	return int64(rest)
}

// stagesOf computes where rows are, from the facts and the groups' lags. Rates and trends are the history's.
func stagesOf(f *Facts, g *groups) [stageCount]stage {
	merging := int64(-1)
	if f.Waiting == 0 {
		merging = 0
	} else if f.Waiting > 0 && f.RowsARecord > 0 {
		merging = int64(float64(f.Waiting) * f.RowsARecord)
	}
	read := stage{name: "read", rows: f.Read.Rows, lag: toRead(f.Sources), behind: -1, members: g.read.count()}
	read.about = read.lag > 0
	if read.lag == 0 {
		read.behind = 0
	}
	results := stage{name: "results", rows: f.Counted.Rows, lag: merging, about: merging > 0, behind: f.Behind, members: -1}
	if merging == 0 {
		results.behind = 0
	}
	compute := stage{name: "compute", rows: f.Counted.Rows + max(0, merging), members: g.compute.count(), behind: g.compute.behind}
	if f.Job.Stream() {
		compute.lag = g.compute.records
	} else {
		compute.lag, compute.rows = max(0, f.Read.Rows-compute.rows), min(compute.rows, f.Read.Rows)
		compute.about = compute.lag > 0 && merging != 0
	}
	if compute.lag == 0 {
		compute.behind = 0
	}
	return [stageCount]stage{read, compute, results}
}

// The history keeps a piece of each stage's speed a second, for as long as something moves.
const (
	trendPieces = 60
	rateSpan    = 5 * time.Second // a rate is the mean over so long
	maxSamples  = 64
)

type sample struct {
	at   time.Time
	rows [stageCount]int64
}

// history is how rows moved while the page was open.
type history struct {
	samples []sample // of the last rateSpan
	piece   sample   // where the newest piece of the trend began
	trend   [stageCount][]float64
}

// take adds a look and fills in rates, trends and what follows from them.
func (h *history) take(now time.Time, stages *[stageCount]stage) {
	s := sample{at: now}
	for i := range stages {
		s.rows[i] = stages[i].rows
	}
	if n := len(h.samples); n > 0 && !now.After(h.samples[n-1].at) {
		h.samples = h.samples[:n-1] // two looks at the same moment are one
	}
	h.samples = append(h.samples, s)
	for len(h.samples) > 2 && (now.Sub(h.samples[1].at) >= rateSpan || len(h.samples) > maxSamples) {
		h.samples = h.samples[1:]
	}
	h.extend(s)
	first := h.samples[0]
	for i := range stages {
		st := &stages[i]
		st.perSecond, st.left, st.trend = -1, -1, h.trend[i]
		if span := now.Sub(first.at); span >= time.Second {
			st.perSecond = max(0, float64(s.rows[i]-first.rows[i])/span.Seconds())
		}
		switch {
		case st.lag == 0:
			st.left = 0
		case st.lag > 0 && st.perSecond > 0:
			if seconds := float64(st.lag) / st.perSecond; seconds < 1e8 {
				st.left = time.Duration(seconds * float64(time.Second))
			}
		}
	}
}

// extend adds a piece to the trends about each second; while nothing moves they stand still after one piece of nothing.
func (h *history) extend(s sample) {
	if h.piece.at.IsZero() {
		h.piece = s
		return
	}
	span := s.at.Sub(h.piece.at)
	if span < time.Second {
		return
	}
	moved := false
	var next [stageCount]float64
	for i := range next {
		next[i] = max(0, float64(s.rows[i]-h.piece.rows[i])/span.Seconds())
		last := len(h.trend[i]) - 1
		moved = moved || next[i] > 0 || last >= 0 && h.trend[i][last] > 0
	}
	h.piece = s
	if !moved {
		return
	}
	for i := range next {
		grown := slices.Concat(h.trend[i], []float64{next[i]}) // pictures share the old one
		h.trend[i] = grown[max(0, len(grown)-trendPieces):]
	}
}
