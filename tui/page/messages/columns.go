package messages

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func (p *page) newTable() *table.Table[*row] {
	return table.New(table.Options[*row]{
		Key:       func(r *row) string { return r.key },
		Match:     func(r *row, text string) bool { return r.matches(text) },
		FollowTop: true,
		Empty:     safetext.Const("No messages here. P produces one; o goes to another offset or time; f follows what comes."),
		Columns: []table.Column[*row]{
			{Title: "time", Min: 12, Drop: 2, Cell: func(r *row, _ int) table.Cell { return table.Cell{theme.S(theme.Muted, p.times.Clock(r.when))} }},
			{Title: "offset", Min: 12, Max: 18, Weight: 1, Cell: func(r *row, _ int) table.Cell { return table.Cell{{Text: ui.T(r.key)}} }},
			{Title: "key", Min: 10, Max: 36, Weight: 2, Drop: 1, Cell: func(r *row, w int) table.Cell { return bytesCell(r.keyBytes, r.keySize, w, safetext.Const("–")) }},
			{Title: "value", Min: 30, Weight: 8, Cell: func(r *row, w int) table.Cell {
				return bytesCell(r.value, r.valueSize, w, safetext.Const("(tombstone)"))
			}},
			{Title: "headers", Align: table.Right, Drop: 4, Cell: func(r *row, w int) table.Cell {
				if r.headerSize == 0 {
					return table.Cell{theme.S(theme.Muted, ui.None())}
				}
				return table.Cell{theme.S(theme.Muted, ui.CountIn(r.headerSize, w))}
			}},
			{Title: "size", Min: 9, Align: table.Right, Drop: 3, Cell: func(r *row, _ int) table.Cell {
				return table.Cell{theme.S(theme.Muted, ui.Bytes(int64(r.keySize+r.valueSize)))}
			}},
		},
	})
}

// bytesCell shows the beginning of a key or a value. No more is looked at than a cell of that width could show.
func bytesCell(b []byte, size, w int, null safetext.Text) table.Cell {
	switch {
	case b == nil:
		return table.Cell{theme.S(theme.Muted, null)}
	case size == 0:
		return table.Cell{theme.S(theme.Muted, safetext.Const("(empty)"))}
	}
	n := min(len(b), 4*w+8)
	text := ui.T(b[:n])
	if n < size && text.Width() <= w {
		text = safetext.Join(text.Truncate(w-1), safetext.Const("…"))
	}
	return table.Cell{{Text: text}}
}
