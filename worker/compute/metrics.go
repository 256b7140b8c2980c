package compute

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
)

// meter is the histogram of transactions; without a registry it is nil and observes nothing.
type meter struct{ seconds prometheus.Histogram }

func newMeter(o Options) (*meter, error) {
	if o.Registry == nil {
		return nil, nil
	}
	m := &meter{prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "krapp_compute_transaction_seconds", Help: "Time from the start of a transaction to its end.", ConstLabels: labels(o),
		Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	})}
	if err := o.Registry.Register(m.seconds); err != nil {
		return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "compute", "", err)
	}
	return m, nil
}

func (m *meter) observe(took time.Duration) {
	if m != nil {
		m.seconds.Observe(took.Seconds())
	}
}

func labels(o Options) prometheus.Labels {
	return prometheus.Labels{"krapp_job": o.Job.Name, "group": o.group()}
}

// collector turns the role's numbers into metrics when they are asked for.
type collector struct {
	role   *Role
	totals []total
	lagged *prometheus.Desc
}

type total struct {
	desc *prometheus.Desc
	of   func(*tally) int64
}

func newCollector(r *Role) *collector {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, labels(r.o)) }
	return &collector{
		role: r,
		totals: []total{
			{desc("kafka_scale_compute_messages_read", "Chunks, or records of a stream, computed and committed."), func(t *tally) int64 { return t.messages }},
			{desc("kafka_scale_result_messages_written", "Partial results written and committed."), func(t *tally) int64 { return t.results }},
			{desc("krapp_compute_rows_total", "Rows computed."), func(t *tally) int64 { return t.rows }},
			{desc("krapp_compute_left_out_total", "Rows left out by the job's where."), func(t *tally) int64 { return t.leftOut }},
			{desc("krapp_compute_dead_rows_total", "Rows sent to dead letters."), func(t *tally) int64 { return t.dead }},
			{desc("krapp_compute_dead_messages_total", "Chunks and records sent to dead letters whole."), func(t *tally) int64 { return t.deadMessages }},
			{desc("krapp_compute_foreign_chunks_total", "Chunks of another computation: the reader's job differs."), func(t *tally) int64 { return t.foreign }},
			{desc("krapp_compute_unlabelled_total", "Rows whose code has no label."), func(t *tally) int64 { return t.unlabelled }},
			{desc("krapp_compute_late_total", "Events that came after their windows were closed."), func(t *tally) int64 { return t.late }},
			{desc("krapp_compute_routed_total", "Records written to topics that routes named."), func(t *tally) int64 { return t.routed }},
			{desc("krapp_compute_unroutable_total", "Records that could not go to all of their topics."), func(t *tally) int64 { return t.unroutable }},
		},
		lagged: desc("krapp_compute_lag_records", "Records of this worker's partitions that are not computed yet; absent when the brokers don't say."),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, t := range c.totals {
		out <- t.desc
	}
	out <- c.lagged
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	n := c.role.processor.totals()
	for _, t := range c.totals {
		out <- prometheus.MustNewConstMetric(t.desc, prometheus.CounterValue, float64(t.of(&n)))
	}
	if lag, known := c.role.lag(); known {
		out <- prometheus.MustNewConstMetric(c.lagged, prometheus.GaugeValue, float64(lag))
	}
}

// lagLimit bounds the question for the ends, so that metrics are there also when no broker is.
const lagLimit = 2 * time.Second

// lag is how many records of this worker's partitions are behind what is committed.
func (r *Role) lag() (lag int64, known bool) {
	s := r.loop.State()
	tps := make([]kafkaops.TopicPartition, len(s.Partitions))
	for i, p := range s.Partitions {
		tps[i] = p.TopicPartition
	}
	if len(tps) == 0 {
		return 0, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagLimit)
	defer cancel()
	ends, err := r.o.Client.Extents(ctx, kafkaops.ReadCommitted, tps)
	if err != nil {
		return 0, false
	}
	for _, p := range s.Partitions {
		x, ok := ends[p.TopicPartition]
		if !ok || x.Err != nil {
			return 0, false
		}
		lag += max(0, x.End-max(x.Start, p.Committed))
	}
	return lag, true
}
