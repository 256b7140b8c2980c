// Package verdict shows what became of a run: the sign, colour and word of its verdict, its numbers in a line, and the
// columns of tables of runs. The dashboard, the list of runs and the page of one run show the same thing the same way.
package verdict

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Role is the colour of a verdict.
func Role(v roundtrip.Verdict) theme.Role {
	switch v {
	case roundtrip.Done:
		return theme.Good
	case roundtrip.Failed, roundtrip.Lost, roundtrip.Missing, roundtrip.Duplicated:
		return theme.Bad
	case roundtrip.Rejected, roundtrip.Expired, roundtrip.Stalled:
		return theme.Warn
	case roundtrip.Cancelled:
		return theme.Muted
	}
	return theme.Accent // sending, in flight: it moves
}

// Sign is the sign of a verdict in its colour.
func Sign(th theme.Theme, v roundtrip.Verdict) theme.Span {
	g := th.Glyphs()
	role := Role(v)
	switch role {
	case theme.Good:
		return theme.S(role, g.Done)
	case theme.Bad:
		return theme.S(role, g.Failed)
	case theme.Warn:
		return theme.S(role, g.Attention)
	case theme.Muted:
		return theme.S(role, g.Off)
	}
	return theme.S(role, g.Busy)
}

// Label is sign and word: "✘ lost".
func Label(th theme.Theme, v roundtrip.Verdict) theme.Line {
	return theme.Line{Sign(th, v), theme.S(Role(v), safetext.Join(safetext.Spaces(1), Word(v)))}
}

// Word is the verdict's word; of a run that nothing is known of yet, "registered".
func Word(v roundtrip.Verdict) safetext.Text {
	if v == "" {
		return safetext.Const("registered")
	}
	return ui.T(string(v))
}

// Attention says how much a verdict calls for someone: Bad, Warn, or Text for not at all.
func Attention(v roundtrip.Verdict) theme.Role {
	if r := Role(v); r == theme.Bad || r == theme.Warn {
		return r
	}
	return theme.Text
}

// Handled is what the run's evidence says happened to a message: "processed", "arrived" or "committed".
func Handled(k roundtrip.EvidenceKind) safetext.Text {
	switch k {
	case roundtrip.Arrived:
		return safetext.Const("arrived")
	case roundtrip.Committed:
		return safetext.Const("committed")
	}
	return safetext.Const("processed")
}

// Numbers is a run in figures: "9,993 of 10,000 processed exactly once, 7 missing, 0 duplicated".
func Numbers(j roundtrip.Judgement) safetext.Text {
	once := safetext.Const(" exactly once")
	if j.Run.Evidence.Kind == roundtrip.Committed {
		once = safetext.Text{} // commits say passed, not how often
	}
	t := safetext.Join(ui.Count(j.Once), safetext.Const(" of "), ui.Count(j.Run.Count), safetext.Spaces(1), Handled(j.Run.Evidence.Kind), once)
	if j.Verdict == roundtrip.Done {
		return t
	}
	add := func(n int64, what safetext.Text) {
		t = safetext.Join(t, safetext.Const(", "), ui.Count(n), safetext.Spaces(1), what)
	}
	moves := j.Verdict == roundtrip.Sending || j.Verdict == roundtrip.InFlight || j.Verdict == roundtrip.Stalled || j.Verdict == ""
	if moves {
		add(j.Waiting, safetext.Const("waiting"))
	}
	if !moves || j.Missing > 0 {
		add(j.Missing, safetext.Const("missing"))
	}
	if !moves || j.Duplicated > 0 {
		add(j.Duplicated, safetext.Const("duplicated"))
	}
	if j.Rejected > 0 {
		add(j.Rejected, safetext.Const("rejected"))
	}
	if j.Failed > 0 {
		add(j.Failed, safetext.Const("failed"))
	}
	if j.PossiblyStored > 0 {
		add(j.PossiblyStored, safetext.Const("possibly stored"))
	}
	return t
}

// Sentence is what is said of a run in plain words.
func Sentence(j roundtrip.Judgement) safetext.Text {
	if j.Said == "" {
		return safetext.Const("It is registered; nothing has been seen of it yet.")
	}
	return ui.T(j.Said)
}

// Latency is a latency of the run, or – when none was measured.
func Latency(j roundtrip.Judgement, d time.Duration) safetext.Text {
	if j.Latency.Count == 0 {
		return ui.None()
	}
	return Brief(d)
}

// Brief is a length of time in at most six cells: 120 µs, 41 ms, 1.9 s, 13 s, 2 m, 3 h, 4 d.
func Brief(d time.Duration) safetext.Text {
	switch {
	case d < 9950*time.Millisecond:
		return ui.Duration(d)
	case d < time.Minute:
		return safetext.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return safetext.Sprintf("%d m", d/time.Minute)
	case d < 48*time.Hour:
		return safetext.Sprintf("%d h", d/time.Hour)
	}
	return safetext.Sprintf("%d d", d/(24*time.Hour))
}
