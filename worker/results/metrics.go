package results

import (
	"github.com/prometheus/client_golang/prometheus"
)

// collector turns the views' numbers into metrics when they are asked for.
type collector struct {
	role                                                              *Role
	read, groups, lag, snapshots, setAside, failed, complete, damaged *prometheus.Desc
}

func newCollector(r *Role) *collector {
	byJob := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"krapp_job"}, nil)
	}
	return &collector{
		role:      r,
		read:      prometheus.NewDesc("kafka_scale_result_messages_read", "Records of results topics read.", nil, nil),
		groups:    byJob("krapp_results_groups", "Groups in the results."),
		lag:       byJob("krapp_results_lag_records", "Records of the results topic that are still to be merged, about."),
		snapshots: byJob("krapp_results_snapshots_total", "Snapshots written."),
		setAside:  byJob("krapp_results_snapshots_set_aside_total", "Snapshots found that were damaged or of something else."),
		failed:    byJob("krapp_results_snapshots_failed_total", "Snapshots that could not be written."),
		complete:  byJob("krapp_results_complete", "1 when every row of every source is in the results once."),
		damaged:   byJob("krapp_results_damaged_total", "Records of the results topic that could not be read."),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.read, c.groups, c.lag, c.snapshots, c.setAside, c.failed, c.complete, c.damaged} {
		out <- d
	}
}

// Collect implements prometheus.Collector. A lag that isn't known is absent.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	read := int64(0)
	for name, m := range c.role.jobs {
		v := m.View()
		read += v.Read
		send := func(d *prometheus.Desc, kind prometheus.ValueType, n int64) {
			out <- prometheus.MustNewConstMetric(d, kind, float64(n), name)
		}
		send(c.groups, prometheus.GaugeValue, int64(v.Completeness.Groups))
		if v.Lag >= 0 {
			send(c.lag, prometheus.GaugeValue, v.Lag)
		}
		send(c.snapshots, prometheus.CounterValue, v.Snapshots.Written)
		send(c.setAside, prometheus.CounterValue, v.Snapshots.SetAside)
		send(c.failed, prometheus.CounterValue, v.Snapshots.Failed)
		send(c.damaged, prometheus.CounterValue, v.Completeness.Damaged)
		complete := int64(0)
		if v.CaughtUp && v.Completeness.Complete {
			complete = 1
		}
		send(c.complete, prometheus.GaugeValue, complete)
	}
	out <- prometheus.MustNewConstMetric(c.read, prometheus.CounterValue, float64(read))
}
