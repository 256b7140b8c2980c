package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// binary is krapp-worker as it is shipped.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "krapp-worker-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // a temporary directory
	binary = filepath.Join(dir, "krapp-worker")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building krapp-worker: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// command is the binary on a machine without configuration.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_RUNTIME_DIR=" + dir}, env...)
	return cmd
}

func TestBadInput(t *testing.T) {
	wide := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(wide, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // a test's broker
	broker := "KRAPP_BROKERS=" + b.Addr()
	tests := []struct {
		name string
		env  []string
		args []string
		code int
		says string
	}{
		{"no role", nil, nil, 0, ""}, // the help
		{"an unknown role", nil, []string{"consum"}, 2, "consume"},
		{"no brokers and none announced", nil, []string{"produce"}, 1, "krapp up"},
		{"nothing listens", []string{"KRAPP_BROKERS=127.0.0.1:1"}, []string{"produce"}, 1, "refused"},
		{"consume without topics", []string{broker}, []string{"consume"}, 1, "--topics"},
		{"a rule that can't be read", []string{broker}, []string{"consume", "--topics", "demo", "--validate", "json.(("}, 1, ""},
		{"off loopback without a token", []string{broker}, []string{"produce", "--listen", "0.0.0.0:0", "--monitor-listen", "none"}, 1, "--allow-anonymous"},
		{"a token that others can read", []string{broker}, []string{"produce", "--listen", "127.0.0.1:0", "--monitor-listen", "none", "--token-file", wide}, 1, "chmod 600"},
		{"a variable that can't be read", []string{broker, "KRAPP_WORKER_ACK_TIMEOUT=soon"}, []string{"produce"}, 2, "KRAPP_WORKER_ACK_TIMEOUT"},
		{"a log format", []string{broker}, []string{"produce", "--log-format", "xml"}, 2, "text or json"},
		{"a shutdown timeout of 0", []string{broker}, []string{"produce", "--shutdown-timeout", "0s"}, 2, "25s"},
		{"a body limit of 0", []string{broker}, []string{"produce", "--body-limit", "0"}, 2, "above zero"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var errs bytes.Buffer
			cmd := command(t, tt.env, tt.args...)
			cmd.Stderr = &errs
			_ = cmd.Run() // the exit code says it
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, errs.String())
			}
			if !strings.Contains(errs.String(), tt.says) {
				t.Errorf("%q does not say %q", errs.String(), tt.says)
			}
			if tt.code != 0 && strings.Count(strings.TrimSpace(errs.String()), "\n") < 1 {
				t.Errorf("no hint: %q", errs.String())
			}
		})
	}
}

// process is a running binary.
type process struct {
	cmd   *exec.Cmd
	lines chan map[string]any // its log
}

func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	cmd := command(t, append(env, "KRAPP_WORKER_LOG_FORMAT=json"), args...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	w := &process{cmd, make(chan map[string]any, 1000)}
	go func() {
		defer close(w.lines)
		scanner := bufio.NewScanner(errs)
		for scanner.Scan() {
			var line map[string]any
			if json.Unmarshal(scanner.Bytes(), &line) == nil {
				w.lines <- line
			}
		}
	}()
	return w
}

// await reads the log until a line has that message and, for a role, that attribute.
func (w *process) await(t *testing.T, msg string, attr ...string) map[string]any {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-w.lines:
			if !ok {
				t.Fatalf("it ended before it logged %q", msg)
			}
			if line["msg"] == msg && (len(attr) == 0 || line[attr[0]] == attr[1]) {
				return line
			}
		case <-limit:
			t.Fatalf("it did not log %q", msg)
		}
	}
}

func TestProduceStoresServesAndDrains(t *testing.T) {
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
	if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "orders", Partitions: 1, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	w := start(t, []string{"KRAPP_BROKERS=" + b.Addr(), "KRAPP_WORKER_LISTEN=127.0.0.1:0"}, "produce", "--monitor-listen", "127.0.0.1:0")
	line := w.await(t, "listening", "role", "produce")
	resp, err := http.Post("http://"+line["address"].(string)+"/produce/orders/k", "", strings.NewReader("v"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 || !strings.Contains(string(body), `"offset"`) {
		t.Fatalf("%s %s", resp.Status, body)
	}
	records, err := client.Fetch(t.Context(), kafkaops.TopicPartition{Topic: "orders"}, 0, 10)
	if err != nil || len(records) != 1 || string(records[0].Value) != "v" {
		t.Errorf("read back %v (%v)", records, err)
	}
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.await(t, "stopped")
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestATakenPortIsAnError(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // a test's broker
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() // a test's listener
	for name, args := range map[string][]string{
		"the role's":    {"--listen", taken.Addr().String(), "--monitor-listen", "none"},
		"the monitor's": {"--listen", "127.0.0.1:0", "--monitor-listen", taken.Addr().String()},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := command(t, []string{"KRAPP_BROKERS=" + b.Addr()}, append([]string{"produce"}, args...)...).CombinedOutput()
			flag := "with --listen"
			if name == "the monitor's" {
				flag = "with --monitor-listen"
			}
			if err == nil || !strings.Contains(string(out), "nother process has that port") || !strings.Contains(string(out), flag) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
