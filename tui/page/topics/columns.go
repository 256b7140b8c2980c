package topics

import (
	"cmp"
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// row is a topic with its count, as far as that is known.
type row struct {
	topic
	count   count
	counted bool
}

// isOwn says that a topic holds krapp's own facts.
func isOwn(name string) bool { return strings.HasPrefix(name, "krapp.") }

func newTable() *table.Table[row] {
	return table.New(table.Options[row]{
		Key:   func(r row) string { return r.name },
		Empty: safetext.Const("No topics here yet. C creates one; n sends messages to a new one."),
		Columns: []table.Column[row]{
			{Title: "topic", Min: 14, Weight: 2, Cell: name, Compare: func(a, b row) int { return cmp.Compare(a.name, b.name) }},
			{Title: "partitions", Align: table.Right, Drop: 1, Descending: true,
				Cell:    func(r row, w int) table.Cell { return number(r.partitions, w) },
				Compare: func(a, b row) int { return cmp.Compare(a.partitions, b.partitions) }},
			{Title: "replicas", Align: table.Right, Drop: 3,
				Cell:    func(r row, w int) table.Cell { return number(r.replicas, w) },
				Compare: func(a, b row) int { return cmp.Compare(a.replicas, b.replicas) }},
			{Title: "messages", Min: 13, Align: table.Right, Descending: true, Cell: messages,
				Compare: func(a, b row) int { return cmp.Compare(a.count.messages, b.count.messages) }},
			{Title: "rate", Min: 8, Align: table.Right, Drop: 2, Descending: true, Cell: rate,
				Compare: func(a, b row) int { return cmp.Compare(a.count.rate, b.count.rate) }},
			{Title: "state", Min: 16, Max: 44, Weight: 1, Cell: state, Descending: true,
				Compare: func(a, b row) int {
					return cmp.Or(cmp.Compare(a.dead, b.dead), cmp.Compare(a.underReplicated, b.underReplicated), cmp.Compare(len(a.err), len(b.err)))
				}},
		},
	})
}

func name(r row, _ int) table.Cell {
	if r.internal {
		return table.Cell{theme.S(theme.Muted, ui.T(r.name))}
	}
	return table.Cell{{Text: ui.T(r.name)}}
}

func number(n, w int) table.Cell { return table.Cell{{Text: ui.CountIn(n, w)}} }

// messages never shows a count of nothing known as 0.
func messages(r row, w int) table.Cell {
	switch {
	case !r.counted:
		return table.Cell{theme.S(theme.Muted, ui.None())}
	case r.count.unknown >= r.partitions && r.partitions > 0:
		return table.Cell{theme.S(theme.Bad, safetext.Const("unknown"))}
	case r.count.unknown > 0:
		return table.Cell{{Text: ui.CountIn(r.count.messages, w-2)}, theme.S(theme.Warn, safetext.Const(" !"))}
	case r.count.messages == 0:
		return table.Cell{theme.S(theme.Muted, safetext.Const("0"))}
	}
	return table.Cell{{Text: ui.CountIn(r.count.messages, w)}}
}

func rate(r row, _ int) table.Cell {
	if !r.counted || r.count.rate <= 0 {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: ui.Rate(r.count.rate)}}
}

// state says what is wrong, the worst first; where nothing is, it says so quietly.
func state(r row, w int) table.Cell {
	g := theme.Theme{}.Glyphs()
	switch {
	case r.err != "":
		return table.Cell{theme.S(theme.Bad, safetext.Join(g.Failed, safetext.Spaces(1), ui.T(r.err)))}
	case r.dead > 0:
		say := safetext.Join(g.Failed, safetext.Sprintf(" %d without a leader", r.dead))
		if say.Width() > w {
			say = safetext.Join(g.Failed, safetext.Sprintf(" %d leaderless", r.dead))
		}
		if more := safetext.Sprintf(", %d under-replicated", r.underReplicated); r.underReplicated > 0 && say.Width()+more.Width() <= w {
			say = safetext.Join(say, more)
		}
		return table.Cell{theme.S(theme.Bad, say)}
	case r.underReplicated > 0:
		say := safetext.Join(g.Attention, safetext.Sprintf(" %d under-replicated", r.underReplicated))
		if say.Width() > w {
			say = safetext.Join(g.Attention, safetext.Sprintf(" %d under-rep.", r.underReplicated))
		}
		return table.Cell{theme.S(theme.Warn, say)}
	case r.counted && r.count.unknown > 0:
		return table.Cell{theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Sprintf(" %d unread", r.count.unknown)))}
	}
	return table.Cell{theme.S(theme.Muted, safetext.Const("ok"))}
}
