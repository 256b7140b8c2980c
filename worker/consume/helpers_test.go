package consume

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// startBroker returns a client of an embedded broker with the topics; both end with the test.
func startBroker(t testing.TB, topics ...string) *rdkafka.Client {
	t.Helper()
	c := kafkatest.Client(t)
	for _, name := range topics {
		if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 2, ReplicationFactor: -1}); err != nil {
			t.Fatal(err)
		}
	}
	return c
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

// record is a record with a key and a value; key "" is none.
func record(topic, key, value string) kafkaops.Record {
	r := kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func getStatus(t testing.TB, url string) status {
	t.Helper()
	_, body := get(t, url+"/status")
	var s status
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return s
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

// event is one server-sent event.
type event struct{ id, name, data string }

// events opens a stream; next returns the next event.
func events(t testing.TB, url, lastEventID string) (next func() event, closeStream func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", lastEventID)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", url, res.StatusCode)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	return func() event {
		var e event
		for lines.Scan() {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.data != "" {
					return e
				}
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return e
	}, func() { cancel(); res.Body.Close() }
}
