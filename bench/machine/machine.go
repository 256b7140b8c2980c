// Package machine reads what Linux tells of the machine and of processes.
package machine

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Describe lists what figures depend on: processor, cores, memory, kernel and versions.
func Describe() [][2]string {
	memory := "unknown"
	if m, err := os.ReadFile("/proc/meminfo"); err == nil {
		if f := strings.Fields(string(m)); len(f) > 1 {
			if kib, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				memory = fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
			}
		}
	}
	return [][2]string{
		{"processor", fmt.Sprintf("%s, %d cores", cpuModel(), runtime.NumCPU())},
		{"memory", memory},
		{"kernel", kernel()},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"Java", version("java", "-version")},
		{"kcat", version("kcat", "-V")},
	}
}

func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

// version is the first line with a number in it that a command says of itself.
func version(name string, args ...string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return "missing"
	}
	out, _ := exec.Command(path, args...).CombinedOutput() //nolint:noctx // a version is told at once
	for line := range bytes.Lines(out) {
		if bytes.ContainsAny(line, "0123456789") && !bytes.Contains(line, []byte("Copyright")) {
			return strings.TrimSpace(string(line))
		}
	}
	return "unknown"
}

// Load is the load average of the last minute: figures taken beside others' work say so.
func Load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); err == nil && len(f) > 0 {
		return f[0]
	}
	return "unknown"
}

// Usage is what a process has used so far.
type Usage struct {
	CPU      time.Duration // user and system, of all its threads
	Resident int64         // bytes
	Written  int64         // bytes passed to write calls
}

const ticksPerSecond = 100 // USER_HZ, which is 100 on every Linux that Go runs on

// Process reads a process's usage.
func Process(pid int) (Usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return Usage{}, err
	}
	// The name, in brackets, may hold anything; what follows it starts with field 3.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 22 {
		return Usage{}, fmt.Errorf("%sstat has %d fields", dir, len(fields))
	}
	var user, system, pages int64
	for at, v := range map[int]*int64{11: &user, 12: &system, 21: &pages} {
		if *v, err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return Usage{}, fmt.Errorf("reading %sstat: %w", dir, err)
		}
	}
	u := Usage{CPU: time.Duration(user+system) * time.Second / ticksPerSecond, Resident: pages * int64(os.Getpagesize())}
	if io, err := os.ReadFile(dir + "io"); err == nil {
		for line := range strings.Lines(string(io)) {
			if value, ok := strings.CutPrefix(line, "wchar: "); ok {
				u.Written, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			}
		}
	}
	return u, nil
}
