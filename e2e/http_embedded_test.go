//go:build !kafka

package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// A queue that is full answers 503 with Retry-After. The broker stands still meanwhile, so that nothing leaves the queue.
func TestHTTPQueueFullIs503(t *testing.T) {
	home := newHome(t)
	up := home.start(t, "krapp", "up", "--ephemeral", "--roles", "", "-o", "json")
	var served struct {
		Brokers []string `json:"brokers"`
	}
	up.firstJSON(t, &served)
	b := backend{name: "embedded", brokers: served.Brokers, home: home.with("KRAPP_BROKERS", served.Brokers)}
	topic := b.topic(t, 1)
	w := b.worker(t, "produce", "--no-runs", "--queue-messages", "1", "--ack-timeout", "60s")
	curl(t, "-X", "POST", "--data-binary", "before", w.url+"/produce/"+topic)

	up.signal(t, syscall.SIGSTOP)
	defer up.signal(t, syscall.SIGCONT)
	for range 4 { // they fill the queue and wait for a broker that does not answer
		go func() { _, _ = http.Post(w.url+"/produce/"+topic, "", strings.NewReader("waits")) }() //nolint:bodyclose // the worker is killed first
	}
	var status int
	var head string
	eventually(t, "a request is refused", func() bool {
		status, head, _ = curl(t, "-X", "POST", "--data-binary", "x", w.url+"/produce/"+topic)
		return status != http.StatusOK
	})
	if status != http.StatusServiceUnavailable || !strings.Contains(strings.ToLower(head), "retry-after:") {
		t.Errorf("%d with %q", status, head)
	}
}
