//go:build k8s

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// load is clients that send messages over HTTP and repeat nothing.
type load struct {
	stop func()
	done sync.WaitGroup

	mu       sync.Mutex
	accepted map[string]bool // by key
	refused  []string        // what they were told instead
}

// startLoad has clients send a message every few milliseconds, half of them over connections that they keep.
func (p pods) startLoad(t *testing.T, topic string, clients int) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{stop: stop, accepted: map[string]bool{}}
	t.Cleanup(func() { l.end() })
	url, token := fmt.Sprintf("http://%s:30000/produce/%s/", p.node, topic), p.token(t)
	for c := range clients {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: c%2 == 0}, Timeout: 30 * time.Second}
		l.done.Go(func() {
			defer client.CloseIdleConnections()
			for n := 0; ctx.Err() == nil; n++ {
				l.send(client, url, token, fmt.Sprintf("%s-%d-%d", topic, c, n))
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return l
}

func (l *load) send(client *http.Client, url, token, key string) {
	// Not the test's context: what is on its way at the end is waited for.
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+key, bytes.NewReader([]byte("value of "+key)))
	if err == nil {
		r.GetBody = nil // or the client would repeat, by itself, what a closed connection took with it
		r.Header.Set("Authorization", "Bearer "+token)
		err = l.answer(client, r, key)
	}
	if err != nil {
		l.mu.Lock()
		l.refused = append(l.refused, key+": "+err.Error())
		l.mu.Unlock()
	}
}

func (l *load) answer(client *http.Client, r *http.Request, key string) error {
	a, err := client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", a.Status, body)
	}
	if err == nil {
		l.mu.Lock()
		l.accepted[key] = true
		l.mu.Unlock()
	}
	return err
}

func (l *load) end() {
	l.stop()
	l.done.Wait()
}

// sent is how many were accepted and refused until now.
func (l *load) sent() (accepted, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted), len(l.refused)
}

// stored counts the topic's keys, as a read-committed reader finds them.
func (p pods) stored(t *testing.T, topic string) map[string]int {
	t.Helper()
	c := p.client(t)
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	_, err = c.ScanRecords(t.Context(), extents.Starts(), extents.Ends(), kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			found[string(records[i].Key)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestK8sRollingUpdateUnderLoad: while messages come in over HTTP and a run is sent and consumed, all pods that do that are replaced, twice. No
// client is refused, what was acknowledged is stored once, and each message of the run is processed once.
func TestK8sRollingUpdateUnderLoad(t *testing.T) {
	p := startPods(t)
	topic := p.topic(t, 6)
	env := []string{"TOPICS=" + topic, "SCALING=none"}
	p.script(t, env, "apply", "produce")
	p.script(t, env, "apply", "consume")
	p.kubectl(t, "scale", "deployment", "consume", "--replicas=2")
	within(t, patience, "two consume pods are ready", func() bool { return p.ready(t, "consume") == 2 })

	l := p.startLoad(t, topic, 8)
	run, doit := p.sending(t, topic, "--count", "12000", "--rate", "250", "--workers", "--key", "run")
	within(t, patience, "messages come in", func() bool { n, _ := l.sent(); return n > 300 })
	for range 2 {
		p.kubectl(t, "rollout", "restart", "deployment", "produce", "consume")
		for _, d := range []string{"produce", "consume"} {
			p.kubectl(t, "rollout", "status", "deployment", d, "--timeout=180s")
		}
	}
	within(t, patience, "the last old pods are gone", func() bool {
		return len(strings.Fields(p.kubectl(t, "get", "pods", "-l", "app.kubernetes.io/component in (produce,consume)", "-o", "name"))) == 4
	})
	during, _ := l.sent()
	within(t, patience, "messages go on coming in", func() bool { n, _ := l.sent(); return n > during+300 })
	l.end()

	accepted, refused := l.sent()
	t.Logf("%d accepted, %d refused", accepted, refused)
	if refused > 0 {
		t.Errorf("%d refused, such as %v", refused, l.refused[:min(5, refused)])
	}
	doit.wantEnd(t, 0)
	j := p.await(t, run, "the run is judged", func(j judgement) bool { return j.Verdict == "done" })
	j.wantOnce(t, 12_000)
	found := p.stored(t, topic) // now: behind an open transaction of the run nothing is committed yet
	for key := range l.accepted {
		if found[key] != 1 {
			t.Errorf("%s was acknowledged and is stored %d times", key, found[key])
		}
	}
	wantEachOnce(t, p.client(t), topic, run, 12_000)
}

// TestK8sLoadSeesRefusals is the negative control: where pods go without a successor, the same clients notice.
func TestK8sLoadSeesRefusals(t *testing.T) {
	p := startPods(t)
	topic := p.topic(t, 6)
	p.script(t, []string{"TOPICS=" + topic}, "apply", "produce")
	l := p.startLoad(t, topic, 4)
	within(t, patience, "messages come in", func() bool { n, _ := l.sent(); return n > 100 })
	p.kubectl(t, "scale", "deployment", "produce", "--replicas=0")
	within(t, patience, "clients are refused", func() bool { _, n := l.sent(); return n > 0 })
	l.end()
	p.script(t, []string{"TOPICS=" + topic}, "apply", "produce")
}
