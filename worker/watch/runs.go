package watch

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// runs watches what became of runs.
type runs struct {
	o Options

	mu      sync.Mutex
	at      time.Time // of the last look; zero: none yet
	counts  map[roundtrip.Verdict]int
	told    []roundtrip.Judgement
	leftOut int
}

func newRuns(o Options) *runs { return &runs{o: o} }

// verdicts is every verdict that there is.
func verdicts() []roundtrip.Verdict {
	return []roundtrip.Verdict{
		roundtrip.Cancelled, roundtrip.Failed, roundtrip.Lost, roundtrip.Missing, roundtrip.Duplicated, roundtrip.Rejected, roundtrip.Expired,
		roundtrip.Stalled, roundtrip.Sending, roundtrip.InFlight, roundtrip.Done,
	}
}

// look judges the runs anew. Where not all could be judged, all are told as they were last known: a run that was lost must not vanish for another
// one whose topic can't be read. That nothing new was learned is told too.
func (r *runs) look(ctx context.Context) look {
	began := r.o.now()
	all, err := r.o.Ledger.Refresh(ctx)
	seeing := look{told: err == nil || len(all) > 0, fresh: err == nil}
	if err != nil {
		seeing.errs = append(seeing.errs, err)
		seeing.fresh = slices.ContainsFunc(all, func(j roundtrip.Judgement) bool { return !j.Final && !j.At.Before(began) })
	}
	if !seeing.told {
		return seeing
	}
	now := r.o.now()
	counts := map[roundtrip.Verdict]int{}
	var young []roundtrip.Judgement
	for i := range all { // newest first
		if now.Sub(all[i].Run.Created) > r.o.RunAge {
			continue
		}
		counts[all[i].Verdict]++
		young = append(young, all[i])
	}
	slices.SortStableFunc(young, func(a, b roundtrip.Judgement) int { return rank(a.Verdict) - rank(b.Verdict) })
	told := young[:min(len(young), r.o.MaxRuns)]
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at, r.counts, r.told, r.leftOut = now, counts, told, len(young)-len(told)
	return seeing
}

// rank puts the runs first that somebody must look after: they must not be pushed out by many that went well.
func rank(v roundtrip.Verdict) int {
	switch v {
	case roundtrip.Lost, roundtrip.Missing, roundtrip.Duplicated:
		return 0
	case roundtrip.Stalled, roundtrip.Failed, roundtrip.Rejected, roundtrip.Expired:
		return 1
	}
	return 2
}

var (
	runVerdict  = desc("krapp_run_verdict", "1 for the verdict that a run has now; of runs that went wrong first, then of the newest, as many as --max-runs.", "run", "topic", "verdict")
	runMessages = desc("krapp_run_messages", "What became of a run's messages; wanted is how many were asked for.", "run", "topic", "outcome")
	runLatency  = desc("krapp_run_latency_seconds", "From the sending of a run's messages to the moment a read-committed reader could see the result.", "run", "topic", "quantile")
	runCount    = desc("krapp_runs", "Runs registered within --run-age, by verdict.", "verdict")
)

// Describe implements prometheus.Collector.
func (r *runs) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{runVerdict, runMessages, runLatency, runCount} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What is stale is left out.
func (r *runs) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at.IsZero() || r.o.now().Sub(r.at) > r.o.stale() {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, v := range verdicts() {
		gauge(runCount, float64(r.counts[v]), label(string(v)))
	}
	for i := range r.told {
		j := &r.told[i]
		run, topic := label(j.Run.ID), label(j.Run.Topic)
		gauge(runVerdict, 1, run, topic, label(string(j.Verdict)))
		for _, m := range []struct {
			outcome string
			n       int64
		}{
			{"wanted", j.Run.Count}, {"sent", j.Sent}, {"stored", j.Stored}, {"possibly stored", j.PossiblyStored}, {"failed", j.Failed}, {"once", j.Once},
			{"duplicated", j.Duplicated}, {"rejected", j.Rejected}, {"missing", j.Missing}, {"waiting", j.Waiting}, {"discarded", j.Discarded},
		} {
			gauge(runMessages, float64(m.n), run, topic, m.outcome)
		}
		if j.Latency.Count == 0 {
			continue
		}
		gauge(runLatency, j.Latency.P50.Seconds(), run, topic, "0.5")
		gauge(runLatency, j.Latency.P90.Seconds(), run, topic, "0.9")
		gauge(runLatency, j.Latency.P99.Seconds(), run, topic, "0.99")
		gauge(runLatency, j.Latency.Max.Seconds(), run, topic, "1")
	}
}

// untold says how many runs are beyond the bound.
func (r *runs) untold() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.leftOut
}
