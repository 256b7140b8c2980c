package worker

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// role is a Role made of a function.
type role struct {
	name string
	run  func(ctx context.Context, ready func()) error
}

func (r role) Name() string                                { return r.name }
func (r role) Run(ctx context.Context, ready func()) error { return r.run(ctx, ready) }

func untilStop(name string, finished chan<- string) role {
	return role{name, func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		finished <- name
		return nil
	}}
}

func TestASignalStopsEveryRoleAndIsClean(t *testing.T) {
	finished, signals := make(chan string, 2), make(chan os.Signal, 1)
	started := make(chan struct{})
	slow := role{"slow", func(ctx context.Context, ready func()) error {
		ready()
		close(started)
		<-ctx.Done()
		finished <- "slow"
		return nil
	}}
	r := Runner{Roles: []Role{untilStop("a", finished), slow}, Signals: signals}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(t.Context()) }()
	<-started
	signals <- syscall.SIGTERM
	if err := <-ended; err != nil {
		t.Fatalf("Run = %v", err)
	}
	if len(finished) != 2 {
		t.Errorf("%d roles finished, want 2", len(finished))
	}
}

func TestAFailureStopsTheOthersAndIsReturned(t *testing.T) {
	boom := errors.New("boom")
	finished := make(chan string, 1)
	r := Runner{Roles: []Role{
		untilStop("a", finished),
		role{"b", func(context.Context, func()) error { return boom }},
	}, NoSignals: true}
	if err := r.Run(t.Context()); !errors.Is(err, boom) {
		t.Fatalf("Run = %v", err)
	}
	if len(finished) != 1 {
		t.Error("the other role was not stopped")
	}
}

// stubborn never ends, like a role that hangs in a call.
func stubborn(t *testing.T) role {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return role{"stubborn", func(_ context.Context, ready func()) error {
		ready()
		<-release
		return nil
	}}
}

func TestASecondSignalForces(t *testing.T) {
	signals := make(chan os.Signal, 2)
	r := Runner{Roles: []Role{stubborn(t)}, Signals: signals, ShutdownTimeout: time.Hour}
	signals <- os.Interrupt
	signals <- os.Interrupt
	if err := r.Run(t.Context()); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Fatalf("Run = %v", err)
	}
}

func TestAStopHasADeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := Runner{Roles: []Role{stubborn(t)}, NoSignals: true, ShutdownTimeout: time.Millisecond}
	err := r.Run(ctx)
	if kafkaops.ClassOf(err) != kafkaops.TimedOut || kafkaops.HintOf(err) == "" {
		t.Fatalf("Run = %v", err)
	}
}

func TestNoRoleIsInvalid(t *testing.T) {
	if err := (&Runner{NoSignals: true}).Run(t.Context()); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Fatalf("Run = %v", err)
	}
}

func TestTheMonitorOutlivesTheRolesAndItsFailureIsAnError(t *testing.T) {
	order := make(chan string, 2)
	ctx, cancel := context.WithCancel(t.Context())
	r := Runner{NoSignals: true,
		Roles: []Role{role{"a", func(ctx context.Context, ready func()) error {
			ready()
			cancel()
			<-ctx.Done()
			order <- "role"
			return nil
		}}},
		Monitor: func(*Health) Role { return untilStop("monitor", order) },
	}
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if first, second := <-order, <-order; first != "role" || second != "monitor" {
		t.Errorf("stopped %s before %s", first, second)
	}
	boom := errors.New("port taken")
	r.Monitor = func(*Health) Role { return role{"monitor", func(context.Context, func()) error { return boom }} }
	if err := r.Run(t.Context()); !errors.Is(err, boom) {
		t.Errorf("Run = %v, want the monitor's error", err)
	}
}

func TestHealth(t *testing.T) {
	cases := map[string]struct {
		set         func(*Health)
		live, ready int
	}{
		"nothing started":     {func(*Health) {}, 200, 503},
		"starting":            {func(h *Health) { h.Set("a", Starting) }, 200, 503},
		"all ready":           {func(h *Health) { h.Set("a", Ready); h.Set("b", Ready) }, 200, 200},
		"one still starting":  {func(h *Health) { h.Set("a", Ready); h.Set("b", Starting) }, 200, 503},
		"one failed":          {func(h *Health) { h.Set("a", Ready); h.Set("b", Broken) }, 503, 503},
		"draining is unready": {func(h *Health) { h.Set("a", Ready); h.Drain() }, 200, 503},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var h Health
			c.set(&h)
			mux := http.NewServeMux()
			h.Register(mux)
			for path, want := range map[string]int{"/livez": c.live, "/readyz": c.ready} {
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != want || !json.Valid(w.Body.Bytes()) {
					t.Errorf("%s = %d %s, want %d", path, w.Code, w.Body, want)
				}
			}
		})
	}
}

// waiting is a role that says what it waits for.
type waiting struct {
	role
	why *string
}

func (w waiting) Reason() string { return *w.why }

func TestReadyzSaysWhatARoleWaitsFor(t *testing.T) {
	var h Health
	report := func() (r Report) {
		mux := http.NewServeMux()
		h.Register(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	why := "topic census.chunks is not there yet"
	r := Runner{NoSignals: true, Roles: []Role{waiting{why: &why, role: role{"compute", func(ctx context.Context, ready func()) error {
		if got := report().Reasons["compute"]; got != "topic census.chunks is not there yet" {
			t.Errorf("while it waits the reason is %q", got)
		}
		ready()
		if got := report(); !got.Ready || got.Reasons["compute"] != why {
			t.Errorf("when it is ready to do nothing the report is %+v", got)
		}
		why = ""
		if got := report().Reasons; got != nil {
			t.Errorf("when it has work the reasons are %v", got)
		}
		return nil
	}}}}}
	if err := r.runRoles(t.Context(), &h, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

func TestTopicsAllow(t *testing.T) {
	cases := []struct {
		patterns []string
		topic    string
		want     bool
	}{
		{nil, "orders", true},
		{nil, "krapp.runs", false},
		{nil, "__consumer_offsets", false},
		{nil, "", false},
		{nil, "..", false},
		{nil, "sp ace", false},
		{[]string{"orders"}, "orders", true},
		{[]string{"orders"}, "orders-eu", false},
		{[]string{"orders-*", "pay"}, "orders-eu", true},
		{[]string{"*"}, "krapp.work", false},
		{[]string{"krapp.*"}, "krapp.work", false},
	}
	for _, c := range cases {
		topics, err := NewTopics(c.patterns)
		if err != nil {
			t.Fatal(err)
		}
		if got := topics.Allows(c.topic); got != c.want {
			t.Errorf("%q allows %q = %v", c.patterns, c.topic, got)
		}
	}
	if _, err := NewTopics([]string{"[a"}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a broken glob: %v", err)
	}
}
