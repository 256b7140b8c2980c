package rdkafka_test

import (
	"context"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// A console asks for groups all the time, also while every broker is away for longer than its requests may take. librdkafka ends the process
// when a broker comes back and such a request had timed out in it (see coordinators).
func TestGroupsAreAskedForThroughAnOutage(t *testing.T) {
	dir := t.TempDir()
	b, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	must(t, err)
	c := connect(t, b.Addrs())
	asked(t, c)
	must(t, b.Close())
	askInVain(t, c)
	b, err = embedded.Start(t.Context(), embedded.Options{Dir: dir, Port: b.Port()})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	answered(t, c)
}

func connect(t *testing.T, brokers []string) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: brokers}, nil)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// asked makes each kind of request to a group's coordinator.
func asked(t *testing.T, c *rdkafka.Client) {
	t.Helper()
	for what, err := range askAll(t.Context(), c) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// askInVain makes each of them while no broker runs.
func askInVain(t *testing.T, c *rdkafka.Client) {
	t.Helper()
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		for what, err := range askAll(ctx, c) {
			if err == nil {
				t.Errorf("%s: no error although no broker runs", what)
			}
		}
		cancel()
	}
}

// answered waits until they are answered again.
func answered(t *testing.T, c *rdkafka.Client) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for _, err := range askAll(t.Context(), c) {
		for err != nil {
			if time.Now().After(deadline) {
				t.Fatalf("although the brokers are back: %v", err)
			}
			_, err = c.Committed(t.Context(), "billing", nil)
		}
	}
	asked(t, c)
}

func askAll(ctx context.Context, c *rdkafka.Client) map[string]error {
	_, committed := c.Committed(ctx, "billing", nil)
	_, described := c.DescribeGroups(ctx, "billing", "shipping")
	return map[string]error{"committed offsets": committed, "description": described}
}
