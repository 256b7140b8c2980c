//go:build tmux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// From sending to a cited record by keys alone: messages are sent, the seer reads them, a question is answered, and its citation opened.
func TestConsoleAsksTheSeer(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := startBackend(t)
			topic, group := b.topic(t, 2), unique(t, "group")
			term := b.home.open(t, size.w, size.h, "krapp-tui", "--roles", "seer", "--topics", topic)
			term.shows(t, "n DoIt")
			term.doit(t, topic, "300", group)
			term.shows(t, "100 %") // of them are stored
			term.keys(t, "a")
			term.shows(t, "a question about")
			term.write(t, "How many messages are in "+topic+"?")
			term.keys(t, "Enter")
			rows := strings.Join(term.shows(t, "[1] "+topic[:10]), "\n")
			if !strings.Contains(rows, "300") || !strings.Contains(rows, "exact") {
				t.Errorf("the answer is not exact, or not 300:\n%s", rows)
			}
			term.keys(t, "Tab")
			term.shows(t, "open")
			term.keys(t, "Enter")
			rows = strings.Join(term.shows(t, "Headers"), "\n")
			if !strings.Contains(rows, "partition") || !strings.Contains(rows, "krapp-run") {
				t.Errorf("the cited record is not shown:\n%s", rows)
			}
			term.keys(t, "Escape")
			term.shows(t, "[1] "+topic[:10])
		})
	}
}
