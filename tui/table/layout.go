package table

import "github.com/krapp-io/krapp/tui/safetext"

// gutter is the cells left of the first column, for the cursor and a mark.
const gutter = 3

// gap is the blanks between columns.
const gap = 2

// layout computes each column's width from the table's alone, so that data
// never moves a column; 0 for a column that is dropped.
func (t *Table[R]) layout() []int {
	cols := t.options.Columns
	widths := make([]int, len(cols))
	for i, c := range cols {
		widths[i] = max(c.Min, safetext.Of(c.Title).Width()+t.sortSign(i), 1)
	}
	room := t.w - gutter - 1 // a blank at the right, before a divider
	for used(widths) > room {
		drop := -1
		for i, c := range cols {
			if widths[i] > 0 && c.Drop > 0 && (drop < 0 || c.Drop >= cols[drop].Drop) {
				drop = i
			}
		}
		if drop < 0 {
			break
		}
		widths[drop] = 0
	}
	squeeze(widths, room)
	t.share(widths, room-used(widths))
	return widths
}

// sortSign is the room that a sortable column keeps for its arrow.
func (t *Table[R]) sortSign(i int) int {
	if t.options.Columns[i].Compare != nil {
		return 1
	}
	return 0
}

func used(widths []int) int {
	n := 0
	for _, w := range widths {
		if w > 0 {
			n += w + gap
		}
	}
	return max(0, n-gap)
}

// squeeze narrows the columns that cannot be dropped, the last ones first.
func squeeze(widths []int, room int) {
	for i := len(widths) - 1; i >= 0; i-- {
		over := used(widths) - room
		if over <= 0 {
			return
		}
		if widths[i] > over {
			widths[i] -= over
		} else {
			widths[i] = 0
		}
	}
}

// share gives the spare cells to the columns with a weight.
func (t *Table[R]) share(widths []int, spare int) {
	cols := t.options.Columns
	for spare > 0 {
		total := 0
		for i, c := range cols {
			if widths[i] > 0 && c.Weight > 0 && (c.Max == 0 || widths[i] < c.Max) {
				total += c.Weight
			}
		}
		if total == 0 {
			return
		}
		given := 0
		for i, c := range cols {
			if widths[i] == 0 || c.Weight <= 0 || c.Max > 0 && widths[i] >= c.Max {
				continue
			}
			more := max(1, spare*c.Weight/total)
			if c.Max > 0 {
				more = min(more, c.Max-widths[i])
			}
			more = min(more, spare-given)
			widths[i] += more
			given += more
		}
		spare -= given
	}
}
