package main

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func TestComputeWaitsForItsTopicsVisiblyAndDrains(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // a test's broker
	client, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: b.Addrs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	w := start(t, []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_JOB=census"}, "compute", "--monitor-listen", "127.0.0.1:0")
	monitor := "http://" + w.await(t, "listening")["address"].(string)
	w.await(t, "ready", "role", "compute") // nothing to do is no failure
	if why := w.await(t, "waiting")["reason"].(string); !strings.Contains(why, "census.chunks") {
		t.Errorf("the log says it waits for %q", why)
	}
	readyz := func() (int, string) {
		resp, err := http.Get(monitor + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	if code, body := readyz(); code != http.StatusOK || !strings.Contains(body, "census.chunks is not there yet") {
		t.Errorf("readyz: %d %s", code, body)
	}
	for _, name := range []string{"census.chunks", "census.results"} {
		if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: 1}); err != nil {
			t.Fatal(err)
		}
	}
	over := time.Now().Add(10 * time.Second)
	for code, body := readyz(); code != http.StatusOK || strings.Contains(body, "reasons"); code, body = readyz() {
		if time.Now().After(over) {
			t.Fatalf("readyz: %d %s", code, body)
		}
	}
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.await(t, "stopped")
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestComputeRefuses(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // a test's broker
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no job":               {nil, 2, "--job census"},
		"a job that isn't":     {[]string{"--job", "sensus"}, 1, "census"},
		"a file that isn't":    {[]string{"--job", "./nothing.yaml"}, 1, "nothing.yaml"},
		"somewhere else":       {[]string{"--job", "census", "--write-to", "disk"}, 1, "kafka, stdout or null"},
		"time that goes back":  {[]string{"--job", "census", "--delay", "-1s"}, 1, "above zero"},
		"a delay without unit": {[]string{"--job", "census", "--delay", "20"}, 2, "--delay"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"compute", "--monitor-listen", "none"}, c.args...)
			cmd := command(t, []string{"KRAPP_BROKERS=" + b.Addr()}, args...)
			out, _ := cmd.CombinedOutput() // the exit code says it
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("exit code %d, want %d, saying %q: %s", code, c.code, c.says, out)
			}
		})
	}
}
