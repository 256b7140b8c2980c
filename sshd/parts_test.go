package sshd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		``:                   nil,
		"  \t ":              nil,
		`topics list`:        {"topics", "list"},
		` a  b `:             {"a", "b"},
		`a '' "" b`:          {"a", "", "", "b"},
		`'a b' "c d" e\ f`:   {"a b", "c d", "e f"},
		`--value='{"n": 1}'`: {`--value={"n": 1}`},
		`"a\"b\\c\d"`:        {`a"b\c\d`},
		`'$HOME ; rm'`:       {"$HOME ; rm"},
		`"a;b|c"`:            {"a;b|c"},
		`a*b ~ {{id}} #x`:    {"a*b", "~", "{{id}}", "#x"},
		`größe`:              {"größe"},
		`a"b"'c'd`:           {"abcd"},
		`"\$x"`:              {"$x"},
	} {
		got, err := splitCommand(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v", line, got, err)
		}
	}
	for _, line := range []string{
		`a; b`, `a | b`, `a && b`, `a > b`, `a < b`, "a\nb", `$(id)`, "`id`", `$HOME`, `"$HOME"`, "\"`id`\"", `a (b)`, `'a`, `"a`, `a\`, "a\x00b", "\xff",
		strings.Repeat("x", maxCommandBytes+1), strings.Repeat("x ", maxArguments+1),
	} {
		if got, err := splitCommand(line); err == nil {
			t.Errorf("%.40q: %q", line, got)
		}
	}
}

// FuzzSplitCommand: what is quoted comes back as it was.
func FuzzSplitCommand(f *testing.F) {
	f.Add("a b", "c'd")
	f.Add("", `\"$`)
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = splitCommand(a + " " + b)
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
		line := quote(a) + " " + quote(b)
		got, err := splitCommand(line)
		if err == nil && !slices.Equal(got, []string{a, b}) {
			t.Fatalf("%q and %q came back as %q", a, b, got)
		}
	})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"olga": "olga", "a\x1b[2Jb": "a?[2Jb", "a\nb": "a?b", "\u202eevil": "?evil", "\xff": "?", "größe": "größe", "": "",
	} {
		if got := printable(in, 64); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := printable(strings.Repeat("ü", 1000), 64); len(got) > 64 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestTheDoor(t *testing.T) {
	now := time.Unix(0, 0)
	d := newDoor(Limits{Unauthenticated: 3, PerAddress: 2, Rate: 1, Sessions: 3, SessionsPerKey: 2}, func() time.Time { return now })
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	expect := func(got, want reason) {
		t.Helper()
		if got != want {
			t.Errorf("%q, wanted %q", got, want)
		}
	}
	expect(d.enter(a), "")
	expect(d.enter(netip.MustParseAddr("::ffff:192.0.2.1")), "") // the same
	expect(d.enter(a), whyAddress)
	expect(d.enter(b), "")
	expect(d.enter(b), whyFull)
	d.leave(a)
	expect(d.enter(b), "")
	for range 7 { // ten at once, then one a second
		expect(d.enter(b), whyFull)
	}
	expect(d.enter(b), whyRate)
	now = now.Add(time.Second)
	expect(d.enter(b), whyFull)
	expect(d.enter(b), whyRate)

	expect(d.admit("x"), "")
	expect(d.admit("x"), "")
	expect(d.admit("x"), whyKeySessions)
	expect(d.admit("y"), "")
	expect(d.admit("z"), whySessions)
	d.dismiss("x")
	expect(d.admit("z"), "")

	now = now.Add(time.Hour)
	for i := range 10 * maxRates { // its memory is bounded, whoever knocks
		addr := netip.AddrFrom16([16]byte{0x20, 1, 0, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)})
		if d.enter(addr) == "" {
			d.leave(addr)
		}
	}
	if n := len(d.rates); n > maxRates+1 {
		t.Errorf("%d addresses are remembered", n)
	}
	if n := neighbourhood(netip.MustParseAddr("2001:db8::1")); n != neighbourhood(netip.MustParseAddr("2001:db8::ffff")) {
		t.Error("one network of IPv6 counts as many addresses")
	}
}

func testConn(t *testing.T) *conn {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	s := &Server{limits: Limits{}.withDefaults()}
	c := newConn(s, near)
	t.Cleanup(func() { c.kill(endGone) })
	return c
}

func TestATerminalsLine(t *testing.T) {
	for _, pieces := range [][]string{{"a\nb\r\nc\r", "\nd\n"}, {"\n", "\r", "\n", "\n"}, {"plain"}, {strings.Repeat("x\n", outputBytes)}} {
		var got bytes.Buffer
		o := newOutput(testConn(t), &got)
		o.terminal = true
		for _, p := range pieces {
			if n, err := o.Write([]byte(p)); n != len(p) || err != nil {
				t.Fatalf("%d %v", n, err)
			}
		}
		all := strings.Join(pieces, "")
		want := strings.ReplaceAll(strings.ReplaceAll(all, "\r\n", "\n"), "\n", "\r\n")
		if got.String() != want {
			t.Errorf("%.40q came out as %.40q", all, got.String())
		}
	}
	var got bytes.Buffer // negative control: a command's output is nobody's to change
	o := newOutput(testConn(t), &got)
	_, _ = o.Write([]byte("a\nb"))
	if got.String() != "a\nb" {
		t.Errorf("%q", got.String())
	}
}

func TestInputHoldsItsClientBack(t *testing.T) {
	c := testConn(t)
	stalled, keys := make(chan struct{}), 0
	i := newInput(c, func() { keys++ })
	client, channel := net.Pipe()
	sent := make(chan int, 1)
	go i.pump(fakeChannel{channel})
	go func() {
		n := 0
		for range 64 {
			_ = client.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			m, err := client.Write(make([]byte, 1024))
			if n += m; err != nil { // nobody takes it
				close(stalled)
				break
			}
		}
		sent <- n
	}()
	<-stalled
	n := <-sent
	if n < inputBytes || n > 2*inputBytes || c.stalledAt.Load() == 0 {
		t.Errorf("%d bytes were taken that nobody read", n)
	}
	client.Close()
	read, err := io.Copy(io.Discard, i)
	if int(read) != n || err != nil || keys == 0 || c.stalledAt.Load() != 0 {
		t.Errorf("%d bytes of %d, %v", read, n, err)
	}
}

type fakeChannel struct{ net.Conn }

func (fakeChannel) CloseWrite() error                              { return nil }
func (fakeChannel) SendRequest(string, bool, []byte) (bool, error) { return false, nil }
func (f fakeChannel) Stderr() io.ReadWriter                        { return f }

func TestAFloodWhileNothingIsRead(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	c := newConn(&Server{limits: Limits{}.withDefaults()}, near)
	go func() {
		for {
			if _, err := far.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for c.received.Load() < 2*maxBacklog { // negative control: a session that reads may be sent any amount
		if _, err := c.Read(buffer); err != nil {
			t.Fatal(err)
		}
	}
	c.stalledAt.Store(c.received.Load() + 1)
	for range 3 * maxBacklog / len(buffer) {
		if _, err := c.Read(buffer); err != nil {
			if causeOf(c.ctx) != endFlood {
				t.Errorf("%v %v", err, context.Cause(c.ctx))
			}
			return
		}
	}
	t.Error("it may send for ever")
}

func TestTwoLooksInARow(t *testing.T) {
	g := &grant{key: "k", role: ReadOnly}
	there, away := keySet{grants: map[string]*grant{"k": g}}, keySet{}
	changed := keySet{grants: map[string]*grant{"k": {key: "k", role: Operator}}}
	fault := errors.New("gone")
	for name, c := range map[string]struct {
		looks []keySet
		fault error
		why   ending
	}{
		"there":               {[]keySet{there, there, there}, nil, ""},
		"away once":           {[]keySet{there, away, there, away, there}, nil, ""},
		"away":                {[]keySet{there, away, away}, nil, endWithdrawn},
		"changed":             {[]keySet{changed, changed}, nil, endChanged},
		"unreadable":          {[]keySet{away, away}, fault, endFault},
		"unreadable one time": {[]keySet{away}, fault, ""},
	} {
		conn := testConn(t)
		conn.grant = g
		for _, set := range c.looks {
			conn.stillAdmitted(set, c.fault, time.Now())
		}
		if why := causeOf(conn.ctx); why != c.why {
			t.Errorf("%s: %q", name, why)
		}
	}
}

func TestStrangersDoNotFillTheAuditLog(t *testing.T) {
	now := time.Unix(0, 0)
	var told []Event
	a, err := newAuditor(Options{Note: func(e Event) { told = append(told, e) }}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		a.stranger(whyUnknown, Event{})
	}
	if len(told) != strangersAtOnce {
		t.Errorf("%d told", len(told))
	}
	now = now.Add(time.Second)
	a.stranger(whyUnknown, Event{})
	if last := told[len(told)-1]; !strings.Contains(last.Why, "940 refused before it were not told of") {
		t.Errorf("%q", last.Why)
	}
	a.tell(Event{Kind: Opened}) // who has proven a key is always told of
	if told[len(told)-1].Kind != Opened {
		t.Error("a session was not told of")
	}
}

func TestHostKeys(t *testing.T) {
	dir := t.TempDir()
	make := func(name string, arguments ...string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", append([]string{"-q", "-C", "x", "-f", path}, arguments...)...).CombinedOutput(); err != nil {
			t.Skipf("ssh-keygen: %v %s", err, out)
		}
		return path
	}
	for _, fine := range []string{make("ed", "-t", "ed25519", "-N", ""), make("ec", "-t", "ecdsa", "-N", ""), make("rsa", "-t", "rsa", "-b", "3072", "-N", ""),
		make("pem", "-t", "ecdsa", "-m", "PEM", "-N", "")} {
		if _, err := readHostKey(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
	wide := make("wide", "-t", "ed25519", "-N", "")
	garbage := filepath.Join(dir, "garbage")
	if err := errors.Join(os.Chmod(wide, 0o644), os.WriteFile(garbage, []byte("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path  string
		class kafkaops.Class
		hint  string
	}{
		"missing":    {filepath.Join(dir, "missing"), kafkaops.NotFound, "ssh-keygen -t ed25519 -N '' -C krapp -f " + filepath.Join(dir, "missing")},
		"unnamed":    {"", kafkaops.Invalid, "ssh-keygen -t ed25519"},
		"wide open":  {wide, kafkaops.Unauthorised, "chmod 600"},
		"passphrase": {make("locked", "-t", "ed25519", "-N", "secret"), kafkaops.Invalid, "ssh-keygen -p"},
		"short RSA":  {make("short", "-t", "rsa", "-b", "2048", "-N", ""), kafkaops.Invalid, "ssh-keygen -t ed25519"},
		"garbage":    {garbage, kafkaops.Invalid, "ssh-keygen -t ed25519"},
	} {
		_, err := readHostKey(c.path)
		if kafkaops.ClassOf(err) != c.class || !strings.Contains(kafkaops.HintOf(err), c.hint) {
			t.Errorf("%s: %v (%s; %s)", name, err, kafkaops.ClassOf(err), kafkaops.HintOf(err))
		}
		if err != nil && strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: a secret in an error: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing")); !os.IsNotExist(err) {
		t.Error("a host key was made silently")
	}
}

func TestNoKeysNoStart(t *testing.T) {
	dir := t.TempDir()
	host := filepath.Join(dir, "host")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host).CombinedOutput(); err != nil {
		t.Skipf("ssh-keygen: %v %s", err, out)
	}
	keys := filepath.Join(dir, "keys")
	o := Options{Listen: "127.0.0.1:0", HostKeyFile: host, KeysFile: keys, Console: func(context.Context, Visitor, Terminal) error { return nil }}
	if _, err := New(o); err == nil {
		t.Error("without a file")
	}
	for _, text := range []string{"", "# none\n", `command="x" ` + edLine(t, 0) + "\n"} {
		if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.WriteFile(keys, []byte(edLine(t, 0)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(o); err != nil { // negative control
		t.Error(err)
	}
	o.HostKeyFile = filepath.Join(dir, "none")
	if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.NotFound {
		t.Errorf("without a host key: %v", err)
	}
}

// stumbling is a listener that fails a few times, as it does without file descriptors, and then has a client.
type stumbling struct {
	net.Listener
	fails int
}

func (s *stumbling) Accept() (net.Conn, error) {
	if s.fails--; s.fails >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return s.Listener.Accept()
}

func TestAFailureToAcceptPasses(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := &Server{limits: Limits{Unauthenticated: 1}.withDefaults(), now: time.Now}
	s.audit, _ = newAuditor(Options{}, s.now)
	s.door = newDoor(s.limits, s.now)
	s.door.unproven = 1 // everybody is turned away at the door: that they got there is what counts
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.accept(ctx, &stumbling{listener, 3}) }()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("nobody was there: %v", err)
	}
	cancel()
	listener.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
