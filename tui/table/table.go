package table

import (
	"slices"
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Cell is one cell's content, as styled spans; the table cuts and pads it.
type Cell = theme.Line

// Align says to which side a column leans.
type Align uint8

// Numbers go right.
const (
	Left Align = iota
	Right
)

// Column says how one property of a row is shown and ordered.
type Column[R any] struct {
	Title string
	Align Align
	// Min is the width below which the column is not worth showing; it is
	// never narrower than its title. Width beyond the minima is shared out by
	// Weight (0: none), up to Max (0: no limit).
	Min, Max, Weight int
	// Drop says which columns go first when there is no room: the highest.
	// A column with Drop 0 stays to the last.
	Drop int
	// Cell formats the row for w cells. It may return a shorter form (12.4M)
	// when w is small; what is too long is cut.
	Cell func(row R, w int) Cell
	// Compare orders by this column; nil: it cannot be sorted by.
	Compare func(a, b R) int
	// Descending: the largest first, when sorted by this column.
	Descending bool
}

// Options of a table.
type Options[R any] struct {
	Columns []Column[R]
	// Key identifies a row over time. Required.
	Key func(R) string
	// Match says whether a row passes a filter text (already in lower case);
	// nil: the key contains it.
	Match func(row R, filter string) bool
	// Note is a second line under a row, where it returns something.
	Note func(R) Cell
	// Empty says in one sentence what would fill the table and which key does it.
	Empty safetext.Text
	// FollowTop keeps a cursor that is on the first row on the first row, for
	// tables in which the newest comes first.
	FollowTop bool
	// NoHeader leaves the titles out.
	NoHeader bool
}

// Table is the state of a table. Make it with New; a page keeps one by pointer.
// It is not safe for concurrent use: it lives in a page's Update and View.
type Table[R any] struct {
	options Options[R]
	rows    []R
	order   []int // of the rows that pass the filter, in sorted order
	sortBy  int   // a column, or -1 for the order given
	filter  string
	marks   map[string]struct{}
	focus   bool

	cursor int    // in order
	key    string // of the row under the cursor, "" before there is one
	top    int    // first row in sight, in order
	w, h   int
}

// New makes a table without rows.
func New[R any](o Options[R]) *Table[R] {
	return &Table[R]{options: o, sortBy: -1, marks: map[string]struct{}{}, focus: true}
}

// SetRows replaces the data. The slice is not changed, and must not be
// changed by the caller afterwards.
func (t *Table[R]) SetRows(rows []R) {
	t.rows = rows
	t.arrange()
}

// Rows is the data as given.
func (t *Table[R]) Rows() []R { return t.rows }

// Len is the number of rows that pass the filter.
func (t *Table[R]) Len() int { return len(t.order) }

// Selected is the row under the cursor, or false when there is none.
func (t *Table[R]) Selected() (R, bool) {
	if t.cursor >= len(t.order) {
		var zero R
		return zero, false
	}
	return t.rows[t.order[t.cursor]], true
}

// Select puts the cursor on the row with that key, if it is there.
func (t *Table[R]) Select(key string) bool {
	for i, r := range t.order {
		if t.options.Key(t.rows[r]) == key {
			t.moveTo(i)
			return true
		}
	}
	return false
}

// SetFocus says whether keys go to this table: without focus the cursor is
// shown muted.
func (t *Table[R]) SetFocus(on bool) { t.focus = on }

// Filter is the text that rows must match.
func (t *Table[R]) Filter() string { return t.filter }

// SetFilter shows only the rows that match; "" shows all.
func (t *Table[R]) SetFilter(text string) {
	t.filter = text
	t.arrange()
}

// arrange computes order from rows, filter and sorting, and finds the cursor again.
func (t *Table[R]) arrange() {
	atTop := t.options.FollowTop && t.cursor == 0
	t.order = t.order[:0]
	want := strings.ToLower(t.filter)
	for i, r := range t.rows {
		if want == "" || t.matches(r, want) {
			t.order = append(t.order, i)
		}
	}
	t.sort()
	switch {
	case atTop || t.key == "":
		t.cursor = 0
	case t.cursor < len(t.order) && t.keyAt(t.cursor) == t.key:
		// The usual case: nothing moved.
	default:
		t.cursor = t.find(t.key, t.cursor)
	}
	t.settle()
}

func (t *Table[R]) matches(r R, want string) bool {
	if t.options.Match != nil {
		return t.options.Match(r, want)
	}
	return strings.Contains(strings.ToLower(t.options.Key(r)), want)
}

func (t *Table[R]) sort() {
	if t.sortBy < 0 {
		return
	}
	c := t.options.Columns[t.sortBy]
	slices.SortFunc(t.order, func(a, b int) int {
		d := c.Compare(t.rows[a], t.rows[b])
		if c.Descending {
			d = -d
		}
		if d == 0 {
			return a - b // equal rows keep the order they were given in
		}
		return d
	})
}

// find is where the key is now; if it is gone, the cursor stays where it was.
func (t *Table[R]) find(key string, otherwise int) int {
	for i := range t.order {
		if t.keyAt(i) == key {
			return i
		}
	}
	return otherwise
}

func (t *Table[R]) keyAt(i int) string { return t.options.Key(t.rows[t.order[i]]) }

// settle keeps the cursor inside the rows and inside the window.
func (t *Table[R]) settle() {
	t.cursor = max(0, min(t.cursor, len(t.order)-1))
	if len(t.order) == 0 {
		t.key, t.top = "", 0
		return
	}
	t.key = t.keyAt(t.cursor)
	body := t.bodyHeight()
	if body <= 0 {
		t.top = t.cursor
		return
	}
	if t.cursor < t.top {
		t.top = t.cursor
	}
	// Scroll until the cursor's row, note included, ends inside the window.
	lines := 0
	first := t.cursor
	for i := t.cursor; i >= 0; i-- {
		lines += t.height(i)
		if lines > body {
			break
		}
		first = i
	}
	t.top = max(t.top, first)
	// No empty space below while there are rows above.
	for t.top > 0 && t.linesFrom(t.top-1, body+1) <= body {
		t.top--
	}
	t.top = max(0, min(t.top, len(t.order)-1))
}

// height is the lines that row i of order takes.
func (t *Table[R]) height(i int) int {
	if t.options.Note != nil && len(t.options.Note(t.rows[t.order[i]])) > 0 {
		return 2
	}
	return 1
}

// linesFrom counts the lines from row i on, up to limit.
func (t *Table[R]) linesFrom(i, limit int) int {
	n := 0
	for ; i < len(t.order) && n < limit; i++ {
		n += t.height(i)
	}
	return n
}

func (t *Table[R]) bodyHeight() int {
	if t.options.NoHeader {
		return t.h
	}
	return t.h - 1
}
