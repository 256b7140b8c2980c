package measure

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops/eos"
)

// Loop gives the metrics of a role's consume-process-produce loop. state may be called at any time.
func Loop(role, group string, state func() eos.State) prometheus.Collector {
	labels := prometheus.Labels{"role": role, "group": group}
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, labels) }
	return &loop{
		state:      state,
		committed:  desc("krapp_transactions_committed_total", "Transactions committed."),
		aborted:    desc("krapp_transactions_aborted_total", "Transactions aborted: a partition was revoked, or something failed; what they held is done again."),
		rebalances: desc("krapp_rebalances_total", "Times that the group gave this worker its partitions."),
		partitions: desc("krapp_assigned_partitions", "Partitions assigned to this worker."),
		backingOff: desc("krapp_backing_off", "1 while the loop waits before it tries again what failed."),
	}
}

type loop struct {
	state                                                  func() eos.State
	committed, aborted, rebalances, partitions, backingOff *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (l *loop) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.committed, l.aborted, l.rebalances, l.partitions, l.backingOff} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (l *loop) Collect(out chan<- prometheus.Metric) {
	s := l.state()
	counter := func(d *prometheus.Desc, n int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	gauge := func(d *prometheus.Desc, n float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n) }
	counter(l.committed, s.Commits)
	counter(l.aborted, s.Aborts)
	counter(l.rebalances, s.Rebalances)
	gauge(l.partitions, float64(len(s.Partitions)))
	waits := 0.0
	if s.Phase == eos.BackOff {
		waits = 1
	}
	gauge(l.backingOff, waits)
}

// DeadLetters counts the records that a role's group sent to dead letters, in committed transactions.
func DeadLetters(role, group string, n func() int64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "krapp_dead_letters_total", Help: "Records sent to dead letters, in committed transactions.",
		ConstLabels: prometheus.Labels{"role": role, "group": group},
	}, func() float64 { return float64(n()) })
}
