package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
)

// awaitCommit waits until a group has committed something of orders.
func awaitCommit(t *testing.T, c *rdkafka.Client, group string) {
	t.Helper()
	eventually(t, group+" commits", func() bool {
		at, err := c.Committed(t.Context(), group, []kafkaops.TopicPartition{{Topic: "orders"}})
		return err == nil && at[kafkaops.TopicPartition{Topic: "orders"}] > 0
	})
}

// registerRun sends a run that the consume worker processes.
func registerRun(t *testing.T, c *rdkafka.Client) {
	t.Helper()
	run, err := roundtrip.Register(t.Context(), c, roundtrip.Spec{
		Topic: "orders", Count: 10, Value: "{{id}}", Sender: roundtrip.SendHere,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: roundtrip.DefaultGroup},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(t.Context()) }()
	if err := send.Send(t.Context(), c, p, run, nil); err != nil {
		t.Fatal(err)
	}
}

func metricsAt(t *testing.T, monitor string) string {
	t.Helper()
	res, err := http.Get("http://" + monitor + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// awaitRun waits until a watch tells of a run whose messages have arrived, and of the group.
func awaitRun(t *testing.T, monitor string) {
	t.Helper()
	eventually(t, "the watch tells of the run and the group", func() bool {
		text := metricsAt(t, monitor)
		return strings.Contains(text, "krapp_run_latency_seconds{") && strings.Contains(text, "krapp_group_lag_seconds{")
	})
}

// readMetrics runs a read that can't get its source, and reads its metrics before it gives up.
func readMetrics(t *testing.T, brokers, jobFile string, has map[string]bool) {
	t.Helper()
	w := start(t, []string{"KRAPP_BROKERS=" + brokers, "KRAPP_WORKER_MONITOR_LISTEN=127.0.0.1:0"}, "read", "--job", jobFile, "--allow-host", "127.0.0.1")
	exposed(t, w.await(t, "listening", "role", "monitor")["address"].(string), has)
}
