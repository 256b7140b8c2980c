//go:build tmux && ssh

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// door is a served console, with the keys of those that may come in.
type door struct {
	home    home
	process *process
	port    string
	monitor string
	audit   string
	keys    map[string]string // a visitor's options in the authorized-keys file
	file    string
}

// serve starts krapp-tui serve for these visitors: name to options.
func (b backend) serve(t *testing.T, keys map[string]string, args ...string) *door {
	t.Helper()
	d := &door{home: b.home, keys: keys, file: filepath.Join(b.home.dir, "authorized_keys"), audit: filepath.Join(b.home.dir, "krapp", "audit.jsonl")}
	d.keygen(t, "host")
	for name := range keys {
		d.keygen(t, name)
	}
	d.authorize(t)
	d.process = b.home.start(t, "krapp-tui", append([]string{
		"serve", "--listen", "127.0.0.1:0", "--monitor-listen", "127.0.0.1:0", "--authorized-keys", d.file, "--host-key", d.key("host"),
	}, args...)...)
	d.port = d.said(t, regexp.MustCompile(`over SSH" address=127\.0\.0\.1:(\d+)`))
	d.monitor = d.said(t, regexp.MustCompile(`msg=listening role=monitor address=(127\.0\.0\.1:\d+)`))
	return d
}

// said waits for a line of the server's log.
func (d *door) said(t *testing.T, what *regexp.Regexp) (match string) {
	t.Helper()
	eventually(t, "the server says "+what.String(), func() bool {
		if m := what.FindStringSubmatch(d.process.log.String()); m != nil {
			match = m[1]
			return true
		}
		if d.process.ended() {
			t.Fatalf("the server has ended:\n%s", d.process.log)
		}
		return false
	})
	return match
}

func (d *door) key(name string) string { return filepath.Join(d.home.dir, name) }

func (d *door) keygen(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", d.key(name)).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
}

// authorize writes the authorized-keys file anew.
func (d *door) authorize(t *testing.T) {
	t.Helper()
	var b strings.Builder
	for name, options := range d.keys {
		public, err := os.ReadFile(d.key(name) + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s", options, public)
	}
	if err := os.WriteFile(d.file+".new", []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.file+".new", d.file); err != nil {
		t.Fatal(err)
	}
}

// client is the OpenSSH client's command line for a visitor.
func (d *door) client(name string) []string {
	return []string{
		"-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
		"-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-i", d.key(name), "-p", d.port, "whoever@127.0.0.1",
	}
}

// open opens a console with the OpenSSH client in a terminal.
func (d *door) open(t *testing.T, name string, w, h int) *terminal {
	t.Helper()
	link := filepath.Join(binaries, "ssh")
	if _, err := os.Lstat(link); err != nil {
		path, err := exec.LookPath("ssh")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
	}
	return d.home.open(t, w, h, "ssh", d.client(name)...)
}

// home goes back to the dashboard, one Esc after the other: what is said, a form, a page.
func (e *terminal) home(t *testing.T) {
	t.Helper()
	eventually(t, "the dashboard", func() bool {
		if strings.Contains(strings.Join(e.capture(t), "\n"), "q quit") {
			return true
		}
		e.keys(t, "Escape")
		return false
	})
}

// told says whether a text is on the screen or has been: tmux moves it up by a line when a client has ended.
func (e *terminal) told(t *testing.T, text string) bool {
	t.Helper()
	return strings.Contains(e.tmux(t, "capture-pane", "-p", "-S", "-", "-t", "krapp"), text)
}

// run runs a command over SSH.
func (d *door) run(t *testing.T, name string, command ...string) result {
	t.Helper()
	cmd := exec.Command("ssh", append(d.client(name), command...)...)
	cmd.Env = d.home.env
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// metric is a number of the server's, without labels.
func (d *door) metric(t *testing.T, name string) float64 {
	t.Helper()
	resp, err := http.Get("http://" + d.monitor + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

// entry is a line of the audit log, as far as it is looked at.
type entry struct {
	ID    string `json:"id"`
	Actor struct {
		Kind, Name, Key, Role, Address, Session, User, Program string
	} `json:"actor"`
	Context, Action, Resource, Detail, Outcome, Class, Error string
}

// audited are the lines of the audit log.
func (d *door) audited(t *testing.T) (all []entry) {
	t.Helper()
	raw, err := os.ReadFile(d.audit)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		all = append(all, e)
	}
	return all
}

// wrote says whether the audit log has a line like that.
func (d *door) wrote(t *testing.T, name, action, outcome, in string) bool {
	t.Helper()
	for _, e := range d.audited(t) {
		if e.Actor.Name == name && e.Action == action && e.Outcome == outcome && strings.Contains(e.Resource+" "+e.Detail+" "+e.Error, in) {
			return true
		}
	}
	return false
}
