package table

import tea "charm.land/bubbletea/v2"

// SetSize sets the cells that View fills.
func (t *Table[R]) SetSize(w, h int) {
	t.w, t.h = max(w, 0), max(h, 0)
	t.settle()
}

// Size is what SetSize was told.
func (t *Table[R]) Size() (w, h int) { return t.w, t.h }

// Move moves the cursor by n rows; it stops at the ends.
func (t *Table[R]) Move(n int) { t.moveTo(t.cursor + n) }

// Page moves the cursor by n windows.
func (t *Table[R]) Page(n int) { t.moveTo(t.cursor + n*max(1, t.bodyHeight()-1)) }

// Top moves the cursor to the first row.
func (t *Table[R]) Top() { t.moveTo(0) }

// Bottom moves the cursor to the last row.
func (t *Table[R]) Bottom() { t.moveTo(len(t.order) - 1) }

// Cursor is the cursor's place among the rows that pass the filter.
func (t *Table[R]) Cursor() int { return t.cursor }

func (t *Table[R]) moveTo(i int) {
	t.cursor = i
	t.settle()
}

// CycleSort sorts by the next sortable column, and after the last one by none.
func (t *Table[R]) CycleSort() {
	for i := t.sortBy + 1; i < len(t.options.Columns); i++ {
		if t.options.Columns[i].Compare != nil {
			t.SortBy(i)
			return
		}
	}
	t.SortBy(-1)
}

// SortBy sorts by column i; -1 is the order in which the rows were given.
func (t *Table[R]) SortBy(i int) {
	if i < 0 || i >= len(t.options.Columns) || t.options.Columns[i].Compare == nil {
		i = -1
	}
	t.sortBy = i
	t.arrange()
}

// Sorted is the column sorted by, or -1.
func (t *Table[R]) Sorted() int { return t.sortBy }

// ToggleMark marks the row under the cursor, or no longer, and moves on.
func (t *Table[R]) ToggleMark() {
	if t.key == "" {
		return
	}
	if _, on := t.marks[t.key]; on {
		delete(t.marks, t.key)
	} else {
		t.marks[t.key] = struct{}{}
	}
	t.Move(1)
}

// ClearMarks removes all marks.
func (t *Table[R]) ClearMarks() { clear(t.marks) }

// Marked are the marked rows in the order shown; without marks, the row under
// the cursor: what an action applies to.
func (t *Table[R]) Marked() []R {
	var rows []R
	for _, i := range t.order {
		if _, on := t.marks[t.options.Key(t.rows[i])]; on {
			rows = append(rows, t.rows[i])
		}
	}
	if r, ok := t.Selected(); ok && len(rows) == 0 {
		rows = append(rows, r)
	}
	return rows
}

// Mouse handles a click or the wheel, in coordinates relative to the table.
// It says whether the click chose a row that was already under the cursor,
// which pages take for "open".
func (t *Table[R]) Mouse(msg tea.MouseMsg) (again bool) {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			t.Move(-3)
		case tea.MouseWheelDown:
			t.Move(3)
		}
	case tea.MouseClickMsg:
		if m.Button != tea.MouseLeft || m.X < 0 || m.X >= t.w {
			return false
		}
		return t.click(m.Y)
	}
	return false
}

func (t *Table[R]) click(y int) (again bool) {
	if !t.options.NoHeader {
		y--
	}
	if y < 0 || y >= t.bodyHeight() {
		return false
	}
	for i, at := t.top, 0; i < len(t.order); i++ {
		at += t.height(i)
		if y < at {
			again = i == t.cursor
			t.moveTo(i)
			return again
		}
	}
	return false
}
