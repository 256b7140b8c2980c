package groups

import (
	"cmp"
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func newTable() *table.Table[row] {
	return table.New(table.Options[row]{
		Key:   func(r row) string { return r.id },
		Match: func(r row, text string) bool { return strings.Contains(strings.ToLower(r.id+" "+r.state), text) },
		Note:  note,
		Empty: safetext.Const("No groups yet. A group appears when its first member joins or commits."),
		Columns: []table.Column[row]{
			{Title: "group", Min: 16, Weight: 1, Cell: func(r row, _ int) table.Cell { return table.Cell{{Text: ui.T(r.id)}} },
				Compare: func(a, b row) int { return cmp.Compare(a.id, b.id) }},
			{Title: "state", Min: 12, Max: 22, Weight: 1, Cell: state, Compare: func(a, b row) int { return cmp.Compare(a.state, b.state) }},
			{Title: "members", Min: 7, Align: table.Right, Drop: 1, Descending: true, Cell: members,
				Compare: func(a, b row) int { return cmp.Compare(a.members, b.members) }},
			{Title: "topics", Min: 6, Align: table.Right, Drop: 2, Descending: true,
				Cell:    func(r row, w int) table.Cell { return table.Cell{{Text: ui.CountIn(r.topics, w)}} },
				Compare: func(a, b row) int { return cmp.Compare(a.topics, b.topics) }},
			{Title: "lag", Min: 13, Align: table.Right, Descending: true, Cell: lag,
				Compare: func(a, b row) int { return cmp.Compare(a.lag, b.lag) }},
			{Title: "behind", Min: 9, Align: table.Right, Descending: true,
				Cell: func(r row, _ int) table.Cell {
					if r.behind <= 0 {
						return table.Cell{theme.S(theme.Muted, ui.None())}
					}
					return table.Cell{{Text: ui.Duration(r.behind)}}
				},
				Compare: func(a, b row) int { return cmp.Compare(a.behind, b.behind) }},
		},
	})
}

// note says under a group why something of it is not known.
func note(r row) table.Cell {
	if r.err == "" {
		return nil
	}
	return table.Cell{theme.S(theme.Bad, safetext.Join(theme.Theme{}.Glyphs().Failed, safetext.Spaces(1), ui.T(r.err)))}
}

func state(r row, _ int) table.Cell {
	g := theme.Theme{}.Glyphs()
	say := ui.T(r.state)
	switch {
	case r.state == "":
		return table.Cell{theme.S(theme.Muted, ui.None())}
	case r.state == "Stable":
		return table.Cell{theme.S(theme.Good, g.On), theme.Span{Text: safetext.Join(safetext.Spaces(1), say)}}
	case r.state == "Empty" && r.lag == 0:
		return table.Cell{theme.S(theme.Muted, safetext.Join(g.Off, safetext.Spaces(1), say))}
	case r.state == "Empty", r.state == "Dead":
		return table.Cell{theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Spaces(1), say))}
	}
	return table.Cell{theme.S(theme.Warn, safetext.Join(g.Busy, safetext.Spaces(1), say))}
}

func members(r row, w int) table.Cell {
	if r.members < 0 {
		return table.Cell{theme.S(theme.Bad, safetext.Const("unknown"))}
	}
	return table.Cell{{Text: ui.CountIn(r.members, w)}}
}

// lag never shows what is not known as 0.
func lag(r row, w int) table.Cell {
	switch {
	case r.unknown > 0 && r.lag > 0:
		return table.Cell{theme.S(theme.Warn, safetext.Join(safetext.Const("! "), ui.CountIn(r.lag, w-3), safetext.Const("+")))}
	case r.unknown > 0:
		return table.Cell{theme.S(theme.Bad, safetext.Const("unknown"))}
	case !r.committed:
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: ui.CountIn(r.lag, w)}}
}
