package main

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// running is the shipped binary at work; its first line of stdout has been read.
func running(t *testing.T, home string, args ...string) (cmd *exec.Cmd, firstLine string) {
	t.Helper()
	cmd = exec.Command(binary, args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + home}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("krapp %s said nothing: %v", strings.Join(args, " "), err)
	}
	return cmd, line
}

func TestUpIsFoundByTheOtherCommandsAndEndsOnASignal(t *testing.T) {
	home := t.TempDir()
	up, line := running(t, home, "up", "-o", "json", "--produce-listen", "127.0.0.1:0", "--consume-listen", "127.0.0.1:0", "--seer-listen", "127.0.0.1:0", "--monitor-listen", "none")
	var s served
	if err := json.Unmarshal([]byte(line), &s); err != nil || !s.Embedded || len(s.Brokers) != 1 || s.DataDir != filepath.Join(home, "krapp", "broker") {
		t.Fatalf("%s (%v)", line, err)
	}
	for _, role := range []string{"produce", "consume", "seer"} {
		if !strings.HasPrefix(s.Services[role], "http://127.0.0.1:") {
			t.Errorf("%s serves %q", role, s.Services[role])
		}
	}
	list := exec.Command(binary, "topics", "list", "-o", "json")
	list.Env = up.Env
	if out, err := list.Output(); err != nil || !strings.Contains(string(out), `"topic":"demo"`) {
		t.Errorf("another command finds %q (%v)", out, err)
	}
	if err := up.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := up.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	list = exec.Command(binary, "topics", "list")
	list.Env = up.Env
	if out, err := list.CombinedOutput(); err == nil || !strings.Contains(string(out), "krapp up") {
		t.Errorf("with nothing announced: %q (%v)", out, err)
	}
}

func TestCtrlCEndsAStreamWith130(t *testing.T) {
	addr := broker(t)
	for _, args := range [][]string{{"topics", "create", "orders", "-p", "1"}, {"produce", "orders", "--value", "v"}} {
		if out, code := shipped(t, append([]string{"-b", addr}, args...)...); code != 0 {
			t.Fatal(out)
		}
	}
	cmd, line := running(t, t.TempDir(), "-b", addr, "tail", "orders", "-f", "-o", "json")
	if !strings.Contains(line, `"value":"v"`) {
		t.Errorf("it shows %q", line)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

func TestCtrlCWhileSendingCancelsTheRun(t *testing.T) {
	addr := broker(t)
	if out, code := shipped(t, "-b", addr, "topics", "create", "orders"); code != 0 {
		t.Fatal(out)
	}
	cmd := exec.Command(binary, "-b", addr, "doit", "orders", "-n", "100000", "--rate", "10")
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	scanner := bufio.NewScanner(errs)
	for scanner.Scan() && !strings.HasPrefix(scanner.Text(), "run ") {
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for scanner.Scan() {
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	if out, code := shipped(t, "-b", addr, "isdone"); code != 4 || !strings.HasPrefix(out, "CANCELLED") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
