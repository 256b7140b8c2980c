//go:build tmux && ssh

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func visitors() map[string]string {
	return map[string]string{"ann": `krapp-role="operator",krapp-exec`, "bob": `krapp-role="operator"`, "eve": `krapp-role="read-only"`}
}

// The console over SSH is driven by keys from the empty dashboard to the verdict, at one size and then another.
func TestSSHFromKeyToVerdict(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	b.consumer(t, group, "a", topic)
	d := b.serve(t, visitors())
	term := d.open(t, "ann", 80, 24)
	term.shows(t, "n DoIt")

	term.doit(t, topic, "2000", group)
	term.shows(t, "✔ done")
	term.shows(t, "2,000")

	term.tmux(t, "resize-window", "-t", "krapp", "-x", "120", "-y", "40")
	term.w, term.h = 120, 40
	eventually(t, "a frame of the new size", func() bool { // what there is before it is the old frame, on a larger screen
		rows := term.capture(t)
		return strings.HasPrefix(rows[0], " krapp") && strings.TrimSpace(rows[39]) != ""
	})
	term.keys(t, "Escape")
	eventually(t, "the larger dashboard has its panes side by side", func() bool {
		rows := term.capture(t)
		text := strings.Join(rows, "\n")
		return strings.HasPrefix(rows[0], " krapp") && strings.Contains(text, "─ Runs ") && strings.Contains(text, "─ Partitions ") && len([]rune(rows[1])) > 100
	})
	if j := b.isdone(t, ""); j.Verdict != "done" || j.Once != 2000 {
		t.Errorf("a process of its own says %q of %d messages", j.Verdict, j.Once)
	}
	for _, outcome := range []string{"intended", "done"} {
		if !d.wrote(t, "ann", "run.start", outcome, "2000 messages") {
			t.Errorf("no line that the run is %s:\n%+v", outcome, d.audited(t))
		}
	}
	other := d.open(t, "eve", 80, 24) // others see the same run
	other.shows(t, "✔ done")
	term.keys(t, "q")
	eventually(t, "the end of her session is written down", func() bool { return d.wrote(t, "ann", "session.close", "done", "left") })
	other.keys(t, "?")
	other.shows(t, "Help:")
}

// A visitor who may only look is shown that, and changes nothing.
func TestSSHReadOnlyVisitor(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	d := b.serve(t, visitors())
	term := d.open(t, "eve", 80, 24)
	term.shows(t, "(read-only)")
	term.doit(t, topic, "10", "group")
	term.shows(t, "this session may only look")
	term.home(t)
	term.command(t, "produce "+topic)
	term.shows(t, "Produce")
	term.keys(t, "Enter")
	term.shows(t, "this session may only look")
	if out := b.home.must(t, "offsets", topic, "-o", "json"); !strings.Contains(out, `"end":0`) {
		t.Errorf("something was stored: %s", out)
	}
	operator := d.open(t, "bob", 80, 24) // the negative control
	operator.shows(t, "n DoIt")
	operator.doit(t, topic, "10", "group")
	eventually(t, "an operator's messages", func() bool { return !strings.Contains(b.home.must(t, "offsets", topic, "-o", "json"), `"end":0`) })
}

// A served console has no files, no editor, no export and no job of the server's, and can't be suspended: for operators too.
func TestSSHNothingOfTheServer(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	lines, ran := filepath.Join(b.home.dir, "lines.txt"), filepath.Join(b.home.dir, "editor-ran")
	job, editor := filepath.Join(b.home.dir, "job.yaml"), filepath.Join(b.home.dir, "editor")
	for path, text := range map[string]string{lines: "one\ntwo\n", job: "name: leaked-job-name\n", editor: "#!/bin/sh\ntouch " + ran + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b.home = b.home.with("EDITOR", []string{editor})
	d := b.serve(t, visitors())
	term := d.open(t, "ann", 120, 40)
	term.shows(t, "n DoIt")

	term.keys(t, "n")
	term.shows(t, "this console is served, and has no files")
	term.fill(t, "Topic", topic)
	term.fill(t, "From file", lines)
	term.keys(t, "Enter")
	term.shows(t, "this console is served: it has no files")
	if rows := strings.Join(term.frame(t), "\n"); strings.Contains(rows, "two") || strings.Contains(rows, "$EDITOR") {
		t.Errorf("a file's lines, or an editor, are shown:\n%s", rows)
	}
	term.keys(t, "C-u", "C-e", "C-z")
	term.home(t)

	term.command(t, "pipeline "+job)
	rows := strings.Join(term.shows(t, "this console is served: it has no files"), "\n")
	if strings.Contains(rows, "leaked-job-name") {
		t.Errorf("a job's file was read:\n%s", rows)
	}
	term.home(t)
	term.command(t, "export "+topic)
	term.shows(t, "export")
	term.home(t)
	if out := b.home.must(t, "offsets", topic, "-o", "json"); !strings.Contains(out, `"end":0`) {
		t.Errorf("something was stored: %s", out)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the server's editor ran")
	}
	if !d.wrote(t, "ann", "file.read", "refused", "it has no files") {
		t.Errorf("the refusal isn't in the audit log:\n%+v", d.audited(t))
	}
	stat, err := os.ReadFile("/proc/" + itoa(d.process.Process.Pid) + "/stat")
	if err != nil || strings.Contains(string(stat), ") T ") {
		t.Errorf("the server was stopped: %s, %v", stat, err)
	}
	term.command(t, "topics")
	term.shows(t, topic)

	own := b.home.open(t, 120, 40, "krapp-tui") // the negative control: at home there are files, and an editor
	own.shows(t, "n DoIt")
	own.keys(t, "n")
	own.fill(t, "Topic", topic)
	own.keys(t, "C-e")
	eventually(t, "one's own editor runs", func() bool { _, err := os.Stat(ran); return err == nil })
}

// A revoked key ends the session that it opened, and no other.
func TestSSHRevokedKey(t *testing.T) {
	b := startBackend(t)
	d := b.serve(t, visitors())
	ann, bob := d.open(t, "ann", 80, 24), d.open(t, "bob", 80, 24)
	ann.shows(t, "n DoIt")
	bob.shows(t, "n DoIt")
	delete(d.keys, "bob")
	d.authorize(t)
	eventually(t, "bob is told", func() bool { return bob.told(t, "krapp: closed: its key was withdrawn") })
	if r := d.run(t, "bob", "krapp", "brokers"); r.code != 255 || !strings.Contains(r.errors, "Permission denied") {
		t.Errorf("he came in again: %d %s", r.code, r.errors)
	}
	ann.keys(t, "?")
	ann.shows(t, "Help:")
	if !d.wrote(t, "bob", "session.close", "done", "key") {
		t.Errorf("it isn't written down:\n%+v", d.audited(t))
	}
}

// Commands over SSH: those that read, for keys that may.
func TestSSHCommands(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 2)
	d := b.serve(t, visitors())
	if r := d.run(t, "ann", "krapp", "topics", "list", "-o", "json"); r.code != 0 || !strings.Contains(r.out, topic) {
		t.Errorf("a list: %d %s%s", r.code, r.out, r.errors)
	}
	if r := d.run(t, "ann", "krapp", "topics", "describe", "nosuchtopic"); r.code != 1 || !strings.Contains(r.errors, "nosuchtopic") {
		t.Errorf("what there is not: %d %s%s", r.code, r.out, r.errors)
	}
	for _, line := range []string{
		"krapp topics delete " + topic + " --yes " + topic, "krapp produce " + topic + " --value x", "krapp topics list --brokers 127.0.0.1:1", "krapp ask --load /etc/passwd x",
		"krapp topics list '; touch " + b.home.dir + "/pwned'", "sh -c id", "scp -f /etc/passwd", "krapp topics list --read-only=false", "krapp contexts show",
	} {
		if r := d.run(t, "ann", line); r.code != 2 || r.out != "" {
			t.Errorf("%s: %d %s%s", line, r.code, r.out, r.errors)
		}
		if !d.wrote(t, "ann", "exec", "refused", strings.Fields(line)[1]) {
			t.Errorf("%s isn't written down", line)
		}
	}
	if r := d.run(t, "ann", "krapp topics list; touch "+b.home.dir+"/pwned"); r.code == 0 || !strings.Contains(r.errors, "there is no shell here") {
		t.Errorf("a shell's command line: %d %s%s", r.code, r.out, r.errors)
	}
	if r := d.run(t, "bob", "krapp", "topics", "list"); r.code == 0 || r.out != "" {
		t.Errorf("without krapp-exec: %d %s", r.code, r.out)
	}
	if out := b.home.must(t, "topics", "list"); !strings.Contains(out, topic) {
		t.Error("the topic was deleted")
	}
	if _, err := os.Stat(b.home.dir + "/pwned"); err == nil {
		t.Error("a shell ran")
	}
	for _, outcome := range []string{"intended", "done"} {
		if !d.wrote(t, "ann", "exec", outcome, "krapp topics list --output=json") {
			t.Errorf("no line that it is %s", outcome)
		}
	}
}

// The order to stop ends every session with a sentence, and the server cleanly.
func TestSSHServerStops(t *testing.T) {
	b := startBackend(t)
	d := b.serve(t, visitors())
	ann, eve := d.open(t, "ann", 80, 24), d.open(t, "eve", 120, 40)
	ann.shows(t, "n DoIt")
	eve.shows(t, "n DoIt")
	if code := d.process.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, d.process.log)
	}
	for _, term := range []*terminal{ann, eve} {
		eventually(t, "a sentence", func() bool { return term.told(t, "krapp: closed: the server is stopping") })
	}
	all := d.audited(t)
	if last := all[len(all)-1]; last.Action != "serve.end" || last.Outcome != "done" {
		t.Errorf("the last line is %+v", last)
	}
}

// Without keys, without a host key, or where nothing can be written down, nothing is served.
func TestSSHNoKeysNoStart(t *testing.T) {
	b := startBackend(t)
	d := b.serve(t, visitors()) // the negative control
	d.process.signal(t, syscall.SIGKILL)
	empty, wide := filepath.Join(b.home.dir, "empty"), filepath.Join(b.home.dir, "wide")
	host, err := os.ReadFile(d.key("host"))
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{empty: "# nobody\n", wide: string(host)} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no keys":                     {[]string{"--host-key", d.key("host")}, "--authorized-keys"},
		"no host key":                 {[]string{"--authorized-keys", d.file}, "ssh-keygen"},
		"a file without a key":        {[]string{"--authorized-keys", empty, "--host-key", d.key("host")}, empty},
		"a file that is not there":    {[]string{"--authorized-keys", empty + "x", "--host-key", d.key("host")}, empty + "x"},
		"a host key that all can see": {[]string{"--authorized-keys", d.file, "--host-key", wide}, wide},
		"no audit log":                {[]string{"--authorized-keys", d.file, "--host-key", d.key("host"), "--audit-log", empty + "/log"}, "audit log"},
	} {
		t.Run(name, func(t *testing.T) {
			p := b.home.start(t, "krapp-tui", append([]string{"serve", "--listen", "127.0.0.1:0", "--monitor-listen", "none"}, c.args...)...)
			eventually(t, "it ends", p.ended)
			if p.ProcessState.ExitCode() < 1 || !strings.Contains(p.log.String(), c.says) || strings.Contains(p.log.String(), "serving the console") {
				t.Errorf("exit code %d: %s", p.ProcessState.ExitCode(), p.log)
			}
		})
	}
}
