package serve

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// scripted is an asker that does what the test says.
type scripted struct {
	ask    func(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error)
	status func() (seer.Status, error)

	mu    sync.Mutex
	asked []seer.Question
}

func (s *scripted) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	s.mu.Lock()
	s.asked = append(s.asked, q)
	s.mu.Unlock()
	if s.ask == nil {
		return answerTo(q), nil
	}
	return s.ask(ctx, q, each)
}

func (s *scripted) Status(context.Context) (seer.Status, error) {
	if s.status == nil {
		return seer.Status{State: seer.Current, Messages: 12, Templates: 3, Passages: 4, Topics: []string{"orders"}}, nil
	}
	return s.status()
}

// times counts how often a text was asked.
func (s *scripted) times(text string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.asked {
		if q.Text == text {
			n++
		}
	}
	return n
}

func (s *scripted) last() seer.Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

// answerTo is an answer that names its question.
func answerTo(q seer.Question) seer.Answer {
	at := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	return seer.Answer{
		Question: q.Text, Way: seer.Meaning, Text: "About " + q.Text + " [1].",
		Citations: []seer.Citation{{N: 1, Place: seer.Place{Topic: "orders", Partition: 2, Offset: 118, At: at}, Excerpt: `{"id":118}`}},
		Fresh:     seer.Freshness{At: at},
	}
}

// learner learns what and when the test says.
type learner struct {
	learned func(ctx context.Context, at seer.Place) error
}

func (l learner) Run(ctx context.Context, ready func()) error {
	ready()
	<-ctx.Done()
	return nil
}

func (l learner) Learned(ctx context.Context, at seer.Place) error {
	if l.learned == nil {
		return nil
	}
	return l.learned(ctx, at)
}

// never learns nothing until the context ends.
func never(ctx context.Context, _ seer.Place) error {
	<-ctx.Done()
	return kafkaops.NewError(kafkaops.TimedOut, "waiting for", "", "", ctx.Err())
}

// newRole makes a role on a free port.
func newRole(t testing.TB, o Options) (*Role, <-chan string) {
	t.Helper()
	address := make(chan string, 1)
	o.HTTP.Addr = "127.0.0.1:0"
	o.OnListen = func(a string) { address <- a }
	if o.Asker == nil {
		o.Asker = &scripted{}
	}
	if o.Learner == nil {
		o.Learner = learner{}
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r, address
}

// run runs a role until the test ends, or stop is called, which returns what Run did.
func run(t testing.TB, r *Role, address <-chan string) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Run(ctx, func() { close(ready) }) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	case <-time.After(time.Minute):
		t.Fatal("not ready within a minute")
	}
	return "http://" + <-address, stop
}

// startRole runs a role until the test ends and returns its URL once it is ready.
func startRole(t testing.TB, o Options) string {
	t.Helper()
	r, address := newRole(t, o)
	url, _ := run(t, r, address)
	return url
}

// call sends a request and returns the response with its whole body.
func call(t testing.TB, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	res, text, err := try(t.Context(), method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return res, text
}

func try(ctx context.Context, method, url, body string, headers ...string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res, string(raw), err
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	over := time.After(90 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("not within 90 s: %s", what)
		}
	}
}

// within waits for a channel.
func within(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(90 * time.Second):
		t.Fatalf("not within 90 s: %s", what)
	}
}
