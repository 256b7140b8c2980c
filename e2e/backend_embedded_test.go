//go:build !kafka

package e2e

import "testing"

// startBackend runs an embedded broker without workers, in a process of its own.
func startBackend(t *testing.T) backend {
	t.Helper()
	home := newHome(t)
	up := home.start(t, "krapp", "up", "--ephemeral", "--roles", "", "-o", "json")
	var served struct {
		Brokers []string `json:"brokers"`
	}
	up.firstJSON(t, &served)
	return backend{name: "embedded", brokers: served.Brokers, home: home.with("KRAPP_BROKERS", served.Brokers)}
}
