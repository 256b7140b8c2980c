package consume

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/httpd"
)

// status is the body of GET /status. Numbers count what is committed since the start of this worker.
type status struct {
	Role       string            `json:"role"`
	Worker     string            `json:"worker"`
	Group      string            `json:"group"`
	State      eos.Phase         `json:"state"`
	Consumed   int64             `json:"n_consumed"`
	Rejected   int64             `json:"n_rejected"`
	Commits    int64             `json:"n_commits"`
	Aborts     int64             `json:"n_aborts"`
	Lag        *int64            `json:"lag"` // of this worker's partitions; null: not known
	LagError   string            `json:"lag_error,omitempty"`
	Partitions []partitionStatus `json:"partitions"`
	LastCommit time.Time         `json:"last_commit,omitzero"`
	LastError  string            `json:"last_error,omitempty"`
	ErrorAt    time.Time         `json:"error_at,omitzero"`
	RetryAt    time.Time         `json:"retry_at,omitzero"`
	Streams    int               `json:"streams"`
}

type partitionStatus struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed int64  `json:"committed"` // -1: not known yet
	End       *int64 `json:"end"`       // for a read-committed reader; null: not known
	Lag       *int64 `json:"lag"`
}

// lagLimit bounds the question for the ends, so that a status is there also when no broker is.
const lagLimit = 2 * time.Second

func (r *Role) serveStatus(w http.ResponseWriter, req *http.Request) {
	httpd.WriteJSON(w, http.StatusOK, r.status(req.Context()))
}

func (r *Role) status(ctx context.Context) status {
	s, n := r.loop.State(), r.processor.counts()
	out := status{
		Role: "consume", Worker: r.o.Worker, Group: r.o.Group, State: s.Phase, Consumed: n.consumed, Rejected: n.rejected,
		Commits: s.Commits, Aborts: s.Aborts, LastCommit: s.LastCommit, LastError: s.LastError, ErrorAt: s.ErrorAt, RetryAt: s.RetryAt,
		Streams: r.streams.Count(), Partitions: []partitionStatus{},
	}
	var tps []kafkaops.TopicPartition
	for _, p := range s.Partitions {
		tps = append(tps, p.TopicPartition)
	}
	var ends kafkaops.Extents
	if len(tps) > 0 {
		ctx, cancel := context.WithTimeout(ctx, lagLimit)
		defer cancel()
		var err error
		if ends, err = r.o.Client.Extents(ctx, kafkaops.ReadCommitted, tps); err != nil {
			out.LagError = err.Error()
		}
	}
	total, known := int64(0), out.LagError == ""
	for _, p := range s.Partitions {
		line := partitionStatus{Topic: p.Topic, Partition: p.Partition, Committed: p.Committed}
		if x, ok := ends[p.TopicPartition]; ok && x.Err == nil {
			lag := max(0, x.End-max(x.Start, p.Committed))
			line.End, line.Lag = &x.End, &lag
			total += lag
		} else {
			known = false
		}
		out.Partitions = append(out.Partitions, line)
	}
	if known {
		out.Lag = &total
	}
	return out
}

// serveHealth answers 200 while the loop works, 503 while it is in trouble; no question goes to the brokers.
func (r *Role) serveHealth(w http.ResponseWriter, _ *http.Request) {
	s := r.loop.State()
	code := http.StatusOK
	if s.Phase == eos.BackOff || s.Phase == eos.Stopped {
		code = http.StatusServiceUnavailable
	}
	httpd.WriteJSON(w, code, map[string]any{"status": s.Phase, "partitions": len(s.Partitions), "last_error": s.LastError})
}

// collector turns the role's numbers into metrics when they are asked for.
type collector struct {
	role             *Role
	consumed, stream *prometheus.Desc
}

func newCollector(r *Role) *collector {
	labels := prometheus.Labels{"group": r.o.Group}
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, labels) }
	return &collector{
		role:     r,
		consumed: desc("krapp_consumed_records_total", "Records consumed and committed."),
		stream:   desc("krapp_streams", "Clients that hold a stream of server-sent events."),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, out) }

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.MustNewConstMetric(c.consumed, prometheus.CounterValue, float64(c.role.processor.counts().consumed))
	out <- prometheus.MustNewConstMetric(c.stream, prometheus.GaugeValue, float64(c.role.streams.Count()))
}
