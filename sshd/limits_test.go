package sshd_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/sshd"
)

// knock connects and says nothing.
func (w *world) knock() net.Conn {
	w.t.Helper()
	c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", w.server.Addr())
	must(w.t, err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

// hungUp reads what comes and says whether the server closed the connection; false: it is still open after a while.
func hungUp(c net.Conn, patience time.Duration) bool {
	buffer := make([]byte, 4096)
	for deadline := time.Now().Add(patience); ; {
		_ = c.SetReadDeadline(deadline)
		if _, err := c.Read(buffer); err != nil {
			return !os.IsTimeout(err)
		}
	}
}

func TestASlowHandshakeIsCutOff(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Handshake = 300 * time.Millisecond })
	tm := w.open(w.mustDial(w.reader))
	silent, trickling := w.knock(), w.knock()
	go func() {
		for _, b := range []byte(strings.Repeat("SSH-2.0-slow", 1000)) {
			if _, err := trickling.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if !hungUp(silent, patience) || !hungUp(trickling, patience) {
		t.Error("a client that proves nothing keeps its place")
	}
	w.expectEvent(sshd.Refused, "handshake too slow")
	tm.press("x") // negative control: who has proven a key is not cut off
	tm.expect("<x>")
}

func TestGarbageBeforeTheHandshake(t *testing.T) {
	w := serve(t, nil)
	for _, garbage := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("\x00\xff", 4096), "SSH-1.5-old\r\n", "SSH-2.0-x\r\n" + strings.Repeat("\xff", 4096)} {
		c := w.knock()
		_, _ = c.Write([]byte(garbage))
		_ = c.(*net.TCPConn).CloseWrite()
		if !hungUp(c, patience) {
			t.Errorf("%.20q keeps its place", garbage)
		}
	}
	w.expectEvent(sshd.Refused, "handshake failed")
	w.open(w.mustDial(w.reader))
}

func TestUnauthenticatedConnectionsAreLimited(t *testing.T) {
	for name, change := range map[string]func(*sshd.Limits){
		"too many unauthenticated connections":                func(l *sshd.Limits) { l.Unauthenticated = 4 },
		"too many unauthenticated connections of one address": func(l *sshd.Limits) { l.PerAddress = 4 },
		"too many connections a second of one address":        func(l *sshd.Limits) { l.Rate = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, func(o *sshd.Options) { change(&o.Limits) })
			tm := w.open(w.mustDial(w.reader))
			var open []net.Conn
			for range 9 {
				open = append(open, w.knock())
			}
			if name == "too many connections a second of one address" {
				for range 9 {
					w.knock()
				}
			}
			w.expectEvent(sshd.Refused, name)
			tm.press("x") // who is inside notices nothing
			tm.expect("<x>")
			if strings.Contains(name, "second") {
				return
			}
			for _, c := range open {
				c.Close()
			}
			eventually(t, "a free place", func() bool {
				client, err := w.dial(w.reader)
				if err == nil {
					client.Close()
				}
				return err == nil
			}, w.events.String)
		})
	}
}

func TestSessionsAreLimited(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Sessions, o.Limits.SessionsPerKey = 3, 2 })
	first := w.open(w.mustDial(w.reader))
	w.open(w.mustDial(w.reader))
	if _, err := w.mustDial(w.reader).NewSession(); err == nil || !strings.Contains(err.Error(), "too many sessions of one key") {
		t.Errorf("a third session of one key: %v", err)
	}
	w.open(w.mustDial(w.operator))
	if _, err := w.mustDial(w.operator).NewSession(); err == nil || !strings.Contains(err.Error(), "too many sessions") {
		t.Errorf("a fourth session: %v", err)
	}
	first.press("q")
	must(t, first.over())
	eventually(t, "a free place", func() bool {
		client, err := w.dial(w.reader)
		must(t, err)
		defer client.Close()
		s, err := client.NewSession()
		if err == nil {
			s.Close()
		}
		return err == nil
	}, w.events.String)
}

func TestAConnectionThatBeginsNoSessionIsClosed(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Handshake = 300 * time.Millisecond })
	without, unused := w.mustDial(w.reader), w.mustDial(w.reader)
	_, err := unused.NewSession() // a channel in which nothing runs is no session either
	must(t, err)
	tm := w.open(w.mustDial(w.reader))
	_, _ = without.Wait(), unused.Wait()
	tm.press("x")
	tm.expect("<x>")
}

func TestIdleAndLongest(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sshd.Limits)
		why    string
	}{
		"idle":    {func(l *sshd.Limits) { l.Idle = 500 * time.Millisecond }, "no key was pressed for too long"},
		"longest": {func(l *sshd.Limits) { l.Longest = 500 * time.Millisecond }, "a session lasts no longer"},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, func(o *sshd.Options) { c.change(&o.Limits) })
			tm := w.open(w.mustDial(w.operator))
			if err := tm.over(); err == nil {
				t.Error("it ended as if the client had left")
			}
			tm.expect("[restored]\r\n")
			tm.expect("krapp: closed: " + c.why + "\r\n")
			w.expectEvent(sshd.Closed, c.why)
		})
	}
}

func TestAPressedKeyIsNotIdle(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Idle = 3 * time.Second })
	tm := w.open(w.mustDial(w.operator))
	for i := range 50 { // 5 s, with a key every 100 ms
		tm.press(string(rune('A' + i%26)))
		time.Sleep(100 * time.Millisecond)
	}
	tm.press("!")
	tm.expect("<!>")
}

// A client that stops reading while its screen is flooded loses its connection, and nobody else notices.
func TestAClientThatStopsReading(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Write = 700 * time.Millisecond; o.Limits.Keepalive = time.Hour })
	other := w.open(w.mustDial(w.reader))
	for name, stop := range map[string]func(*gate){
		"the socket": func(g *gate) { g.hold() }, // TCP's window fills
		"the window": nil,                        // SSH's: x/crypto's client reads into memory until the window is used up
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, w.server.Addr())
			client, err := g.dial(w.config(gossh.PublicKeys(w.operator)))
			must(t, err)
			defer client.Close()
			s, err := client.NewSession()
			must(t, err)
			in, err := s.StdinPipe()
			must(t, err)
			_, err = s.StdoutPipe() // never read
			must(t, err)
			must(t, s.RequestPty("xterm", 24, 80, nil))
			must(t, s.Shell())
			if stop != nil {
				_, err = in.Write([]byte("x"))
				must(t, err)
				stop(g)
			}
			before := w.closedBecause("the client did not read")
			g.push("f", in)
			for i := 0; w.closedBecause("the client did not read") == before; i++ {
				other.press("x") // each key of another is answered, all the while
				eventually(t, "another's answer", func() bool { return strings.Count(other.out.String(), "<x>") > i }, other.out.String)
				if i > 3000 {
					t.Fatal("the client that does not read is still there")
				}
				time.Sleep(10 * time.Millisecond)
			}
			other.out.reset()
		})
	}
	eventually(t, "one session", func() bool { return w.metric("krapp_ssh_sessions", "") == 1 }, w.events.String)
}

func (s *screen) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.Reset()
}

func (w *world) closedBecause(why string) int {
	w.events.mu.Lock()
	defer w.events.mu.Unlock()
	n := 0
	for _, e := range w.events.all {
		if e.Kind == sshd.Closed && strings.Contains(e.Why, why) {
			n++
		}
	}
	return n
}

// A client whose network goes away says nothing, and must not be held for ever.
func TestAClientThatVanishes(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Keepalive = 200 * time.Millisecond })
	g := newGate(t, w.server.Addr())
	client, err := g.dial(w.config(gossh.PublicKeys(w.operator)))
	must(t, err)
	defer client.Close()
	w.open(client)
	present := w.open(w.mustDial(w.reader)) // negative control: it answers, and stays
	g.drop()
	w.expectEvent(sshd.Closed, "the client did not answer")
	present.press("x")
	present.expect("<x>")
}

func TestARevokedKeyEndsItsSessions(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		why    string
	}{
		"taken out":   {func(w *world) { w.writeKeys(w.reader.line("", "rita")) }, "its key was withdrawn"},
		"other role":  {func(w *world) { w.writeKeys(w.reader.line("", "rita") + w.operator.line("", "olga")) }, "what its key may do was changed"},
		"unhonoured":  {func(w *world) { w.writeKeys(w.reader.line("", "rita") + w.operator.line(`command="x"`, "olga")) }, "its key was withdrawn"},
		"file away":   {func(w *world) { must(w.t, os.Remove(w.keysFile)) }, "the authorized keys can't be read"},
		"file empty":  {func(w *world) { w.writeKeys("") }, "the authorized keys can't be read"},
		"file opened": {func(w *world) { must(w.t, os.Chmod(w.keysFile, 0o666)) }, "the authorized keys can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, func(o *sshd.Options) { o.Limits.Keys = 50 * time.Millisecond })
			tm, other := w.open(w.mustDial(w.operator)), w.open(w.mustDial(w.reader))
			c.change(w)
			tm.expect("krapp: closed: " + c.why)
			w.expectEvent(sshd.KeysChanged, "")
			if client, err := w.dial(w.operator); err == nil && name != "other role" {
				client.Close()
				t.Error("the key still comes in")
			}
			if strings.HasPrefix(name, "file") {
				other.expect("krapp: closed: " + c.why)
				return
			}
			other.press("x") // negative control: whose key still stands there stays
			other.expect("<x>")
		})
	}
}

func TestAKeyExpiresWhileItsSessionIsOpen(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Keys = 50 * time.Millisecond })
	soon := time.Now().UTC().Add(1500*time.Millisecond).Format("20060102150405") + "Z"
	w.writeKeys(w.operator.line(`expiry-time="`+soon+`"`, "olga") + w.reader.line(`expiry-time="29990101"`, "rita"))
	client, err := w.dial(w.operator)
	if err != nil { // within the second
		w.expectEvent(sshd.Refused, "key expired")
		return
	}
	defer client.Close()
	tm, other := w.start(client), w.open(w.mustDial(w.reader))
	tm.expect("krapp: closed: its key has expired")
	other.press("x")
	other.expect("<x>")
}

func TestStoppingEndsEverybody(t *testing.T) {
	w := serve(t, nil)
	tm, waiting, silent := w.open(w.mustDial(w.operator)), w.open(w.mustDial(w.reader)), w.knock()
	waiting.press("w")
	w.cancel()
	tm.expect("krapp: closed: the server is stopping")
	waiting.expect("krapp: closed: the server is stopping")
	if !hungUp(silent, patience) {
		t.Error("a connection outlived the server")
	}
	select {
	case err := <-w.ended:
		must(t, err)
		w.ended <- nil
	case <-time.After(patience):
		t.Fatal("the server did not stop")
	}
	if c, err := w.dial(w.reader); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestAConsoleThatDoesNotReturnDoesNotHoldUpTheStop(t *testing.T) {
	release := make(chan struct{})
	w := serve(t, func(o *sshd.Options) {
		o.Limits.Stop = 100 * time.Millisecond
		o.Console = func(_ context.Context, _ sshd.Visitor, tm sshd.Terminal) error {
			fmt.Fprintln(tm.Output, "welcome")
			<-release
			return nil
		}
	})
	w.open(w.mustDial(w.operator))
	w.cancel()
	err := <-w.ended
	if err == nil || !strings.Contains(err.Error(), "1 sessions did not end") {
		t.Errorf("%v", err)
	}
	close(release)
	w.ended <- nil
}

// A thousand connections, of every kind that fails, leave nothing behind, and who is inside goes on working.
func TestAThousandConnectionAttempts(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Rate = 1000; o.Limits.Handshake = 2 * time.Second })
	inside := w.open(w.mustDial(w.operator))
	stranger := newKey(t)
	_, _ = w.dial(stranger)
	goroutines, heap := settled(t, 0, w), inUse()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			for n := next.Add(1); n <= 1000; n = next.Add(1) {
				if n%2 == 0 {
					if c, err := w.dial(stranger); err == nil {
						c.Close()
						t.Error("a stranger came in")
					}
					continue
				}
				c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", w.server.Addr())
				if err != nil {
					continue
				}
				if n%3 == 0 {
					_, _ = c.Write([]byte("SSH-2.0-x\r\n\x00\x00\x00"))
				}
				c.Close()
			}
		})
	}
	for i := 1; next.Load() < 1000; i++ {
		inside.press("x")
		eventually(t, "an answer inside", func() bool { return strings.Count(inside.out.String(), "<x>") >= i }, inside.out.String)
	}
	wg.Wait()
	if now := settled(t, goroutines, w); now > goroutines {
		t.Errorf("%d goroutines before, %d after", goroutines, now)
	}
	if grown := int64(inUse()) - int64(heap); grown > 4<<20 {
		t.Errorf("%d bytes are still held", grown)
	}
	if n := w.metric("krapp_ssh_connections_total", "refused"); n < 900 {
		t.Errorf("only %v refusals were counted", n)
	}
	w.events.mu.Lock()
	told := len(w.events.all)
	w.events.mu.Unlock()
	if told > 200 {
		t.Errorf("strangers filled the audit log with %d lines", told)
	}
	w.open(w.mustDial(w.reader))
}

// settled returns how many goroutines there are, waiting for them to be no more than wanted (0: whatever they are once they stay the same).
func settled(t *testing.T, wanted int, w *world) int {
	t.Helper()
	n, same := runtime.NumGoroutine(), 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		now := runtime.NumGoroutine()
		if now == n {
			same++
		} else {
			same = 0
		}
		n = now
		if wanted > 0 && n <= wanted || wanted == 0 && same > 10 {
			return n
		}
	}
	return n
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
