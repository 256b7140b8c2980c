package compute

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestDeadLettersAreComplainedAboutOnceAMinute(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	c := complaints{log: slog.New(slog.NewTextHandler(&out, nil)), now: func() time.Time { return now }}
	c.tell("events", nil)
	c.tell("events", []letter{{reason: "first"}})
	for range 59 {
		now = now.Add(time.Second)
		c.tell("events", []letter{{reason: "a"}, {reason: "b"}})
	}
	now = now.Add(time.Second)
	c.tell("events", []letter{{reason: "last"}})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "events.dlq count=1 newest_reason=first") || !strings.Contains(lines[1], "count=119 newest_reason=last") {
		t.Errorf("%q", lines)
	}
}
