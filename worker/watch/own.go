package watch

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
)

// own is what the watch tells of itself.
type own struct {
	last   *prometheus.GaugeVec // no series before the first success
	took   *prometheus.GaugeVec
	errors *prometheus.CounterVec
	groups *groups
	runs   *runs
}

var leftOut = desc("krapp_watch_left_out", "Groups, pairs of group and topic, or runs that are not told, for there are more than the bound.", "of")

func newOwn(g *groups, r *runs) *own {
	o := &own{
		groups: g, runs: r,
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "krapp_watch_last_success_timestamp_seconds", Help: "When the cluster was last looked at with success, in seconds since 1970.",
		}, []string{"of"}),
		took: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "krapp_watch_look_seconds", Help: "How long the last look took."}, []string{"of"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "krapp_watch_errors_total", Help: "Failures met while looking; of groups each one that could not be read.",
		}, []string{"of", "class"}),
	}
	for _, of := range []string{ofGroups, ofRuns} { // a counter that begins at 1 would hide its first failure
		for _, class := range []kafkaops.Class{kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut, kafkaops.Unauthorised, kafkaops.Internal} {
			o.errors.WithLabelValues(of, string(class))
		}
	}
	return o
}

func (o *own) looked(of string, seeing look, at time.Time, took time.Duration) {
	o.took.WithLabelValues(of).Set(took.Seconds())
	if seeing.fresh {
		o.last.WithLabelValues(of).Set(float64(at.UnixMilli()) / 1000)
	}
	for _, err := range seeing.errs {
		class := kafkaops.ClassOf(err)
		if class == "" {
			class = kafkaops.Internal
		}
		o.errors.WithLabelValues(of, string(class)).Inc()
	}
}

// Describe implements prometheus.Collector.
func (o *own) Describe(out chan<- *prometheus.Desc) {
	o.last.Describe(out)
	o.took.Describe(out)
	o.errors.Describe(out)
	out <- leftOut
}

// Collect implements prometheus.Collector.
func (o *own) Collect(out chan<- prometheus.Metric) {
	o.last.Collect(out)
	o.took.Collect(out)
	o.errors.Collect(out)
	groups, topics := o.groups.untold()
	for of, n := range map[string]int{ofGroups: groups, "topics": topics, ofRuns: o.runs.untold()} {
		out <- prometheus.MustNewConstMetric(leftOut, prometheus.GaugeValue, float64(n), of)
	}
}
