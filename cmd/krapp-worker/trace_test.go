package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// collector takes OTLP over HTTP, and keeps what it was sent.
func collector(t *testing.T) (url string, got func() []byte) {
	t.Helper()
	var mu sync.Mutex
	var all []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		raw, _ := io.ReadAll(body)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, raw...)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []byte { mu.Lock(); defer mu.Unlock(); return all }
}

func TestTracesOfAWorkerHoldNothingOfMessages(t *testing.T) {
	b, client := kafkatest.Embedded(t, kafkaops.Context{})
	if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "orders", Partitions: 1, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	url, got := collector(t)
	env := []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_MONITOR_LISTEN=127.0.0.1:0", "KRAPP_WORKER_LISTEN=127.0.0.1:0"}
	traced := slices.Concat(env, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url})
	produce := start(t, traced, "produce")
	base := "http://" + produce.await(t, "listening", "role", "produce")["address"].(string)
	consume := start(t, traced, "consume", "--topics", "orders")
	consume.await(t, "ready")
	for _, target := range []string{"/produce/orders/the-key", "/_health"} {
		res, err := http.Post(base+target, "", strings.NewReader("the-value"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	awaitCommit(t, client, "krapp-consume")
	for _, w := range []*process{produce, consume} {
		if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		w.await(t, "stopped")
		if err := w.cmd.Wait(); err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
	}
	for _, there := range []string{"POST /produce/{topic}/{key}", "transaction krapp-consume", "krapp-worker"} {
		if !bytes.Contains(got(), []byte(there)) {
			t.Errorf("no %q was sent", there)
		}
	}
	for _, absent := range []string{"the-key", "the-value", "_health", "/readyz"} {
		if bytes.Contains(got(), []byte(absent)) {
			t.Errorf("%q was sent", absent)
		}
	}
}

func TestAWorkerStopsThoughNoCollectorIsThere(t *testing.T) {
	b, client := kafkatest.Embedded(t, kafkaops.Context{})
	if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "orders", Partitions: 1, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	w := start(t, []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_LISTEN=127.0.0.1:0"}, "produce", "--monitor-listen", "none", "--otlp-endpoint", "http://127.0.0.1:1")
	base := "http://" + w.await(t, "listening", "role", "produce")["address"].(string)
	res, err := http.Post(base+"/produce/orders/k", "", strings.NewReader("v"))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.await(t, "stopped")
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}
