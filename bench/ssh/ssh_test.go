package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// TestAKeyIsTimedToItsPainting visits the echo: a text that comes counts, one that came before or never does not.
func TestAKeyIsTimedToItsPainting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, write := io.Pipe()
	go func() { _ = echoServer(ctx, write) }()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	v, err := visitEcho(ctx, line)
	if err != nil {
		t.Fatal(err)
	}
	defer v.leave()
	if took, err := v.press(ctx, "ŧ", "ŧ"); err != nil || took <= 0 {
		t.Errorf("a key took %v, %v", took, err)
	}
	if v.screen() != int64(len(ready+"ŧ")) || v.wire.in.Load() <= v.screen() {
		t.Errorf("%d bytes of the terminal, %d of the connection", v.screen(), v.wire.in.Load())
	}
	short, end := context.WithTimeout(ctx, 100*time.Millisecond)
	defer end()
	if took, err := v.press(short, "ŧ", "ß"); err == nil {
		t.Errorf("what was never painted took %v", took)
	}
}

func TestATextMayComeInPieces(t *testing.T) {
	v := &visitor{}
	v.saw([]byte("before: mark"), time.Now())
	v.expect("mark")
	v.saw([]byte(strings.Repeat("x", 2*overlap)+"ma"), time.Now())
	select {
	case <-v.found:
		t.Fatal("what came before was found, or half of the text")
	default:
	}
	at := time.Unix(7, 0)
	v.saw([]byte("rk"), at)
	if got := <-v.found; !got.Equal(at) {
		t.Errorf("found at %v", got)
	}
}

func TestTrafficIsOfOneProcessAndTheBrokers(t *testing.T) {
	const lines = `0 0 127.0.0.1:5001 127.0.0.1:9001 users:(("krapp-tui",pid=7,fd=9)) cubic wscale:7,7 rtt:0.02/0.01 bytes_sent:100 bytes_acked:101 bytes_received:2000 segs_out:9 data_segs_out:5
0 0 127.0.0.1:5002 127.0.0.1:9002 users:(("krapp-tui",pid=7,fd=8)) cubic bytes_sent:10 bytes_received:20 data_segs_out:1
0 0 127.0.0.1:2222 127.0.0.1:5003 users:(("krapp-tui",pid=7,fd=5)) cubic bytes_sent:9999 bytes_received:9999 data_segs_out:99
0 0 127.0.0.1:5004 127.0.0.1:9001 users:(("krapp",pid=77,fd=5)) cubic bytes_sent:9999 bytes_received:9999 data_segs_out:99
`
	want := traffic{out: 110, in: 2020, requests: 6}
	if got := sumTraffic([]byte(lines), 7, []string{"127.0.0.1:9001", "127.0.0.1:9002"}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if got := want.minus(traffic{out: 10, in: 20, requests: 1}); got != (traffic{100, 2000, 5}) {
		t.Errorf("the difference is %+v", got)
	}
}
