package httpd

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/krapp-io/krapp/worker"
)

// DefaultMonitorAddr is where health and metrics are served.
const DefaultMonitorAddr = "127.0.0.1:9123"

// Monitor makes the role that serves /livez, /readyz and /metrics, for worker.Runner. metrics may be nil: then there is no /metrics. An
// Addr of "" means DefaultMonitorAddr.
func Monitor(o Options, metrics prometheus.Gatherer) func(*worker.Health) worker.Role {
	return func(h *worker.Health) worker.Role {
		if o.Addr == "" {
			o.Addr = DefaultMonitorAddr
		}
		if o.Name == "" {
			o.Name = "monitor"
		}
		o.Flag, o.Untraced = "--monitor-listen", true
		o.OpenPaths = append(o.OpenPaths, worker.HealthPaths()...)
		return &monitor{o: o, health: h, metrics: metrics}
	}
}

type monitor struct {
	o       Options
	health  *worker.Health
	metrics prometheus.Gatherer
}

func (m *monitor) Name() string { return m.o.Name }

func (m *monitor) Run(ctx context.Context, ready func()) error {
	s, err := Listen(ctx, m.o)
	if err != nil {
		return err
	}
	ready()
	return s.Serve(ctx, m.handler())
}

func (m *monitor) handler() http.Handler {
	mux := http.NewServeMux()
	m.health.Register(mux)
	if m.metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(m.metrics, promhttp.HandlerOpts{}))
	}
	return mux
}
