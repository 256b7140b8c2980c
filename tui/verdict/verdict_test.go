package verdict_test

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/verdict"
)

func TestEveryVerdictHasASignAndAWordBesideItsColour(t *testing.T) {
	want := map[roundtrip.Verdict]string{
		roundtrip.Done: "✔ done", roundtrip.Lost: "✘ lost", roundtrip.Missing: "✘ missing", roundtrip.Duplicated: "✘ duplicated",
		roundtrip.Failed: "✘ failed", roundtrip.Rejected: "! rejected", roundtrip.Expired: "! expired", roundtrip.Stalled: "! stalled",
		roundtrip.Sending: "… sending", roundtrip.InFlight: "… in flight", roundtrip.Cancelled: "○ cancelled", "": "… registered",
	}
	for v, text := range want {
		line := verdict.Label(theme.Theme{}, v)
		got := line[0].Text.String() + line[1].Text.String()
		if got != text {
			t.Errorf("%q is shown as %q, want %q", v, got, text)
		}
		if line.Width() > 12 {
			t.Errorf("%q takes %d cells: the tables' column has 12", got, line.Width())
		}
	}
}

func TestNumbers(t *testing.T) {
	arrived := livetest.Lost()
	arrived.Run.Evidence.Kind, arrived.Verdict = roundtrip.Arrived, roundtrip.Missing
	committed := livetest.Done()
	committed.Run.Evidence.Kind = roundtrip.Committed
	for name, c := range map[string]struct {
		j    roundtrip.Judgement
		want string
	}{
		"done":      {livetest.Done(), "1,000,000 of 1,000,000 processed exactly once"},
		"lost":      {livetest.Lost(), "9,993 of 10,000 processed exactly once, 7 missing, 0 duplicated"},
		"in flight": {livetest.InFlight(), "152,500 of 250,000 processed exactly once, 97,500 waiting"},
		"arrived":   {arrived, "9,993 of 10,000 arrived exactly once, 7 missing, 0 duplicated"},
		// Commits say that a message was passed; they cannot say how often.
		"committed": {committed, "1,000,000 of 1,000,000 committed"},
	} {
		if got := verdict.Numbers(c.j).String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestBriefTakesSixCellsAtMost(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "–", 120 * time.Microsecond: "120 µs", 41 * time.Millisecond: "41 ms", 1900 * time.Millisecond: "1.9 s",
		13400 * time.Millisecond: "13 s", 59990 * time.Millisecond: "59 s", 61 * time.Second: "1 m", 47 * time.Hour: "47 h", 99 * 24 * time.Hour: "99 d",
	} {
		got := verdict.Brief(d)
		if got.String() != want || got.Width() > 6 {
			t.Errorf("%v is shown as %q, want %q", d, got, want)
		}
	}
}

func TestProgressFillsItsCellAndNeverRoundsALossAway(t *testing.T) {
	for w := 1; w <= 40; w++ {
		if got := verdict.Progress(theme.Theme{}, livetest.Lost(), w).Width(); got != w {
			t.Errorf("%d cells in %d", got, w)
		}
	}
	line := verdict.Progress(theme.Theme{}, livetest.Lost(), 20)
	if got := line[len(line)-1].Text.String(); got != " 99.9 %" {
		t.Errorf("9,993 of 10,000 is shown as %q", got)
	}
}
