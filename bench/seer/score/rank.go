// Package score turns ranks, scores and answers into the figures of an evaluation.
package score

import (
	"math"
	"slices"
)

// Ranks holds the place of the first right hit for each question, from 1; 0 where there was none.
type Ranks []int

// Recall is the share of questions whose first right hit is among the first k; NaN without questions.
func (r Ranks) Recall(k int) float64 {
	n := 0
	for _, rank := range r {
		if rank > 0 && rank <= k {
			n++
		}
	}
	return float64(n) / float64(len(r))
}

// MRR is the mean of 1/rank.
func (r Ranks) MRR() float64 {
	sum := 0.0
	for _, rank := range r {
		if rank > 0 {
			sum += 1 / float64(rank)
		}
	}
	return sum / float64(len(r))
}

// AUC is how likely a question that has an answer scores above one that has none; ties count half. NaN when there are none of either.
func AUC(answerable, unanswerable []float64) float64 {
	if len(answerable) == 0 || len(unanswerable) == 0 {
		return math.NaN()
	}
	below := slices.Sorted(slices.Values(unanswerable))
	sum := 0.0
	for _, v := range answerable {
		less, _ := slices.BinarySearch(below, v)
		upTo := less
		for upTo < len(below) && below[upTo] == v {
			upTo++
		}
		sum += float64(less) + float64(upTo-less)/2
	}
	return sum / float64(len(answerable)) / float64(len(below))
}

// Best is the threshold that keeps answers and refusals apart with the fewest mistakes, counted as shares of both kinds: what scores below it
// would be refused. It is for tuning, on questions that were made for that.
func Best(answerable, unanswerable []float64) (threshold, wronglyRefused, wronglyAnswered float64) {
	least := math.Inf(1)
	for _, t := range append(slices.Clone(answerable), unanswerable...) {
		refused, answered := Below(answerable, t), 1-Below(unanswerable, t)
		if refused+answered < least {
			least, threshold, wronglyRefused, wronglyAnswered = refused+answered, t, refused, answered
		}
	}
	return threshold, wronglyRefused, wronglyAnswered
}

// Below is the share of scores under a threshold.
func Below(scores []float64, threshold float64) float64 {
	n := 0
	for _, v := range scores {
		if v < threshold {
			n++
		}
	}
	return float64(n) / float64(len(scores))
}
