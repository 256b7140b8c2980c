package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/sshd"
)

func TestCommandsThatOnlyRead(t *testing.T) {
	for line, want := range map[string]string{
		"krapp topics list":                     "topics list --",
		"topics list -a -o json":                "topics list --all --output=json --",
		"krapp topics describe orders bills":    "topics describe -- orders bills",
		"krapp groups describe --output=yaml g": "groups describe --output=yaml -- g",
		"krapp tail orders -n 5 -f":             "tail --lines=5 --follow -- orders",
		"krapp tail -n5 orders --from=-1h":      "tail --lines=5 --from=-1h -- orders",
		"krapp tail --from -1h orders":          "tail --from=-1h -- orders",
		"krapp tail -- -odd":                    "tail -- -odd",
		"krapp isdone":                          "isdone --",
		"krapp isdone 7QH1C -w --timeout 1m":    "isdone --watch --timeout=1m -- 7QH1C",
		"krapp results census":                  "results -- census",
		"krapp ask how many --topic orders":     "ask --topic=orders -- how many",
		"version":                               "version --",
	} {
		got, err := readOnlyCommand(strings.Fields(line))
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}

func TestWhatIsNoReadingCommand(t *testing.T) {
	for _, line := range []string{
		"", "krapp", "sh", "krapp topics", "krapp topics delete orders", "krapp topics create x", "krapp doit orders", "krapp produce orders", "krapp up",
		"krapp contexts list", "krapp contexts use prod", "krapp help", "krapp completion bash", "krapp --version", "krapp --help", "/bin/sh -c id",
		"krapp topics list --brokers evil:1", "krapp topics list -b evil:1", "krapp topics list --config /etc/passwd", "krapp topics list --context prod",
		"krapp topics list --read-only=false", "krapp --read-only=false topics list", "krapp brokers --password-file /etc/shadow", "krapp brokers -v",
		"krapp brokers --tls", "krapp brokers --seer-url http://169.254.169.254", "krapp ask --load /etc/passwd x", "krapp ask --load=/etc/passwd x", "krapp ask --seer-url=http://evil x",
		"krapp results ./job.yaml", "krapp results --job=/etc/passwd", "krapp results /etc/passwd", "krapp results nojob", "krapp tail orders --raw",
		"krapp tail orders bills", "krapp tail", "krapp tail orders -n 99999999", "krapp tail orders -n -5", "krapp tail orders -n", "krapp tail orders --follow=true",
		"krapp tail orders -fn5", "krapp tail orders --lines", "krapp isdone a b", "krapp isdone --timeout 0s", "krapp isdone --timeout x", "krapp topics list -o xml",
		"krapp topics list --output", "krapp topics list extra", "krapp topics list --", "krapp topics list -- x", "krapp topics list -- --brokers=evil:1", "-", "--",
		"topics  list", "krapp offsets --isolation= x", "krapp version x", "krapp version -- --help",
	} {
		argv := strings.Fields(line)
		if line == "krapp topics list --" {
			continue // that is one
		}
		if line == "topics  list" {
			argv = []string{"topics ", "list"}
		}
		if got, err := readOnlyCommand(argv); err == nil || cli.CodeOf(err, false) != cli.Misuse {
			t.Errorf("%q was taken for %q (%v)", line, got, err)
		}
	}
	for name, argv := range map[string][]string{
		"control":  {"krapp", "topics", "describe", "a\x1b[2J"},
		"newline":  {"krapp", "topics", "describe", "a\nb"},
		"too long": {"krapp", "topics", "describe", strings.Repeat("a", mostWord+1)},
		"too many": append([]string{"krapp", "topics", "describe"}, slices.Repeat([]string{"a"}, anyNumber+1)...),
		"empty":    {"krapp", "topics", "describe", ""},
	} {
		if got, err := readOnlyCommand(argv); err == nil {
			t.Errorf("%s was taken for %q", name, got)
		}
	}
}

// Whatever is asked for, what comes of it is a known command, flags that are known, and "--" before all that a visitor chose freely.
func FuzzReadOnlyCommand(f *testing.F) {
	for _, s := range []string{"krapp topics list -o json", "tail x -n 5 --from=-1h", "ask -- --load x", "isdone --watch=1", "krapp\x00brokers\x00-b\x00evil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv := strings.Split(line, " ")
		got, err := readOnlyCommand(argv)
		if err != nil {
			return
		}
		words, c, rest := commandOf(got)
		if words == nil {
			t.Fatalf("%q became %q", line, got)
		}
		end := slices.Index(rest, "--")
		if end < 0 || len(rest)-end-1 > c.most {
			t.Fatalf("%q became %q", line, got)
		}
		for _, w := range rest[:end] {
			name, value, given := strings.Cut(strings.TrimPrefix(w, "--"), "=")
			kind, known := c.flags[name]
			if !strings.HasPrefix(w, "--") || !known || given != (kind != noValue) || given && !kind.takes(value) {
				t.Fatalf("%q became %q: %q", line, got, w)
			}
		}
	})
}

// program writes a shell script that stands for krapp.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "krapp")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandHasAnEnvironmentOfItsOwnAndEndsWithItsVisitor(t *testing.T) {
	h, client := world(t)
	t.Setenv("KRAPP_SECRET_OF_THE_SERVER", "x")
	log := &notes{}
	h.audit = log
	vs := &visitors{house: h, log: h.log, slots: make(chan struct{}, 1)}
	v := sshd.Visitor{Name: "ann", Role: sshd.Operator, MayExec: true}
	run := func(ctx context.Context, script string, argv ...string) (int, string, string) {
		vs.krapp = program(t, script)
		var out, errs bytes.Buffer
		code := vs.exec(ctx, v, argv, &out, &errs)
		return code, out.String(), errs.String()
	}
	code, out, errs := run(t.Context(), "/usr/bin/env; echo args \"$@\"; exit 3", "krapp", "isdone", "x")
	if code != 3 || !strings.Contains(out, "args isdone -- x\n") || !strings.Contains(out, "KRAPP_READ_ONLY=true\n") ||
		!strings.Contains(out, "KRAPP_BROKERS="+client.Context().Brokers[0]+"\n") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, "=")
		if !slices.Contains([]string{"PWD", "SHLVL", "_", "GOMEMLIMIT", "KRAPP_READ_ONLY", "KRAPP_BROKERS", "KRAPP_SEER_URL", "OLDPWD"}, name) && !strings.HasPrefix(line, "args ") {
			t.Errorf("it was given %s", line)
		}
	}
	if code, _, errs := run(t.Context(), "echo never", "krapp", "topics", "delete", "demo"); code != cli.Misuse || !strings.Contains(errs, "no command that can be run here") {
		t.Errorf("code %d: %s", code, errs)
	}
	want := []string{"exec intended", "exec done", "exec refused"}
	if got := log.outcomes(); !slices.Equal(got, want) {
		t.Errorf("logged %v, want %v", got, want)
	}
	if a := log.entries[0].Actor; a.Kind != audit.SSH || a.Name != "ann" {
		t.Errorf("%+v", a)
	}

	ctx, cancel := context.WithCancel(t.Context())
	pids := filepath.Join(t.TempDir(), "pids")
	ended := make(chan int, 1)
	go func() {
		code, _, _ := run(ctx, "sleep 600 & echo $! > "+pids+"; wait", "krapp", "tail", "demo", "-f")
		ended <- code
	}()
	var child string
	await(t, "its child", func() bool { b, _ := os.ReadFile(pids); child = strings.TrimSpace(string(b)); return child != "" })
	var errsBusy bytes.Buffer
	if code := vs.exec(t.Context(), v, []string{"krapp", "brokers"}, &errsBusy, &errsBusy); code == cli.Success || !strings.Contains(errsBusy.String(), "running already") {
		t.Errorf("a second one at a time: code %d: %s", code, errsBusy.String())
	}
	cancel()
	select {
	case code := <-ended:
		if code == cli.Success {
			t.Error("it succeeded")
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it outlives its visitor")
	}
	await(t, "the end of its child", func() bool {
		stat, err := os.ReadFile("/proc/" + child + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}

func TestTheOutputOfACommandIsBounded(t *testing.T) {
	over := 0
	var b bytes.Buffer
	l := &limited{w: &b, left: 5, over: func() { over++ }}
	if _, err := l.Write([]byte("12345")); err != nil || over != 0 {
		t.Errorf("%v, %d", err, over)
	}
	if _, err := l.Write([]byte("6")); err == nil || over != 1 || b.String() != "12345" {
		t.Errorf("%v, %d, %q", err, over, b.String())
	}
}
