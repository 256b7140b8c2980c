package httpd

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
)

// metrics counts requests; nil counts nothing.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(o Options) (*metrics, error) {
	if o.Registry == nil {
		return nil, nil
	}
	labels := prometheus.Labels{"role": o.Name}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "krapp_http_requests_total", Help: "HTTP requests answered.", ConstLabels: labels,
		}, []string{"method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "krapp_http_request_seconds", Help: "Time to answer an HTTP request; streams count to their end.", ConstLabels: labels,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
		}, []string{"method"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", o.Name, "", err)
		}
	}
	return m, nil
}

func (m *metrics) observe(method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	switch method {
	case "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE":
	default:
		method = "other" // a label must not grow by what clients send
	}
	m.requests.WithLabelValues(method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(method).Observe(took.Seconds())
}
