//go:build tmux && ssh

package e2e

import "testing"

// What visitors took comes back when they have left, however often they come: round after round the server is as small as after the first.
func TestSSHMemoryComesBack(t *testing.T) {
	const visitors, rounds, room = 20, 3, 24e6
	d := startBackend(t).serve(t, map[string]string{"ann": `krapp-role="operator"`}, "--max-sessions-per-key", "50")
	memory := func() float64 { return d.metric(t, "process_resident_memory_bytes") }
	var first, empty float64
	for round := range rounds {
		before := memory()
		leave := make([]func(), visitors)
		for i := range leave {
			_, leave[i] = d.visit(t, "ann")
		}
		full := memory()
		for _, l := range leave {
			l()
		}
		eventually(t, "all have left", func() bool { return d.metric(t, "krapp_ssh_sessions") == 0 })
		limit := full - 2*(full-before)/3 // two thirds of what they took; the first round leaves what all later ones share
		if round > 0 {
			limit = first + room
		}
		eventually(t, "their memory has come back", func() bool { empty = memory(); return empty <= limit })
		t.Logf("round %d: %.0f MB before, %.0f MB with %d consoles, %.0f MB after", round, before/1e6, full/1e6, visitors, empty/1e6)
		if round == 0 && full < before+20e6 {
			t.Errorf("%d consoles took %.0f MB: nothing is shown by this", visitors, (full-before)/1e6)
		}
		if round == 0 {
			first = empty
		}
	}
}
