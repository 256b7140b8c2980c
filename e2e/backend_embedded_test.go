//go:build !kafka

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

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

// firstJSON waits for the first line of stdout and decodes it.
func (p *process) firstJSON(t *testing.T, into any) {
	t.Helper()
	var line string
	eventually(t, p.name+" says where it serves", func() bool {
		var whole bool
		if line, _, whole = strings.Cut(p.out.String(), "\n"); !whole && p.ended() {
			t.Fatalf("%s ended before it said where it serves\n%s", p.name, p.log)
		}
		return whole
	})
	if err := json.Unmarshal([]byte(line), into); err != nil {
		t.Fatalf("%s said %q: %v", p.name, line, err)
	}
}
