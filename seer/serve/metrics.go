package serve

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// What a question came through, for the metrics.
const (
	viaHTTP  = "http"
	viaTopic = "topic"
)

// metrics counts questions and texts; nil counts nothing.
type metrics struct {
	questions  *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	statements prometheus.Counter
	dead       prometheus.Counter
}

func newMetrics(o Options) (*metrics, error) {
	if o.Registry == nil {
		return nil, nil
	}
	m := &metrics{
		questions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "krapp_seer_questions_total", Help: "Questions answered, by the way of the answer; failed: none was found in time.",
		}, []string{"via", "way"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "krapp_seer_question_seconds", Help: "Time to answer a question.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"way"}),
		statements: prometheus.NewCounter(prometheus.CounterOpts{Name: "krapp_seer_statements_total", Help: "Texts accepted over HTTP."}),
		dead: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "krapp_seer_dead_questions_total", Help: "Questions of the topic that went to the dead letters.",
		}),
	}
	for _, c := range []prometheus.Collector{m.questions, m.seconds, m.statements, m.dead, newLearned(o.Asker)} {
		if err := o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "seer", "", err)
		}
	}
	return m, nil
}

func (m *metrics) answered(via string, a seer.Answer, err error, took time.Duration) {
	if m == nil {
		return
	}
	way := "failed"
	if err == nil {
		switch a.Way {
		case seer.Exact, seer.Lookup, seer.Meaning, seer.Refused:
			way = string(a.Way)
		default:
			way = "other" // a label must not grow
		}
	}
	m.questions.WithLabelValues(via, way).Inc()
	m.seconds.WithLabelValues(way).Observe(took.Seconds())
}

func (m *metrics) accepted() {
	if m != nil {
		m.statements.Inc()
	}
}

func (m *metrics) died(n int) {
	if m != nil {
		m.dead.Add(float64(n))
	}
}

// learned turns the seer's status into metrics when they are asked for.
type learned struct {
	asker                                          seer.Asker
	messages, behind, passages, templates, current *prometheus.Desc
}

func newLearned(asker seer.Asker) *learned {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &learned{
		asker:     asker,
		messages:  desc("krapp_seer_learned_messages", "Messages learned."),
		behind:    desc("krapp_seer_behind_offsets", "Offsets not yet learned, over all topics; -1: not known."),
		passages:  desc("krapp_seer_passages", "Passages of prose in the index."),
		templates: desc("krapp_seer_templates", "Kinds of machine messages in the index."),
		current:   desc("krapp_seer_current", "1 when all that is there has been learned."),
	}
}

// Describe implements prometheus.Collector.
func (l *learned) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(l, out) }

// Collect implements prometheus.Collector.
func (l *learned) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statusLimit)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	s, err := l.asker.Status(ctx)
	if err != nil { // a gap says more than zeroes
		gauge(l.current, 0)
		return
	}
	current := 0.0
	if s.State == seer.Current {
		current = 1
	}
	gauge(l.messages, float64(s.Messages))
	gauge(l.behind, float64(s.Fresh.Behind))
	gauge(l.passages, float64(s.Passages))
	gauge(l.templates, float64(s.Templates))
	gauge(l.current, current)
}
