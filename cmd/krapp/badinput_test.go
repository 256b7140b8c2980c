package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// halfOpen is a port that accepts connections and never answers.
func halfOpen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return l.Addr().String()
}

// files makes the files that bad input needs, and returns their directory.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBadInput runs the shipped binary: each mistake must end it with an exit code other than 0, say what is wrong, and what to try.
func TestBadInput(t *testing.T) {
	addr := broker(t)
	half := halfOpen(t)
	dir := files(t, map[string]string{
		"latin1.txt": "caf\xe9\n", "empty.txt": "", "lines.txt": "one\n", "password": "hunter2\n",
		"unknown-key.yaml": "contexts:\n  dev:\n    brokes: [a:1]\n", "not.yaml": "contexts: [\n",
		"read-only.yaml": "current: prod\ncontexts:\n  prod:\n    brokers: [" + addr + "]\n    read-only: true\n",
	})
	file := func(name string) string { return filepath.Join(dir, name) }
	locked, err := embedded.Start(t.Context(), embedded.Options{Dir: filepath.Join(dir, "data")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = locked.Close() })
	_, port, _ := net.SplitHostPort(half)
	if out, code := shipped(t, "-b", addr, "topics", "create", "orders"); code != 0 {
		t.Fatal(out)
	}
	tests := []struct {
		name string
		args []string
		code int
		says string // of the mistake and the hint
	}{
		{"no brokers", []string{"topics", "list"}, 1, "krapp up|--brokers"},
		{"nothing listens", []string{"-b", "127.0.0.1:1", "topics", "list"}, 1, "refused|krapp up"},
		{"a half-open port", []string{"-b", half, "brokers"}, 1, "never answers|TLS"},
		{"a host that does not resolve", []string{"-b", "no-such-host.invalid:9092", "brokers"}, 1, "no-such-host.invalid"},
		{"a broker with a protocol", []string{"-b", "http://a:1", "brokers"}, 1, "http://a:1|HOST:PORT"},
		{"port 99999", []string{"-b", "a:99999", "brokers"}, 1, "99999|HOST:PORT"},

		{"no such topic: offsets", []string{"-b", addr, "offsets", "nope"}, 1, "nope|"},
		{"no such topic: tail", []string{"-b", addr, "tail", "nope"}, 1, "nope|"},
		{"no such topic: describe", []string{"-b", addr, "topics", "describe", "nope"}, 1, "nope|topics list"},
		{"no such topic: delete", []string{"-b", addr, "topics", "delete", "nope", "--yes", "nope"}, 1, "nope|topics list"},
		{"no such topic: produce", []string{"-b", addr, "produce", "nope", "--value", "v"}, 1, "nope|topics create nope"},
		{"no such topic: doit", []string{"-b", addr, "doit", "nope"}, 1, "nope|create"},
		{"no such output topic", []string{"-b", addr, "doit", "orders", "--until-topic", "nope"}, 1, "nope|create"},
		{"no such partition", []string{"-b", addr, "tail", "orders", "--partition", "99"}, 1, "99|topics describe"},
		{"no such group", []string{"-b", addr, "groups", "describe", "nope"}, 1, "nope|groups list"},
		{"no such run", []string{"-b", addr, "isdone", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 1, "run|krapp"},
		{"a topic that exists", []string{"-b", addr, "topics", "create", "orders"}, 1, "exists|topics describe"},
		{"a topic of a bad name", []string{"-b", addr, "topics", "create", "a b"}, 1, "a b|"},

		{"count 0", []string{"-b", addr, "doit", "orders", "--count", "0"}, 2, "0|one message"},
		{"a negative count", []string{"-b", addr, "doit", "orders", "--count", "-5"}, 2, "-5|one message"},
		{"rate 0", []string{"-b", addr, "doit", "orders", "--rate", "0"}, 2, "rate|leave --rate out"},
		{"a negative rate", []string{"-b", addr, "doit", "orders", "--rate", "-1"}, 2, "rate|leave --rate out"},
		{"a rate that is no number", []string{"-b", addr, "doit", "orders", "--rate", "fast"}, 2, "fast|--help"},
		{"a template that does not end", []string{"-b", addr, "doit", "orders", "--value", "{{id"}, 2, "template|}}"},
		{"a template that is not known", []string{"-b", addr, "doit", "orders", "--value", "{{frobnicate}}"}, 2, "frobnicate|"},
		{"a template without the id", []string{"-b", addr, "doit", "orders", "--until-topic", "out", "--id", "key"}, 2, "key|{{id}}"},
		{"a header without a name", []string{"-b", addr, "doit", "orders", "-H", "=x"}, 2, "=x|NAME="},
		{"krapp's own header", []string{"-b", addr, "doit", "orders", "-H", "krapp-run=x"}, 2, "krapp-run|own"},
		{"krapp's own topic", []string{"-b", addr, "doit", "krapp.runs"}, 2, "krapp.runs|another topic"},
		{"a file that is missing", []string{"-b", addr, "doit", "orders", "--file", file("missing")}, 1, "no such file|path"},
		{"a file that is a directory", []string{"-b", addr, "doit", "orders", "--file", dir}, 1, "directory|one message a line"},
		{"a file that is not UTF-8", []string{"-b", addr, "doit", "orders", "--file", file("latin1.txt")}, 1, "not UTF-8|convert"},
		{"an empty file", []string{"-b", addr, "doit", "orders", "--file", file("empty.txt")}, 1, "empty|one message a line"},
		{"a file and a value", []string{"-b", addr, "doit", "orders", "--file", file("lines.txt"), "--value", "x"}, 2, "--file|leave out"},
		{"two kinds of evidence", []string{"-b", addr, "doit", "orders", "--until-topic", "out", "--group", "g"}, 2, "exclude|one way"},

		{"an unknown configuration key", []string{"--config", file("unknown-key.yaml"), "brokers"}, 1, "unknown-key.yaml:3:5|brokers"},
		{"a configuration that is not YAML", []string{"--config", file("not.yaml"), "brokers"}, 1, "line 1|docs/configuration.md"},
		{"a configuration that is missing", []string{"--config", file("missing"), "brokers"}, 1, "missing|--config"},
		{"an unknown context", []string{"--config", file("read-only.yaml"), "--context", "prdo", "brokers"}, 1, "prdo|prod"},
		{"a password file that others can read", []string{"-b", addr, "--password-file", file("password"), "brokers"}, 1, "0644|chmod 600"},
		{"a change under a read-only context", []string{"--config", file("read-only.yaml"), "topics", "create", "x"}, 1, "read-only|--read-only=false"},
		{"a run under a read-only context", []string{"--config", file("read-only.yaml"), "doit", "orders"}, 1, "read-only|--read-only=false"},

		{"a data directory that is locked", []string{"up", "--data-dir", filepath.Join(dir, "data")}, 1, "in use|--brokers " + locked.Addr()},
		{"a port that is taken", []string{"up", "--ephemeral", "--port", port}, 1, "in use|another port"},
		{"a worker's port that is taken", []string{"up", "--ephemeral", "--roles", "produce", "--produce-listen", half, "--monitor-listen", "none"}, 1, "in use|--produce-listen"},
		{"off loopback without a token", []string{"up", "--ephemeral", "--roles", "produce", "--produce-listen", "0.0.0.0:0", "--monitor-listen", "none"}, 1, "loopback|token"},
		{"nothing to ask", []string{"ask"}, 2, "no question|krapp ask"},
		{"a question without end", []string{"ask", strings.Repeat("why ", 2000)}, 2, "4096 are read|fewer words"},
		{"a title for nothing", []string{"ask", "--title", "x", "why?"}, 2, "--title|--load"},
		{"no seer there", []string{"ask", "--seer-url", "http://127.0.0.1:1", "why?"}, 1, "127.0.0.1:1|krapp-worker seer"},
		{"a seer that is none", []string{"ask", "--seer-url", "http://" + half, "--timeout", "2s", "why?"}, 1, "deadline|" + half},
		{"a seer's address with a password", []string{"ask", "--seer-url", "http://a:hunter2@b", "why?"}, 1, "more than a host|http://127.0.0.1:8030"},
		{"a text that is not there", []string{"ask", "--seer-url", "http://127.0.0.1:1", "--load", file("no-such"), "why?"}, 1, "no-such|- for stdin"},
		{"an unknown role", []string{"up", "--roles", "oracle"}, 2, "oracle|--roles"},
		{"consuming all of a given cluster", []string{"up", "-b", addr, "--roles", "consume"}, 1, "all of|--topics"},

		{"an unknown command", []string{"topcis"}, 2, "topcis|topics"},
		{"an unknown flag", []string{"brokers", "--colour"}, 2, "colour|--help"},
		{"an unknown output", []string{"brokers", "-o", "xml"}, 2, "xml|--help"},
		{"an argument too few", []string{"offsets"}, 2, "arg|offsets TOPIC"},
		{"an argument too many", []string{"brokers", "x"}, 2, "x|brokers"},
		{"deleting without a confirmation", []string{"-b", addr, "topics", "delete", "orders"}, 2, "confirm|--yes orders"},
		{"deleting with another name", []string{"-b", addr, "topics", "delete", "orders", "--yes", "order"}, 1, "order|Nothing was changed"},
		{"partitions 0", []string{"-b", addr, "topics", "create", "x", "-p", "0"}, 2, "0|--partitions"},
		{"a position that is none", []string{"-b", addr, "tail", "orders", "--from", "noon"}, 2, "noon|-15m"},
		{"an isolation that is none", []string{"-b", addr, "offsets", "orders", "--isolation", "none"}, 2, "none|read-committed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, code := shipped(t, tt.args...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
			if len(lines) < 2 || !strings.HasPrefix(lines[len(lines)-2], "krapp: ") || !strings.HasPrefix(lines[len(lines)-1], "  ") {
				t.Errorf("it does not end in a mistake and a hint")
			}
			for want := range strings.SplitSeq(tt.says, "|") {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
					t.Errorf("it does not say %q", want)
				}
			}
			if strings.Contains(text, "hunter2") {
				t.Error("it shows a secret")
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
	if out, code := shipped(t, "-b", addr, "offsets", "orders", "-o", "json"); code != 0 || strings.Contains(strconv.Quote(out), `"end":1`) {
		t.Errorf("something was half done: %s", out)
	}
}

// shipped runs the binary on a machine of its own; it returns stdout and stderr as a person sees them.
func shipped(t *testing.T, args ...string) (string, int) {
	t.Helper()
	home := t.TempDir()
	cmd := exec.Command(binary, args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + home}
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return text.String(), cmd.ProcessState.ExitCode()
}
