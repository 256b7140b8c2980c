package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/deploy/observability"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// exposed adds the metrics at a monitor's address.
func exposed(t *testing.T, address string, into map[string]bool) {
	t.Helper()
	for range 2 { // the first one is counted in the second
		res, err := http.Get("http://" + address + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, err)
		}
		for line := range strings.Lines(string(raw)) {
			if name := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '{' }); len(name) > 0 && name[0] != "#" {
				into[name[0]] = true
			}
		}
	}
}

// elsewhere lists metrics that other programs expose, and where that is seen to.
var elsewhere = map[string]string{
	"kube_pod_container_status_restarts_total": "kube-state-metrics",
	"krapp_ssh_sessions":                       "krapp-tui serve: sshd's tests",
	"krapp_ssh_refused_total":                  "krapp-tui serve: sshd's tests",
}

// unknown lists the metrics of rules and panels that nobody exposes, with where they are named.
func unknown(t *testing.T, has map[string]bool) []string {
	t.Helper()
	rules, _, err := observability.Rules()
	if err != nil {
		t.Fatal(err)
	}
	boards, err := observability.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	for _, a := range rules.Alerts() {
		for _, m := range observability.Metrics(a.Expr) {
			named[m] = a.Name
		}
	}
	for i := range boards {
		for _, e := range boards[i].Expressions() {
			for _, m := range observability.Metrics(e) {
				named[m] = boards[i].File
			}
		}
	}
	if len(named) < 35 {
		t.Errorf("only %d metrics found in rules and dashboards", len(named))
	}
	var out []string
	for m, where := range named {
		if _, other := elsewhere[m]; !has[m] && !other {
			out = append(out, m+" ("+where+")")
		}
	}
	slices.Sort(out)
	return out
}

// TestRulesAndDashboardsUseMetricsThatTheProgramsExpose runs every role as it is shipped, has each do something, and reads its /metrics.
func TestRulesAndDashboardsUseMetricsThatTheProgramsExpose(t *testing.T) {
	b, client := kafkatest.Embedded(t, kafkaops.Context{})
	for _, topic := range []string{"orders", "chat"} {
		if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 1, ReplicationFactor: 1}); err != nil {
			t.Fatal(err)
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // a source that never answers: read waits for it while its metrics are read
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	jobFile := filepath.Join(t.TempDir(), "tiny.yaml")
	err = os.WriteFile(jobFile, []byte("name: tiny\nsource: {url: \"https://"+silent.Addr().String()+"/{year}.csv\", lists: {year: [\"2019\"]}}\n"+
		"format: {csv: {names: [kind]}}\ngroup_by: [year, kind]\naggregates: {Count: count}\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	readMetrics(t, b.Addr(), jobFile, has) // it makes the job's topics, too
	for _, args := range [][]string{
		{"produce"}, {"consume", "--topics", "orders"}, {"seer", "--topics", "chat", "--snapshot", "none"}, {"compute", "--job", jobFile},
		{"results", "--job", jobFile}, {"watch", "--interval", "200ms"},
	} {
		w := start(t, []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_LISTEN=127.0.0.1:0", "KRAPP_WORKER_MONITOR_LISTEN=127.0.0.1:0"}, args...)
		monitor := w.await(t, "listening", "role", "monitor")["address"].(string)
		switch args[0] {
		case "produce":
			base := "http://" + w.await(t, "listening", "role", "produce")["address"].(string)
			for _, target := range []string{"/produce/orders/k", "/produce/nowhere"} {
				res, err := http.Post(base+target, "", strings.NewReader("v"))
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
			}
		case "consume":
			w.await(t, "ready")
			awaitCommit(t, client, "krapp-consume")
		case "seer":
			res, err := http.Get("http://" + w.await(t, "listening", "role", "seer")["address"].(string) + "/ask?q=how+many+messages")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		case "results":
			eventually(t, "results knows its lag", func() bool { return strings.Contains(metricsAt(t, monitor), "krapp_results_lag_records{") })
		case "watch":
			registerRun(t, client)
			awaitRun(t, monitor)
		}
		exposed(t, monitor, has)
	}
	for _, m := range unknown(t, has) {
		t.Errorf("nobody exposes %s", m)
	}
	for _, gone := range []string{"krapp_group_lag_seconds", "krapp_run_verdict", "krapp_dead_letters_total", "process_start_time_seconds"} {
		without := map[string]bool{}
		for m := range has {
			without[m] = m != gone
		}
		if missing := unknown(t, without); len(missing) != 1 || !strings.HasPrefix(missing[0], gone+" ") {
			t.Errorf("without %s: %v", gone, missing)
		}
	}
}

// eventually looks until it holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
