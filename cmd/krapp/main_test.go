package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// binary is krapp as it is shipped, built once for the tests of exit codes.
var binary string

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "krapp-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // a temporary directory
	binary = filepath.Join(dir, "krapp")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building krapp: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// machine isolates a test from the user's configuration and brokers.
func machine(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME"} {
		t.Setenv(name, dir)
	}
	for _, name := range []string{"KRAPP_BROKERS", "KAFKA_BROKER", "KAFKA_BOOTSTRAP_SERVERS", "KRAPP_CONTEXT", "KRAPP_CONFIG"} {
		t.Setenv(name, "")
	}
	t.Chdir(dir)
	return dir
}

// broker starts an embedded broker that keeps nothing.
func broker(t *testing.T) string {
	t.Helper()
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.Addr()
}

// result is what a command did.
type result struct {
	code        int
	out, errors string
}

// krapp runs a command in this process.
func krapp(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// must is krapp that is expected to succeed; it returns stdout.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := krapp(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("krapp %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.errors)
	}
	return r.out
}

// golden compares with testdata/NAME, after what differs from run to run was replaced.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, r := range volatile() {
		got = r.pattern.ReplaceAllString(got, r.with)
	}
	path := filepath.Join(sourceDir, "testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (rewrite with go test -update)\ngot:\n%swant:\n%s", name, got, want)
	}
}

// sourceDir is where the tests lie: they change the working directory.
var sourceDir, _ = os.Getwd()

type replacement struct {
	pattern *regexp.Regexp
	with    string
}

// volatile are the parts of an output that no two runs share: addresses, ids, times, latencies.
func volatile() []replacement {
	return []replacement{
		{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
		{regexp.MustCompile(`"port":\d+`), `"port":1`},
		{regexp.MustCompile(`"id":"[\w+/=-]{16,}"`), `"id":"ID"`},
		{regexp.MustCompile(`ID     .*`), "ID     ID"},
		{regexp.MustCompile(`"cluster":"[^"]+"`), `"cluster":"CLUSTER"`},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "TIME"},
		{regexp.MustCompile(`"[0-9A-HJKMNP-TV-Z]{26}"`), `"RUN"`},
		{regexp.MustCompile(`\b01[0-9A-HJKMNP-TV-Z]{24}\b`), "RUN                       "},
		{regexp.MustCompile(`(_ms|_seconds)":[\d.]+`), `$1":0`},
		{regexp.MustCompile(`/[^ "]*/krapp/config`), "DIR/krapp/config"},
	}
}
