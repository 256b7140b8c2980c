package sshd_test

import (
	"errors"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/sshd"
)

// command runs a command over a connection.
func (w *world) command(client *gossh.Client, line string) (string, error) {
	s, err := client.NewSession()
	if err != nil {
		return "", err
	}
	defer s.Close()
	out, err := s.CombinedOutput(line)
	return string(out), err
}

func TestAConsole(t *testing.T) {
	w := serve(t, nil)
	tm := w.open(w.mustDial(w.operator))
	tm.expect("welcome olga as operator contexts=[] exec=true 80x24 [TERM=xterm-256color]\r\n") // \r\n, as a terminal's line makes it
	tm.press("x")
	tm.expect("<x>")
	must(t, tm.WindowChange(50, 132))
	tm.expect("size 132x50")
	must(t, tm.WindowChange(1_000_000, 4_000_000))
	tm.expect("size 1000x500")
	if n := w.metric("krapp_ssh_sessions", ""); n != 1 {
		t.Errorf("%v sessions", n)
	}
	tm.press("q")
	must(t, tm.over())
	opened, closed := w.expectEvent(sshd.Opened, ""), w.expectEvent(sshd.Closed, "left")
	if opened.Session == "" || opened.Session != closed.Session || opened.Name != "olga" || opened.Role != sshd.Operator || opened.Address == "" {
		t.Errorf("opened %+v closed %+v", opened, closed)
	}
	if n := w.metric("krapp_ssh_sessions", ""); n != 0 {
		t.Errorf("%v sessions afterwards", n)
	}
}

func TestHowAConsoleEnds(t *testing.T) {
	w := serve(t, nil)
	broken := w.open(w.mustDial(w.operator))
	broken.press("e")
	if exit, ok := errors.AsType[*gossh.ExitError](broken.over()); !ok || exit.ExitStatus() != 1 {
		t.Errorf("exit %v", exit)
	}
	broken.expect("krapp: the console broke?[2J\r\n")
	if strings.Contains(broken.out.String(), "\x1b") {
		t.Error("an error carried terminal control")
	}
	other := w.open(w.mustDial(w.operator))
	panicked := w.open(w.mustDial(w.operator))
	panicked.press("p")
	panicked.expect("krapp: closed: an internal failure")
	w.expectEvent(sshd.Closed, "an internal failure")
	other.press("y") // a panic is one session's
	other.expect("<y>")
}

func TestOnlyThreeVariables(t *testing.T) {
	w := serve(t, nil)
	s, err := w.mustDial(w.reader).NewSession()
	must(t, err)
	for name, value := range map[string]string{"COLORTERM": "truecolor", "LANG": "de_DE.UTF-8"} {
		must(t, s.Setenv(name, value))
	}
	for name, value := range map[string]string{
		"PATH": "/tmp", "LD_PRELOAD": "x", "KRAPP_BROKERS": "evil:9092", "LC_ALL": "C", "TERM": "../../etc/passwd", "EDITOR": "vi",
	} {
		if s.Setenv(name, value) == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, value := range []string{"", "a b", "x\x1b[2J", "$(id)", strings.Repeat("x", 65), "ü"} {
		if s.Setenv("COLORTERM", value) == nil {
			t.Errorf("COLORTERM=%q was taken", value)
		}
	}
	out := &screen{}
	s.Stdout = out
	must(t, s.RequestPty("../x", 0, 0, nil)) // nonsense for a terminal is left out; no size is 80×24
	must(t, s.Shell())
	eventually(t, "the greeting", func() bool {
		return strings.Contains(out.String(), "80x24 [COLORTERM=truecolor LANG=de_DE.UTF-8]")
	}, out.String)
	if s.Setenv("LANG", "C") == nil {
		t.Error("the environment of a running session was changed")
	}
}

func TestHugeTerminals(t *testing.T) {
	w := serve(t, nil)
	s, err := w.mustDial(w.reader).NewSession()
	must(t, err)
	out := &screen{}
	s.Stdout = out
	must(t, s.RequestPty("xterm", 1<<31, 1<<31, nil))
	if s.RequestPty("xterm", 24, 80, nil) == nil {
		t.Error("a second terminal was given")
	}
	must(t, s.Shell())
	eventually(t, "the greeting", func() bool { return strings.Contains(out.String(), "1000x500") }, out.String)
	if s.Shell() == nil {
		t.Error("a second shell was given")
	}
}

func TestWithoutATerminal(t *testing.T) {
	w := serve(t, nil)
	s, err := w.mustDial(w.reader).NewSession()
	must(t, err)
	out := &screen{}
	s.Stdout, s.Stderr = out, out
	must(t, s.Shell())
	if err := s.Wait(); err == nil || !strings.Contains(out.String(), "ssh -t") {
		t.Errorf("%v: %q", err, out.String())
	}
	w.expectEvent(sshd.Refused, "no terminal asked for")
}

func TestCommands(t *testing.T) {
	w := serve(t, nil)
	out, err := w.command(w.mustDial(w.operator), `topics list --value '{"a": 1}' ''`)
	if exit, ok := errors.AsType[*gossh.ExitError](err); !ok || exit.ExitStatus() != 7 {
		t.Errorf("exit %v", err)
	}
	if !strings.Contains(out, `olga ran ["topics" "list" "--value" "{\"a\": 1}" ""]`+"\n") || !strings.Contains(out, "beside\n") {
		t.Errorf("out %q", out)
	}
	if e := w.expectEvent(sshd.Opened, ""); e.Command != `topics list --value '{"a": 1}' ''` {
		t.Errorf("audit %+v", e)
	}
	out, err = w.command(w.mustDial(w.operator), "topics list; rm -rf /")
	if err == nil || !strings.Contains(out, "no shell here") {
		t.Errorf("%v %q", err, out)
	}
	out, err = w.command(w.mustDial(w.reader), "topics list")
	if err == nil || out != "krapp: this key runs no commands here\n" {
		t.Errorf("%v %q", err, out)
	}
	w.expectEvent(sshd.Refused, "commands not allowed")

	off := serve(t, func(o *sshd.Options) { o.Exec = nil })
	if out, err := off.command(off.mustDial(off.operator), "topics list"); err == nil || strings.Contains(out, "ran") {
		t.Errorf("%v %q", err, out)
	}
}

func TestACommandEndsWithItsClient(t *testing.T) {
	w := serve(t, nil)
	client := w.mustDial(w.operator)
	s, err := client.NewSession()
	must(t, err)
	must(t, s.Start("wait"))
	w.expectEvent(sshd.Opened, "")
	client.Close()
	w.expectEvent(sshd.Closed, "the client has gone")
}

func TestNothingIsForwarded(t *testing.T) {
	w := serve(t, nil)
	client := w.mustDial(w.operator)
	tm := w.open(client)
	if c, err := client.Dial("tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "prohibited") {
		t.Errorf("-L: %v %v", c, err)
	}
	if c, err := client.Dial("unix", "/tmp/x"); err == nil || !strings.Contains(err.Error(), "prohibited") {
		t.Errorf("-L of a socket: %v %v", c, err)
	}
	if l, err := client.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Errorf("-R: %v", l.Addr())
	}
	if l, err := client.Listen("unix", "/tmp/krapp-test-x"); err == nil {
		t.Errorf("-R of a socket: %v", l.Addr())
	}
	for _, kind := range []string{"x11", "auth-agent@openssh.com", "tun@openssh.com", "nonsense"} {
		if _, _, err := client.OpenChannel(kind, nil); err == nil {
			t.Errorf("a channel %s was given", kind)
		}
	}
	for _, request := range []string{"auth-agent-req@openssh.com", "x11-req", "nonsense"} {
		if ok, err := tm.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s: %v %v", request, ok, err)
		}
	}
	for _, request := range []string{"nonsense", "streamlocal-forward@openssh.com", "cancel-tcpip-forward"} {
		if ok, _, err := client.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("global %s: %v %v", request, ok, err)
		}
	}
	w.expectEvent(sshd.Refused, "forwarding: direct-tcpip")
	w.expectEvent(sshd.Refused, "agent forwarding")
	w.expectEvent(sshd.Refused, "X11 forwarding")
	tm.press("z") // and the session lives
	tm.expect("<z>")
}

func TestSubsystemsAndSecondSessions(t *testing.T) {
	w := serve(t, nil)
	client := w.mustDial(w.operator)
	s, err := client.NewSession()
	must(t, err)
	if s.RequestSubsystem("sftp") == nil {
		t.Error("sftp was given")
	}
	w.expectEvent(sshd.Refused, "subsystem: sftp")
	if _, err := client.NewSession(); err == nil || !strings.Contains(err.Error(), "more than one session") {
		t.Errorf("a second session: %v", err)
	}
	must(t, s.Signal(gossh.SIGKILL)) // ignored
	must(t, s.RequestPty("xterm", 24, 80, nil))
	out := &screen{}
	s.Stdout = out
	must(t, s.Shell())
	eventually(t, "the greeting", func() bool { return strings.Contains(out.String(), "welcome") }, out.String)
}

func TestAClientThatAsksForChannelsForEverIsClosed(t *testing.T) {
	w := serve(t, nil)
	client := w.mustDial(w.operator)
	w.open(client)
	closed := make(chan error, 1)
	go func() { closed <- client.Wait() }()
	for range 200 {
		if _, err := client.NewSession(); err != nil && !strings.Contains(err.Error(), "more than one") {
			break
		}
	}
	<-closed
	w.expectEvent(sshd.Closed, "too many channels")
}

func TestKeysSayWhatTheyGive(t *testing.T) {
	w := serve(t, nil)
	silent, both, ctx, gone := newKey(t), newKey(t), newKey(t), newKey(t)
	w.writeKeys(silent.line(`restrict,krapp-exec`, "silent") + both.line(`restrict,pty,krapp-role="operator"`, "both") +
		ctx.line(`krapp-contexts="prod,test"`, "\u202eevil") + gone.line(`expiry-time="20200101"`, "gone") +
		w.reader.line(`command="id"`, "rita") + w.operator.line(`from="10.0.0.0/8"`, "olga"))
	for name, k := range map[string]key{"expired": gone, "unhonoured option": w.reader, "from elsewhere": w.operator} {
		if c, err := w.dial(k); err == nil {
			c.Close()
			t.Errorf("%s came in", name)
		}
	}
	w.expectEvent(sshd.Refused, "key expired")
	w.expectEvent(sshd.Refused, "key refused by its line")
	w.expectEvent(sshd.Refused, "not allowed from this address")
	if e := w.expectEvent(sshd.KeyRefused, "line 5: option command is not honoured here"); e.Name != "rita" {
		t.Errorf("%+v", e)
	}
	w.open(w.mustDial(both)).expect("as operator")
	w.open(w.mustDial(ctx)).expect("welcome ?evil as read-only contexts=[prod test]")
	s, err := w.mustDial(silent).NewSession()
	must(t, err)
	if s.RequestPty("xterm", 24, 80, nil) == nil {
		t.Error("no-pty gave a terminal")
	}
	if out, err := w.command(w.mustDial(silent), "topics"); !strings.Contains(out, "silent ran") {
		t.Errorf("%v %q", err, out)
	}
}
