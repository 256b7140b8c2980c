package live

import (
	"slices"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// sameJudgement says that two judgements of runs show the same: all but the moment they were made at. A registered run never changes, so
// its ID stands for it.
func sameJudgement(a, b roundtrip.Judgement) bool {
	return a.Run.ID == b.Run.ID && a.Verdict == b.Verdict && a.Final == b.Final && a.Said == b.Said && a.Cause == b.Cause &&
		a.Hint == b.Hint && a.Outcome == b.Outcome && sameLatency(a.Latency, b.Latency) && sameDetail(a, b) && sameRanges(a, b) &&
		a.FirstSent.Equal(b.FirstSent) && a.LastSent.Equal(b.LastSent) && a.LastProgress.Equal(b.LastProgress) && a.Verified == b.Verified
}

func sameLatency(a, b roundtrip.Latency) bool {
	return a.Count == b.Count && a.P50 == b.P50 && a.P90 == b.P90 && a.P99 == b.P99 && a.Max == b.Max && a.Least == b.Least &&
		slices.Equal(a.Histogram, b.Histogram) && a.ClockDifference == b.ClockDifference
}

func sameDetail(a, b roundtrip.Judgement) bool {
	return slices.Equal(a.Partitions, b.Partitions) && slices.EqualFunc(a.Workers, b.Workers, sameWorker) && slices.Equal(a.Notes, b.Notes) &&
		slices.Equal(a.MissingAt, b.MissingAt) && samePlace(a.StuckAt, b.StuckAt)
}

func sameRanges(a, b roundtrip.Judgement) bool {
	return slices.Equal(a.MissingRanges, b.MissingRanges) && slices.Equal(a.DuplicatedRanges, b.DuplicatedRanges) &&
		slices.Equal(a.RejectedRanges, b.RejectedRanges) && slices.Equal(a.FailedRanges, b.FailedRanges)
}

func sameWorker(a, b roundtrip.WorkerOutcome) bool {
	return a.Name == b.Name && a.Processed == b.Processed && a.Last.Equal(b.Last) && a.Left == b.Left
}

func samePlace(a, b *roundtrip.Place) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
