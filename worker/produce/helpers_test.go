package produce

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/httpd"
)

// startBroker returns a client of an embedded broker; both end with the test.
func startBroker(t testing.TB) (*embedded.Broker, *rdkafka.Client) {
	t.Helper()
	return kafkatest.Embedded(t, kafkaops.Context{Timeout: 3 * time.Second})
}

func createTopic(t testing.TB, c *rdkafka.Client, name string) {
	t.Helper()
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 3, ReplicationFactor: -1}); err != nil {
		t.Fatal(err)
	}
}

// startRole runs the role on a free port until the test ends and returns its URL once it is ready.
func startRole(t testing.TB, o Options) string {
	t.Helper()
	address := make(chan string, 1)
	o.HTTP.Addr = "127.0.0.1:0"
	o.OnListen = func(a string) { address <- a }
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	case <-time.After(30 * time.Second):
		t.Fatal("not ready within 30 s")
	}
	return "http://" + <-address
}

// post sends a request and returns the response with its body.
func postTo(t testing.TB, url, body string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(raw)
}

// readBack returns the record that an answer names.
func readBack(t testing.TB, c *rdkafka.Client, body string) kafkaops.Record {
	t.Helper()
	var s stored
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	recs, err := c.Fetch(t.Context(), kafkaops.TopicPartition{Topic: s.Topic, Partition: s.Partition}, s.Offset, 1)
	if err != nil || len(recs) != 1 {
		t.Fatalf("reading %s back: %v, %d records", body, err, len(recs))
	}
	return recs[0]
}

// count returns how many records a read-committed reader sees in a topic.
func count(t testing.TB, c *rdkafka.Client, topic string) int {
	t.Helper()
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if _, err := c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		n += b.Len()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	over := time.After(60 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func checkError(t testing.TB, res *http.Response, body string, status int, class kafkaops.Class) {
	t.Helper()
	var e httpd.ErrorBody
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if res.StatusCode != status || e.Class != class || e.Hint == "" || e.Error == "" {
		t.Errorf("%d %s, want %d, class %q and a hint", res.StatusCode, fmt.Sprintf("%+v", e), status, class)
	}
}
