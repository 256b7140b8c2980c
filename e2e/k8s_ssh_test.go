//go:build k8s && tmux

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ssh opens a session of the console in a real terminal, by the OpenSSH client. Its host key is checked.
func (p pods) ssh(t *testing.T, width, height int, host string, port int) *terminal {
	t.Helper()
	known := filepath.Join(t.TempDir(), "known_hosts")
	key := p.kubectl(t, "get", "secret", "krapp-ssh-host", "-o", `go-template={{index .data "ssh_host_ed25519_key.pub" | base64decode}}`)
	if err := os.WriteFile(known, []byte("krapp-console "+key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(binaries, "ssh")
	_ = os.Remove(link)
	if err := os.Symlink(client, link); err != nil { // a terminal opens what lies beside the built commands
		t.Fatal(err)
	}
	return p.home.open(t, width, height, "ssh", "-F", "/dev/null", "-i", p.key, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile="+known,
		"-o", "HostKeyAlias=krapp-console", "-o", "StrictHostKeyChecking=yes", "-p", strconv.Itoa(port), "krapp@"+host)
}

// attach runs krapp-k8s attach and returns the local port of the console.
func (p pods) attach(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("../deploy/k8s/krapp-k8s", "attach")
	cmd.Env = p.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Error("krapp-k8s attach does not end")
		}
	})
	port := 0
	for lines := bufio.NewScanner(out); port == 0 && lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "console  ssh -p %d", &port); err == nil {
			break
		}
	}
	if port == 0 {
		t.Fatal("attach does not say how to reach the console")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return port
}

// TestK8sRoundTripByKeyboard: a run is started by keys in a console in the cluster, over SSH, and while it is sent and consumed the pods that do it
// are deleted. The verdict is done, on the screen and in Kafka. With no consume pod at the start: KEDA brings it.
func TestK8sRoundTripByKeyboard(t *testing.T) {
	p := startPods(t)
	topic := p.topic(t, 6)
	p.script(t, []string{"TOPICS=" + topic}, "apply")
	for _, way := range []struct {
		name          string
		width, height int
		address       func(*testing.T) (string, int)
	}{
		{"node port, 120x40", 120, 40, func(*testing.T) (string, int) { return p.node, 30080 }},
		{"port forward, 80x24", 80, 24, func(t *testing.T) (string, int) { return "127.0.0.1", p.attach(t) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			host, port := way.address(t)
			within(t, patience, "the console knows the key", func() bool { return p.knows(host, port) })
			term := p.ssh(t, way.width, way.height, host, port)
			term.shows(t, "n DoIt")

			term.keys(t, "n")
			term.shows(t, "Count")
			term.fill(t, "Topic", topic)
			term.fill(t, "Count", "6000")
			term.keys(t, "Tab", "C-u") // Rate stands beside it
			term.write(t, "200")
			term.shows(t, "--rate") // 200 may be on the next line
			term.keys(t, "Enter")
			term.shows(t, "↵ apply") // the plan
			term.keys(t, "Enter")

			within(t, k8sPatience, "a consume pod is ready", func() bool { return p.ready(t, "consume") > 0 })
			p.kubectl(t, "delete", "pod", p.anyPod(t, "consume"), "--wait=false")
			p.kubectl(t, "delete", "pod", p.anyPod(t, "produce"), "--wait=false")
			term.shows(t, "✔ done")
			term.shows(t, "6,000")
			if j := p.isdone(t, ""); j.Verdict != "done" || j.Once != 6000 {
				t.Errorf("a process of its own says %q of %d messages", j.Verdict, j.Once)
			}
			term.keys(t, "Escape")
			rows := term.shows(t, "Runs")
			t.Logf("the dashboard:\n%s", strings.Join(rows, "\n"))
		})
	}
}

// knows says whether the console lets the test's key in: it was told of it a moment ago. A command is then refused by the session, not by SSH.
func (p pods) knows(host string, port int) bool {
	said, _ := p.try(20*time.Second, "ssh", "-F", "/dev/null", "-i", p.key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=no", "-v", "-p", strconv.Itoa(port), "krapp@"+host, "version")
	return strings.Contains(said, "Authenticated to")
}
