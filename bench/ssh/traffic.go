package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// traffic is what a process and the brokers have sent one another so far.
type traffic struct {
	out, in  int64 // bytes
	requests int64 // pieces with data in them that were sent: a request is one, mostly
}

func (t traffic) minus(o traffic) traffic {
	return traffic{t.out - o.out, t.in - o.in, t.requests - o.requests}
}

// brokerTraffic asks the kernel, by ss, for a process's connections to the brokers.
func brokerTraffic(ctx context.Context, pid int, brokers []string) (traffic, error) {
	out, err := exec.CommandContext(ctx, "ss", "-tinpHO", "state", "established").Output()
	if err != nil {
		return traffic{}, fmt.Errorf("asking ss (of iproute2): %w", err)
	}
	return sumTraffic(out, pid, brokers), nil
}

// sumTraffic adds up the lines of ss that are of a process and one of those peers.
func sumTraffic(lines []byte, pid int, brokers []string) traffic {
	ports := map[string]bool{}
	for _, b := range brokers {
		ports[b[strings.LastIndexByte(b, ':'):]] = true
	}
	var sum traffic
	for scan := bufio.NewScanner(bytes.NewReader(lines)); scan.Scan(); {
		fields := strings.Fields(scan.Text())
		if len(fields) < 5 || !strings.Contains(scan.Text(), fmt.Sprintf("pid=%d,", pid)) {
			continue
		}
		peer := fields[3] // without the state, which is always the same
		if at := strings.LastIndexByte(peer, ':'); at < 0 || !ports[peer[at:]] {
			continue
		}
		for _, f := range fields[4:] {
			name, value, _ := strings.Cut(f, ":")
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				continue
			}
			switch name {
			case "bytes_sent":
				sum.out += n
			case "bytes_received":
				sum.in += n
			case "data_segs_out":
				sum.requests += n
			}
		}
	}
	return sum
}
