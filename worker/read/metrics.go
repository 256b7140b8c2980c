package read

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/measure"
)

// counts is what was stored since the start, committed.
type counts struct{ sources, chunks, rows, bytes atomic.Int64 }

// add counts chunks of a transaction that was committed, and the source that it finished, if it did.
func (c *counts) add(chunks []chunk, finished *job.State) {
	c.chunks.Add(int64(len(chunks)))
	for _, k := range chunks {
		c.rows.Add(int64(k.rows))
		c.bytes.Add(k.raw)
	}
	if finished != nil && finished.Phase == job.Done && !finished.Limited {
		c.sources.Add(1)
	}
}

// metrics are what /metrics shows of the role. Some names are older than krapp and kept.
type metrics struct {
	role                       *Role
	took                       prometheus.Histogram
	gzips, chunks, rows, bytes *prometheus.Desc
	sources                    *prometheus.Desc
}

func newMetrics(r *Role) (*metrics, error) {
	labels := prometheus.Labels{"krapp_job": r.o.Job.Name}
	desc := func(name, help string, by ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, by, labels)
	}
	m := &metrics{
		role:    r,
		gzips:   desc("kafka_scale_downloaded_gzips", "Sources that were read to their end."),
		chunks:  desc("kafka_scale_chunks_written", "Chunks that were stored, in committed transactions."),
		rows:    desc("krapp_read_rows_total", "Rows in stored chunks."),
		bytes:   desc("krapp_read_bytes_total", "Bytes of sources, decompressed, in stored chunks."),
		sources: desc("krapp_read_sources", "Wanted sources, by phase.", "phase"),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "krapp_read_transaction_seconds", Help: "Time from the start of a transaction to its commit.", ConstLabels: labels,
			Buckets: prometheus.ExponentialBuckets(0.01, 2, 11),
		}),
	}
	if r.o.Registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m, measure.Loop("read", Group(r.o.Job.Name), r.state)} {
		if err := r.o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "read", "", err)
		}
	}
	return m, nil
}

func (m *metrics) committed(took time.Duration) { m.took.Observe(took.Seconds()) }

// Describe implements prometheus.Collector.
func (m *metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	m.took.Collect(out)
	c := &m.role.counts
	for d, v := range map[*prometheus.Desc]int64{m.gzips: c.sources.Load(), m.chunks: c.chunks.Load(), m.rows: c.rows.Load(), m.bytes: c.bytes.Load()} {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	phases := map[job.SourcePhase]int{job.Pending: 0, job.Reading: 0, job.Done: 0, job.Failed: 0}
	for _, s := range m.role.progress().Sources {
		phases[s.Phase]++
	}
	for phase, n := range phases {
		out <- prometheus.MustNewConstMetric(m.sources, prometheus.GaugeValue, float64(n), string(phase))
	}
}
