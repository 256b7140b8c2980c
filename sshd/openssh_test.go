//go:build ssh

// The door tried with the OpenSSH client: go test -tags ssh ./sshd -run OpenSSH. It needs ssh, ssh-keygen and sftp.
package sshd_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/sshd"
)

// openssh is a directory with keys of ssh-keygen, and the client's options.
type openssh struct {
	*world
	dir string
}

func withOpenSSH(t *testing.T, change func(*sshd.Options)) *openssh {
	t.Helper()
	for _, program := range []string{"ssh", "ssh-keygen", "sftp"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("the tag ssh asks for %s: %v", program, err)
		}
	}
	o := &openssh{serve(t, change), t.TempDir()}
	for _, name := range []string{"olga", "rita", "stranger"} {
		o.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", filepath.Join(o.dir, name))
	}
	host, port, err := net.SplitHostPort(o.server.Addr())
	must(t, err)
	known := fmt.Sprintf("[%s]:%s %s", host, port, gossh.MarshalAuthorizedKey(o.host.PublicKey()))
	must(t, os.WriteFile(filepath.Join(o.dir, "known_hosts"), []byte(known), 0o600))
	o.writeKeys(o.public("olga", `krapp-role="operator",krapp-exec`) + o.public("rita", ""))
	return o
}

func (o *openssh) public(name, options string) string {
	o.t.Helper()
	line, err := os.ReadFile(filepath.Join(o.dir, name+".pub"))
	must(o.t, err)
	return strings.TrimSpace(options+" "+string(line)) + "\n"
}

func (o *openssh) run(name string, arguments ...string) {
	o.t.Helper()
	if out, err := exec.CommandContext(o.t.Context(), name, arguments...).CombinedOutput(); err != nil {
		o.t.Fatalf("%s: %v %s", name, err, out)
	}
}

// options are those of the client, without any of the machine's.
func (o *openssh) options(name string) []string {
	_, port, err := net.SplitHostPort(o.server.Addr())
	must(o.t, err)
	return []string{"-F", "/dev/null", "-o", "Port=" + port, "-o", "UserKnownHostsFile=" + filepath.Join(o.dir, "known_hosts"),
		"-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
		"-o", "IdentityAgent=none", "-o", "ControlPath=none", "-o", "ConnectTimeout=20", "-i", filepath.Join(o.dir, name)}
}

// ssh runs the client to its end, and returns what it said.
func (o *openssh) ssh(name, stdin string, arguments ...string) (string, error) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ssh", append(append(o.options(name), arguments...), "127.0.0.1")...)
	if n := len(arguments); n > 0 && arguments[n-1] == "--" { // what follows the host
		o.t.Fatal("name the command with sshCommand")
	}
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (o *openssh) command(name, line string, arguments ...string) (string, error) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ssh", append(append(o.options(name), arguments...), "127.0.0.1", line)...).CombinedOutput()
	return string(out), err
}

// console starts a client with a terminal and waits for the greeting.
func (o *openssh) console(name string, arguments ...string) (*exec.Cmd, *screen, func(string)) {
	o.t.Helper()
	cmd := exec.CommandContext(o.t.Context(), "ssh", append(append(o.options(name), append([]string{"-tt"}, arguments...)...), "127.0.0.1")...)
	out := &screen{}
	cmd.Stdout, cmd.Stderr = out, out
	in, err := cmd.StdinPipe()
	must(o.t, err)
	must(o.t, cmd.Start())
	o.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(o.t, "the greeting", func() bool { return strings.Contains(out.String(), "welcome") }, out.String)
	return cmd, out, func(keys string) { _, err := in.Write([]byte(keys)); must(o.t, err) }
}

func TestOpenSSHConsole(t *testing.T) {
	o := withOpenSSH(t, nil)
	cmd, out, press := o.console("olga", "-o", "SetEnv=COLORTERM=truecolor PATH=/x LD_PRELOAD=/x KRAPP_BROKERS=x")
	if !strings.Contains(out.String(), "welcome olga as operator") || !strings.Contains(out.String(), "COLORTERM=truecolor]") {
		t.Errorf("%s", out)
	}
	press("x")
	eventually(t, "an answer", func() bool { return strings.Contains(out.String(), "<x>") }, out.String)
	press("q")
	must(t, cmd.Wait())
	o.expectEvent(sshd.Closed, "left")
}

func TestOpenSSHKeys(t *testing.T) {
	o := withOpenSSH(t, func(options *sshd.Options) { options.Limits.Keys = 100 * time.Millisecond })
	if out, err := o.ssh("stranger", "", "-tt"); err == nil || !strings.Contains(out, "Permission denied (publickey)") {
		t.Errorf("unknown key: %v %s", err, out)
	}
	// The client asks about the operator's key, of which it has the public half alone, and comes with the reader's.
	must(t, os.Remove(filepath.Join(o.dir, "olga")))
	if out, err := o.ssh("olga", "q", "-tt", "-i", filepath.Join(o.dir, "rita")); err != nil || !strings.Contains(out, "welcome rita as read-only") {
		t.Errorf("offered and signed: %v %s", err, out)
	}
	cmd, out, _ := o.console("rita")
	o.writeKeys(o.public("olga", ""))
	eventually(t, "the revocation", func() bool { return strings.Contains(out.String(), "closed: its key was withdrawn") }, out.String)
	if err := cmd.Wait(); err == nil {
		t.Error("a revoked session ended well")
	}
	if out, err := o.ssh("rita", "", "-tt"); err == nil || !strings.Contains(out, "Permission denied (publickey)") {
		t.Errorf("revoked key: %v %s", err, out)
	}
}

func TestOpenSSHForwarding(t *testing.T) {
	o := withOpenSSH(t, nil)
	port := freePort(t)
	_, out, _ := o.console("olga", "-L", fmt.Sprintf("127.0.0.1:%d:%s", port, o.server.Addr()))
	if banner := read(port, ""); banner != "" {
		t.Errorf("-L reached %q", banner)
	}
	eventually(t, "the refusal of -L", func() bool { return strings.Contains(out.String(), "nothing is forwarded here") }, out.String)

	port = freePort(t)
	_, out, _ = o.console("olga", "-D", fmt.Sprintf("127.0.0.1:%d", port))
	if got := read(port, "\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x16"); strings.Contains(got, "SSH") {
		t.Errorf("-D reached %q", got)
	}
	eventually(t, "the refusal of -D", func() bool { return strings.Contains(out.String(), "nothing is forwarded here") }, out.String)

	if out, err := o.ssh("olga", "q", "-tt", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:0:127.0.0.1:1"); err == nil || !strings.Contains(out, "remote port forwarding failed") {
		t.Errorf("-R: %v %s", err, out)
	}
	if out, err := o.ssh("olga", "", "-W", "127.0.0.1:1"); err == nil || !strings.Contains(out, "prohibited") {
		t.Errorf("-W: %v %s", err, out)
	}
	if out, err := o.ssh("olga", "", "-w", "0:0", "-N"); err == nil {
		t.Errorf("-w: %s", out)
	}
	o.expectEvent(sshd.Refused, "forwarding: direct-tcpip")
	o.expectEvent(sshd.Refused, "forwarding: tcpip-forward")
}

func TestOpenSSHAgentAndX11(t *testing.T) {
	o := withOpenSSH(t, nil)
	agent := filepath.Join(o.dir, "agent")
	serveAgent(t, agent)
	first := []string{"-o", "IdentityAgent=" + agent, "-A"} // of an option given twice, the first counts
	cmd := exec.CommandContext(t.Context(), "ssh", append(append(first, o.options("olga")...), "-tt", "127.0.0.1")...)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+agent)
	cmd.Stdin = strings.NewReader("q")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "welcome") {
		t.Errorf("-A: %v %s", err, out)
	}
	o.expectEvent(sshd.Refused, "agent forwarding")
	cmd = exec.CommandContext(t.Context(), "ssh", append(o.options("olga"), "-tt", "-Y", "127.0.0.1")...)
	cmd.Env = append(os.Environ(), "DISPLAY=127.0.0.1:99")
	cmd.Stdin = strings.NewReader("q")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "welcome") {
		t.Errorf("-Y: %v %s", err, out)
	}
	o.expectEvent(sshd.Refused, "X11 forwarding")
}

func TestOpenSSHCommandsAndFiles(t *testing.T) {
	o := withOpenSSH(t, nil)
	if out, err := o.command("rita", "topics list"); err == nil || !strings.Contains(out, "krapp: this key runs no commands here") {
		t.Errorf("a reader's command: %v %s", err, out)
	}
	out, err := o.command("olga", "topics list --filter 'a b'")
	if !strings.Contains(out, `olga ran ["topics" "list" "--filter" "a b"]`) || err == nil || err.Error() != "exit status 7" {
		t.Errorf("an allowed command: %v %s", err, out)
	}
	if out, err := o.command("olga", "id; id"); err == nil || !strings.Contains(out, "no shell here") {
		t.Errorf("a shell's line: %v %s", err, out)
	}
	if out, err := o.ssh("olga", "", "-T"); err == nil || !strings.Contains(out, "ssh -t") {
		t.Errorf("without a terminal: %v %s", err, out)
	}
	batch := filepath.Join(o.dir, "batch")
	must(t, os.WriteFile(batch, []byte("ls /\n"), 0o600))
	var files bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sftp", append(o.options("olga"), "-b", batch, "127.0.0.1")...)
	cmd.Stdout, cmd.Stderr = &files, &files
	if err := cmd.Run(); err == nil || !strings.Contains(files.String(), "subsystem request failed") {
		t.Errorf("sftp: %v %s", err, files.String())
	}
	o.expectEvent(sshd.Refused, "subsystem: sftp")
	if out, err := o.ssh("olga", "", "-N"); err == nil { // no session is begun: it is closed in time
		t.Errorf("-N: %s", out)
	}
}

// Stopped, a client's kernel still takes what is sent, and then nothing more: the session ends and no other notices.
func TestOpenSSHClientThatStops(t *testing.T) {
	o := withOpenSSH(t, func(options *sshd.Options) {
		options.Limits.Keepalive = 300 * time.Millisecond
		options.Limits.Write = time.Second
	})
	other := o.open(o.mustDial(o.addReader()))
	for name, c := range map[string]struct{ keys, why string }{
		"flooded": {"f", "the client did not"}, "silent": {"x", "the client did not answer"},
	} {
		cmd, out, press := o.console("olga")
		press("x")
		eventually(t, "an answer", func() bool { return strings.Contains(out.String(), "<x>") }, out.String)
		before := o.closedBecause(c.why)
		press(c.keys)
		run(t, "kill", "-STOP", fmt.Sprint(cmd.Process.Pid))
		eventually(t, name+": its end", func() bool { return o.closedBecause(c.why) > before }, o.events.String)
		other.press("y")
		other.expect("<y>")
		run(t, "kill", "-CONT", fmt.Sprint(cmd.Process.Pid))
	}
}

// addReader gives a Go client a key of its own beside those of ssh-keygen.
func (o *openssh) addReader() key {
	o.t.Helper()
	k := newKey(o.t)
	o.writeKeys(o.public("olga", `krapp-role="operator",krapp-exec`) + k.line("", "go"))
	return k
}

func run(t *testing.T, name string, arguments ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", name, err, out)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// read connects to a forwarded port and returns what comes, until it is closed.
func read(port int, say string) string {
	c, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return ""
	}
	defer c.Close()
	_, _ = c.Write([]byte(say))
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	var b bytes.Buffer
	_, _ = b.ReadFrom(c)
	return b.String()
}

// serveAgent is an agent with no keys in it: that there is one is what makes the client ask for its forwarding.
func serveAgent(t *testing.T, path string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buffer := make([]byte, 1024)
				for {
					if _, err := c.Read(buffer); err != nil {
						return
					}
					_, _ = c.Write([]byte{0, 0, 0, 5, 12, 0, 0, 0, 0}) // no identities
				}
			}()
		}
	}()
}
