package main

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

func TestResultsServesAndDrains(t *testing.T) {
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
	j, err := job.Load("census")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{j.SourcesTopic(), j.ResultsTopic()} {
		if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: 1}); err != nil {
			t.Fatal(err)
		}
	}
	w := start(t, []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_JOB=census"}, "results", "--listen", "127.0.0.1:0", "--monitor-listen", "none")
	url := "http://" + w.await(t, "listening", "role", "results")["address"].(string)
	w.await(t, "ready")
	resp, err := http.Get(url + "/results")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || string(body) != "{}" || resp.Header.Get("Krapp-Complete") != "false" {
		t.Errorf("%s %v %s", resp.Status, resp.Header, body)
	}
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.await(t, "stopped")
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestResultsOfNoJob(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"none named":           {[]string{"results"}, 2, "--job census"},
		"none of that name":    {[]string{"results", "--job", "nosuch"}, 1, "census"},
		"no file of that name": {[]string{"results", "--job", "./nosuch.yaml"}, 1, "nosuch.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, nil, c.args...)
			out, _ := cmd.CombinedOutput() // the exit code says it
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("exit code %d: %s", code, out)
			}
		})
	}
}
