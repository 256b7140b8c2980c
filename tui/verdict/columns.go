package verdict

import (
	"cmp"
	"strings"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

type column = table.Column[roundtrip.Judgement]

// Table makes a table of runs, one row a run. frame is the frame that the page draws in, asked while it draws.
// Without room the columns go in this order: proof, when, p99, sent, the bar; run, topic and state stay.
func Table(frame func() ui.Frame) *table.Table[roundtrip.Judgement] {
	return table.New(table.Options[roundtrip.Judgement]{
		Columns: columns(frame),
		Key:     func(j roundtrip.Judgement) string { return j.Run.ID },
		Match:   match,
		Note:    note,
		Empty:   safetext.Const("No runs yet. n sends messages and follows each one."),
		// A run that was just registered is what one wants to see.
		FollowTop: true,
	})
}

func columns(frame func() ui.Frame) []column {
	return []column{
		{Title: "run", Min: 5, Cell: func(j roundtrip.Judgement, _ int) table.Cell {
			return table.Cell{{Text: ui.T(j.Run.Short()), Strong: true}}
		}},
		{Title: "topic", Min: 7, Max: 40, Weight: 4,
			Cell:    func(j roundtrip.Judgement, _ int) table.Cell { return table.Cell{{Text: ui.T(j.Run.Topic)}} },
			Compare: func(a, b roundtrip.Judgement) int { return cmp.Compare(a.Run.Topic, b.Run.Topic) }},
		{Title: "sent", Min: 9, Max: 13, Weight: 1, Align: table.Right, Drop: 2,
			Cell:    func(j roundtrip.Judgement, w int) table.Cell { return table.Cell{{Text: ui.CountIn(j.Sent, w)}} },
			Compare: func(a, b roundtrip.Judgement) int { return cmp.Compare(a.Sent, b.Sent) }, Descending: true},
		{Title: "processed", Min: 11, Max: 26, Weight: 2, Drop: 1,
			Cell: func(j roundtrip.Judgement, w int) table.Cell { return Progress(frame().Theme, j, w) }},
		{Title: "p99", Min: 6, Align: table.Right, Drop: 3,
			Cell:    func(j roundtrip.Judgement, _ int) table.Cell { return table.Cell{{Text: Latency(j, j.Latency.P99)}} },
			Compare: func(a, b roundtrip.Judgement) int { return cmp.Compare(a.Latency.P99, b.Latency.P99) }, Descending: true},
		{Title: "proof", Min: 25, Max: 40, Weight: 3, Drop: 5,
			Cell: func(j roundtrip.Judgement, _ int) table.Cell { return table.Cell{theme.S(theme.Muted, Proof(j.Run))} }},
		{Title: "when", Min: 11, Align: table.Right, Drop: 4,
			Cell: func(j roundtrip.Judgement, _ int) table.Cell {
				return table.Cell{theme.S(theme.Muted, frame().Times.Second(j.Run.Created))}
			},
			Compare: func(a, b roundtrip.Judgement) int { return a.Run.Created.Compare(b.Run.Created) }, Descending: true},
		{Title: "state", Min: 12,
			Cell:    func(j roundtrip.Judgement, _ int) table.Cell { return Label(frame().Theme, j.Verdict) },
			Compare: func(a, b roundtrip.Judgement) int { return cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)) }},
	}
}

// urgency orders verdicts: what calls for someone first.
func urgency(v roundtrip.Verdict) int {
	switch Role(v) {
	case theme.Bad:
		return 0
	case theme.Warn:
		return 1
	case theme.Accent:
		return 2
	case theme.Good:
		return 3
	}
	return 4
}

// Progress is a bar and the percentage of the run's messages that were processed, in w cells.
func Progress(th theme.Theme, j roundtrip.Judgement, w int) table.Cell {
	percent := ui.Percent(j.Processed(), j.Run.Count)
	const figure = 7
	if w < figure+3 {
		return table.Cell{{Text: percent.FitRight(w)}}
	}
	bar := chart.Bar(th, w-figure, float64(j.Processed()), float64(j.Run.Count), Role(j.Verdict))
	return append(bar, theme.Span{Text: percent.FitRight(figure)})
}

// Proof says what counts as processed: "reported by krapp-consume".
func Proof(r roundtrip.Run) safetext.Text {
	switch r.Evidence.Kind {
	case roundtrip.Arrived:
		return ui.T("arrived in " + r.Evidence.Topic)
	case roundtrip.Committed:
		return ui.T("committed by " + r.Evidence.Group)
	}
	return ui.T("reported by " + r.Evidence.Group)
}

func match(j roundtrip.Judgement, filter string) bool {
	for _, s := range []string{j.Run.ID, j.Run.Topic, string(j.Verdict), j.Run.Evidence.Group, j.Run.Evidence.Topic} {
		if strings.Contains(strings.ToLower(s), filter) {
			return true
		}
	}
	return false
}

// note is the cause of what does not go on by itself.
func note(j roundtrip.Judgement) table.Cell {
	if j.Cause == "" {
		return nil
	}
	switch j.Verdict {
	case roundtrip.Stalled, roundtrip.Failed, roundtrip.Expired:
		text := ui.T(j.Cause)
		if j.Hint != "" {
			text = safetext.Join(text, safetext.Const(": "), ui.T(j.Hint))
		}
		return table.Cell{theme.S(Role(j.Verdict), text)}
	}
	return nil
}
