package sshd_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/sshd"
)

const patience = 20 * time.Second // how long a test waits for what should come; none expects a time

// key is a client's key, and its line.
type key struct {
	gossh.Signer
	secret ed25519.PrivateKey
}

func newKey(t testing.TB) key {
	t.Helper()
	_, secret, err := ed25519.GenerateKey(nil)
	must(t, err)
	signer, err := gossh.NewSignerFromKey(secret)
	must(t, err)
	return key{signer, secret}
}

func (k key) line(options, name string) string {
	line := strings.TrimSpace(string(gossh.MarshalAuthorizedKey(k.PublicKey()))) + " " + name + "\n"
	if options != "" {
		line = options + " " + line
	}
	return line
}

func (k key) write(t testing.TB, path string) {
	t.Helper()
	block, err := gossh.MarshalPrivateKey(k.secret, "")
	must(t, err)
	must(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
}

// world is a server and who may enter it.
type world struct {
	t        *testing.T
	server   *sshd.Server
	registry *prometheus.Registry
	events   *events
	keysFile string
	host     key
	operator key
	reader   key
	cancel   context.CancelFunc
	ended    chan error
}

// serve starts a server with an operator's key, which may run commands, and a reader's.
func serve(t *testing.T, change func(*sshd.Options)) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, events: &events{}, registry: prometheus.NewRegistry(), keysFile: filepath.Join(dir, "keys"),
		host: newKey(t), operator: newKey(t), reader: newKey(t), ended: make(chan error, 1)}
	w.host.write(t, filepath.Join(dir, "host"))
	w.writeKeys(w.operator.line(`krapp-role="operator",krapp-exec`, "olga") + w.reader.line("", "rita"))
	o := sshd.Options{
		Listen: "127.0.0.1:0", HostKeyFile: filepath.Join(dir, "host"), KeysFile: w.keysFile, Registry: w.registry,
		Console: toy, Exec: toyExec, Note: w.events.add,
	}
	if change != nil {
		change(&o)
	}
	var err error
	w.server, err = sshd.New(o)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	ready := make(chan struct{})
	go func() { w.ended <- w.server.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-w.ended:
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); <-w.ended })
	return w
}

func (w *world) writeKeys(text string) {
	w.t.Helper()
	next := w.keysFile + ".next"
	must(w.t, os.WriteFile(next, []byte(text), 0o600))
	must(w.t, os.Rename(next, w.keysFile))
}

func (w *world) config(methods ...gossh.AuthMethod) *gossh.ClientConfig {
	return &gossh.ClientConfig{User: "anybody", Auth: methods, HostKeyCallback: gossh.FixedHostKey(w.host.PublicKey()), Timeout: patience}
}

// dial connects and authenticates.
func (w *world) dial(keys ...gossh.Signer) (*gossh.Client, error) {
	return gossh.Dial("tcp", w.server.Addr(), w.config(gossh.PublicKeys(keys...)))
}

func (w *world) mustDial(k key) *gossh.Client {
	w.t.Helper()
	c, err := w.dial(k)
	must(w.t, err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

// terminal is one open console.
type terminal struct {
	t      *testing.T
	client *gossh.Client
	*gossh.Session
	in  io.WriteCloser
	out *screen
}

// open opens a console over a connection and waits for its greeting.
func (w *world) open(client *gossh.Client) *terminal {
	w.t.Helper()
	tm := w.start(client)
	tm.expect("welcome")
	return tm
}

func (w *world) start(client *gossh.Client) *terminal {
	w.t.Helper()
	s, err := client.NewSession()
	must(w.t, err)
	tm := &terminal{t: w.t, client: client, Session: s, out: &screen{}}
	tm.in, err = s.StdinPipe()
	must(w.t, err)
	s.Stdout, s.Stderr = tm.out, tm.out
	must(w.t, s.RequestPty("xterm-256color", 24, 80, gossh.TerminalModes{}))
	must(w.t, s.Shell())
	return tm
}

func (tm *terminal) press(keys string) {
	tm.t.Helper()
	_, err := tm.in.Write([]byte(keys))
	must(tm.t, err)
}

func (tm *terminal) expect(text string) {
	tm.t.Helper()
	eventually(tm.t, "the screen to show "+text, func() bool { return strings.Contains(tm.out.String(), text) }, tm.out.String)
}

// leave ends the console by its key and returns what the exit status was.
func (tm *terminal) over() error {
	tm.t.Helper()
	done := make(chan error, 1)
	go func() { done <- tm.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		tm.t.Fatal("the session did not end")
		return nil
	}
}

// toy is a console: it greets, and does one thing a key.
func toy(ctx context.Context, v sshd.Visitor, t sshd.Terminal) error {
	fmt.Fprintf(t.Output, "welcome %s as %s contexts=%v exec=%v %dx%d %v\n", v.Name, v.Role, v.Contexts, v.MayExec, t.Size.Width, t.Size.Height, t.Environ)
	go func() {
		for size := range t.Resize {
			fmt.Fprintf(t.Output, "size %dx%d\n", size.Width, size.Height)
		}
	}()
	defer func() {
		if ctx.Err() != nil {
			fmt.Fprintf(t.Output, "[restored]\n") // its time is over, and the terminal is still there
		}
	}()
	one := make([]byte, 1)
	for {
		if _, err := t.Input.Read(one); err != nil {
			return nil
		}
		switch one[0] {
		case 'q':
			return nil
		case 'e':
			return fmt.Errorf("the console broke\x1b[2J")
		case 'p':
			panic("toy")
		case 'w': // waits for nothing but its context
			<-ctx.Done()
			return nil
		case 'f':
			for junk := bytes.Repeat([]byte("flood "), 4096); ; {
				if _, err := t.Output.Write(junk); err != nil {
					return err
				}
			}
		default:
			fmt.Fprintf(t.Output, "<%s>\n", one)
		}
	}
}

func toyExec(ctx context.Context, v sshd.Visitor, argv []string, stdout, stderr io.Writer) int {
	if argv[0] == "wait" {
		<-ctx.Done()
		return 9
	}
	fmt.Fprintf(stdout, "%s ran %q\n", v.Name, argv)
	fmt.Fprintf(stderr, "beside\n")
	return 7
}

// screen is what came out.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// events is an audit log.
type events struct {
	mu  sync.Mutex
	all []sshd.Event
}

func (e *events) add(v sshd.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, v)
}

func (e *events) find(kind sshd.Kind, why string) (sshd.Event, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.all {
		if v.Kind == kind && strings.Contains(v.Why, why) {
			return v, true
		}
	}
	return sshd.Event{}, false
}

func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for _, v := range e.all {
		fmt.Fprintf(&b, "%+v\n", v)
	}
	return b.String()
}

func (w *world) expectEvent(kind sshd.Kind, why string) sshd.Event {
	w.t.Helper()
	var found sshd.Event
	eventually(w.t, fmt.Sprintf("an event %s: %s", kind, why), func() (ok bool) {
		found, ok = w.events.find(kind, why)
		return ok
	}, w.events.String)
	return found
}

// metric is the sum of a metric's values whose label has that value ("" any).
func (w *world) metric(name, label string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	must(w.t, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if label == "" || len(m.GetLabel()) > 0 && m.GetLabel()[0].GetValue() == label {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func eventually(t *testing.T, what string, ok func() bool, state func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s; there is:\n%s", what, state())
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
