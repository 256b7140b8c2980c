// Package figure holds what benchmarks measured, as a spread over repetitions, and writes it as Markdown.
package figure

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Spread is one quantity measured several times.
type Spread struct {
	values []float64 // in the order of measuring
}

// Add notes one more measurement.
func (s *Spread) Add(v float64) { s.values = append(s.values, v) }

// AddDuration notes one more measurement, in milliseconds.
func (s *Spread) AddDuration(d time.Duration) { s.Add(float64(d) / float64(time.Millisecond)) }

// Len is how often it was measured.
func (s Spread) Len() int { return len(s.values) }

// Values are the measurements, in order.
func (s Spread) Values() []float64 { return slices.Clone(s.values) }

// Min is the least measurement; NaN without any.
func (s Spread) Min() float64 { return s.Quantile(0) }

// Median is the one in the middle, or between the two in the middle.
func (s Spread) Median() float64 {
	sorted := slices.Sorted(slices.Values(s.values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Max is the greatest measurement.
func (s Spread) Max() float64 { return s.Quantile(1) }

// Quantile is the least measurement that a share q of all doesn't exceed (nearest rank).
func (s Spread) Quantile(q float64) float64 {
	if len(s.values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s.values))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Ratio divides pair by pair: what was measured in the same round stood beside the same neighbours.
func Ratio(of, to Spread) Spread {
	var r Spread
	for i := range min(of.Len(), to.Len()) {
		r.Add(of.values[i] / to.values[i])
	}
	return r
}

// Best is the greater of the spreads, round by round.
func Best(spreads ...Spread) Spread {
	var best Spread
	for i := 0; len(spreads) > 0; i++ {
		v := math.Inf(-1)
		for _, s := range spreads {
			if i >= s.Len() {
				return best
			}
			v = max(v, s.values[i])
		}
		best.Add(v)
	}
	return best
}

// number writes a figure with as many digits as tell something.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1000:
		return grouped(int64(math.Round(v)))
	case a >= 100 || a == math.Trunc(a):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// grouped writes thousands apart.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
