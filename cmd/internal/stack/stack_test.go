package stack

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// home isolates a test from this user's own broker.
func home(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", dir)
}

// anyPort lets every listener choose.
func anyPort() map[string]string {
	return map[string]string{Produce: "127.0.0.1:0", Consume: "127.0.0.1:0", Monitor: "127.0.0.1:0"}
}

func start(t *testing.T, o Options) *Stack {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	s, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAStackServesAnnouncesAndEnds(t *testing.T) {
	home(t)
	secured := kafkaops.Context{Security: kafkaops.Security{TLS: true, SASLMechanism: "PLAIN", Username: "u", Password: kafkaops.NewSecret("p")}}
	s := start(t, Options{Context: secured, Embedded: embedded.Options{Ephemeral: true}, Roles: []string{Produce, Consume}, Listen: anyPort()})
	if s.Context().Security != (kafkaops.Security{}) {
		t.Error("credentials from the environment went to the embedded broker")
	}
	for _, role := range []string{Produce, Consume} {
		resp, err := http.Get(s.Services()[role] + "/_health")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", role, resp.Status)
		}
	}
	a, ok := embedded.Announced(t.Context(), "")
	if !ok || a.Brokers[0] != s.Context().Brokers[0] || a.Services[Produce] != s.Services()[Produce] {
		t.Errorf("announced %v %+v, runs %v %v", ok, a, s.Context().Brokers, s.Services())
	}
	topics, err := s.Client().DescribeTopics(t.Context(), DemoTopic)
	if err != nil || topics[0].Err != nil {
		t.Errorf("there is nothing to send to: %v %v", err, topics)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, ok := embedded.Announced(t.Context(), ""); ok {
		t.Error("it is still announced")
	}
	if conn, err := net.Dial("tcp", a.Brokers[0]); err == nil {
		_ = conn.Close()
		t.Error("the broker still answers")
	}
}

func TestASecondConsoleJoinsAndASecondUpDoesNot(t *testing.T) {
	home(t)
	first := start(t, Options{Console: true, Listen: anyPort()})
	second := start(t, Options{Console: true, Roles: []string{Produce, Consume}, Listen: anyPort()})
	if a, ok := second.Joined(); !ok || a.Brokers[0] != first.Context().Brokers[0] {
		t.Errorf("it runs its own at %v", second.Context().Brokers)
	}
	if _, own := second.Embedded(); own {
		t.Error("the broker would end with the second console")
	}
	if notes := strings.Join(second.Notes(), " "); !strings.Contains(notes, "client of the broker") {
		t.Errorf("it does not say so: %q", notes)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := first.Client().Cluster(t.Context()); err != nil {
		t.Errorf("closing the second console stopped the broker: %v", err)
	}
	_, err := Start(t.Context(), Options{})
	if kafkaops.ClassOf(err) != kafkaops.Conflict || kafkaops.HintOf(err) == "" {
		t.Errorf("krapp up on a locked directory: %v", err)
	}
}

func TestATakenPortIsTheNextOneInAConsoleAndAnErrorElsewhere(t *testing.T) {
	home(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() // a test's listener
	port := taken.Addr().(*net.TCPAddr).Port
	for name, o := range map[string]Options{
		"the broker's": {Embedded: embedded.Options{Ephemeral: true, Port: port}, Roles: []string{Produce}, Listen: anyPort()},
		"a worker's": {Embedded: embedded.Options{Ephemeral: true}, Roles: []string{Produce},
			Listen: map[string]string{Produce: taken.Addr().String(), Monitor: NoMonitor}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(t.Context(), o)
			if kafkaops.ClassOf(err) != kafkaops.Conflict || kafkaops.HintOf(err) == "" {
				t.Errorf("outside a console: %v", err)
			}
			o.Console = true
			s := start(t, o)
			if notes := strings.Join(s.Notes(), " "); !strings.Contains(notes, "is taken") {
				t.Errorf("it does not say so: %q", notes)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnUnreachableClusterLeavesNothingRunning(t *testing.T) {
	home(t)
	_, err := Start(t.Context(), Options{Context: kafkaops.Context{Brokers: []string{"127.0.0.1:1"}}, Roles: []string{Produce}, Listen: anyPort()})
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || kafkaops.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

func TestConsumingEverythingOfAGivenClusterIsRefused(t *testing.T) {
	_, err := Start(t.Context(), Options{Context: kafkaops.Context{Brokers: []string{"127.0.0.1:1"}}, Roles: []string{Consume}})
	if kafkaops.ClassOf(err) != kafkaops.Invalid || !strings.Contains(kafkaops.HintOf(err), "--topics") {
		t.Errorf("got %v", err)
	}
}

func TestParseRoles(t *testing.T) {
	for text, want := range map[string]string{"": "", "produce": "produce", "consume , produce,consume": "consume,produce"} {
		got, err := ParseRoles(text)
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("%q gives %q (%v), want %q", text, got, err, want)
		}
	}
	if _, err := ParseRoles("produce,oracle"); kafkaops.HintOf(err) == "" {
		t.Errorf("an unknown role: %v", err)
	}
}
