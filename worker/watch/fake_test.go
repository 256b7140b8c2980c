package watch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// fake is a cluster and a ledger in memory.
type fake struct {
	mu     sync.Mutex
	down   error
	partly bool // runs are known all the same
	groups []string
	lags   map[string][]kafkaops.Lag
	broken map[string]error // by group
	runs   []roundtrip.Judgement
}

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) ListGroups(context.Context) ([]kafkaops.GroupListing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]kafkaops.GroupListing, len(f.groups))
	for i, g := range f.groups {
		out[i].ID = g
	}
	if f.down != nil {
		return nil, f.down
	}
	return out, nil
}

func (f *fake) DescribeGroups(_ context.Context, ids ...string) ([]kafkaops.Group, error) {
	out := make([]kafkaops.Group, len(ids))
	for i, id := range ids {
		out[i] = kafkaops.Group{ID: id, Members: make([]kafkaops.Member, 2)}
	}
	return out, nil
}

func (f *fake) Lag(_ context.Context, group string) ([]kafkaops.Lag, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lags[group], f.broken[group]
}

func (f *fake) Refresh(context.Context) ([]roundtrip.Judgement, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil && !f.partly {
		return nil, f.down
	}
	return f.runs, f.down
}

// lag is a partition of a topic of which records 0 to end are stored, and those below at are committed.
func lag(topic string, partition int32, at, end int64, behind time.Duration) kafkaops.Lag {
	return kafkaops.Lag{
		TopicPartition: kafkaops.TopicPartition{Topic: topic, Partition: partition}, Extent: kafkaops.Extent{End: end}, Committed: at,
		Records: end - at, Behind: behind,
	}
}

func unknown(topic string, partition int32) kafkaops.Lag {
	return kafkaops.Lag{TopicPartition: kafkaops.TopicPartition{Topic: topic, Partition: partition}, Records: -1, Behind: -1, Err: fmt.Errorf("no leader")}
}

func judgement(id string, verdict roundtrip.Verdict, created time.Time) roundtrip.Judgement {
	return roundtrip.Judgement{Run: roundtrip.Run{ID: id, Spec: roundtrip.Spec{Topic: "orders", Count: 10}, Created: created}, Verdict: verdict, At: created, Final: verdict == roundtrip.Done}
}

// watching is a role whose looks a test orders.
type watching struct {
	*Role
	registry *prometheus.Registry
	now      time.Time
}

func newWatching(t *testing.T, f *fake, o Options) *watching {
	t.Helper()
	w := &watching{registry: prometheus.NewPedanticRegistry(), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	o.Cluster, o.Ledger, o.Registry, o.now = f, f, w.registry, func() time.Time { return w.now }
	role, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Role = role
	return w
}

func (w *watching) look(t *testing.T) {
	t.Helper()
	w.groups.look(t.Context())
	w.runs.look(t.Context())
}

// scrape gives what Prometheus would read, as "name{labels}": value. It fails where a scrape would.
func scrape(t *testing.T, g prometheus.Gatherer) map[string]string {
	t.Helper()
	server := httptest.NewServer(promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the scrape failed: %s %v %s", res.Status, err, raw)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			at := strings.LastIndexByte(line, ' ')
			out[line[:at]] = line[at+1:]
		}
	}
	return out
}

func (w *watching) scrape(t *testing.T) map[string]string { t.Helper(); return scrape(t, w.registry) }

// want checks series; "absent" is for one that must not be there.
func want(t *testing.T, got map[string]string, series ...string) {
	t.Helper()
	for i := 0; i < len(series); i += 2 {
		is, has := got[series[i]]
		if !has {
			is = "absent"
		}
		if is != series[i+1] {
			t.Errorf("%s is %s, want %s", series[i], is, series[i+1])
		}
	}
}
