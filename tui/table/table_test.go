package table_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
)

type row struct {
	name string
	lag  int
}

func options() table.Options[row] {
	return table.Options[row]{
		Key: func(r row) string { return r.name },
		Columns: []table.Column[row]{
			{Title: "group", Min: 8, Weight: 1, Cell: func(r row, _ int) table.Cell { return table.Cell{{Text: safetext.Of(r.name)}} },
				Compare: func(a, b row) int { return strings.Compare(a.name, b.name) }},
			{Title: "lag", Min: 6, Align: table.Right, Descending: true,
				Cell:    func(r row, _ int) table.Cell { return table.Cell{{Text: safetext.Sprintf("%d", r.lag)}} },
				Compare: func(a, b row) int { return cmp.Compare(a.lag, b.lag) }},
			{Title: "state", Min: 7, Drop: 1, Cell: func(row, int) table.Cell { return table.Cell{theme.S(theme.Good, safetext.Const("stable"))} }},
			{Title: "trend", Min: 6, Drop: 2, Cell: func(row, int) table.Cell { return nil }},
		},
		Empty: safetext.Const("No groups yet. A consumer that joins one shows up here."),
	}
}

func rows() []row { return []row{{"a", 9}, {"b", 100}, {"c", 20}, {"d", 3}} }

func plain[R any](t *table.Table[R]) []string {
	return strings.Split(ansi.Strip(t.View(theme.Theme{})), "\n")
}

func selected(t *testing.T, tb *table.Table[row]) string {
	t.Helper()
	r, ok := tb.Selected()
	if !ok {
		return ""
	}
	return r.name
}

func TestView(t *testing.T) {
	tb := table.New(options())
	tb.SetSize(44, 4)
	tb.SetRows(rows())
	tb.Move(1)
	got := strings.Join(plain(tb), "\n")
	want := "" +
		"   group               lag  state    trend  \n" +
		"   a                     9  stable          \n" +
		" ▸ b                   100  stable          \n" +
		"   c                    20  stable          "
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCursorStaysOnItsRow(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*table.Table[row])
		want   string
	}{
		"rows before it":     {func(tb *table.Table[row]) { tb.SetRows(append([]row{{"0", 1}, {"1", 2}}, rows()...)) }, "c"},
		"other order":        {func(tb *table.Table[row]) { r := rows(); slices.Reverse(r); tb.SetRows(r) }, "c"},
		"sorted by number":   {func(tb *table.Table[row]) { tb.SortBy(1) }, "c"},
		"filter that has it": {func(tb *table.Table[row]) { tb.SetFilter("C") }, "c"},
		"filter without it":  {func(tb *table.Table[row]) { tb.SetFilter("d") }, "d"},
		"the row is gone":    {func(tb *table.Table[row]) { tb.SetRows([]row{{"a", 1}, {"b", 1}, {"d", 1}}) }, "d"},
		"all rows are gone":  {func(tb *table.Table[row]) { tb.SetRows(nil) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tb := table.New(options())
			tb.SetSize(60, 4)
			tb.SetRows(rows())
			tb.Select("c")
			c.change(tb)
			if got := selected(t, tb); got != c.want {
				t.Errorf("the cursor is on %q, not %q", got, c.want)
			}
		})
	}
}

func TestNumbersAreSortedAsNumbers(t *testing.T) {
	tb := table.New(options())
	tb.SetSize(60, 10)
	tb.SetRows(rows())
	order := func() string {
		var names string
		for i := range tb.Len() {
			tb.Top()
			tb.Move(i)
			names += selected(t, tb)
		}
		return names
	}
	for _, want := range []string{"abcd", "bcad", "abcd"} { // by name, by lag downwards, as given
		tb.CycleSort()
		if got := order(); got != want {
			t.Errorf("sorted by column %d: %s, want %s", tb.Sorted(), got, want)
		}
	}
}

func TestColumnsDropInTheirOrder(t *testing.T) {
	tb := table.New(options())
	tb.SetRows(rows())
	for w, want := range map[int]string{60: "group lag state trend", 36: "group lag state", 28: "group lag", 13: "group"} {
		tb.SetSize(w, 3)
		if got := strings.Join(strings.Fields(plain(tb)[0]), " "); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
}

func TestOnlyVisibleRowsAreFormatted(t *testing.T) {
	cells := 0
	o := options()
	o.Columns[0].Cell = func(r row, _ int) table.Cell {
		cells++
		return table.Cell{{Text: safetext.Of(r.name)}}
	}
	many := make([]row, 100_000)
	for i := range many {
		many[i] = row{fmt.Sprintf("group-%06d", i), i}
	}
	tb := table.New(o)
	tb.SetSize(80, 24)
	tb.SetRows(many)
	tb.SortBy(1)
	tb.Bottom()
	tb.View(theme.Theme{})
	if cells != 23 {
		t.Errorf("%d cells were formatted for 23 rows in sight", cells)
	}
}

func TestMarks(t *testing.T) {
	tb := table.New(options())
	tb.SetSize(40, 6)
	tb.SetRows(rows())
	if got := tb.Marked(); len(got) != 1 || got[0].name != "a" {
		t.Errorf("without marks an action applies to %v", got)
	}
	tb.Move(1)
	tb.ToggleMark()
	tb.ToggleMark()
	tb.SetRows(rows()[1:])
	if got := tb.Marked(); len(got) != 2 || got[0].name != "b" || got[1].name != "c" {
		t.Errorf("marked %v", got)
	}
	if line := plain(tb)[1]; !strings.HasPrefix(line, "•") {
		t.Errorf("no mark in %q", line)
	}
}

func TestNotesTakeALineAndKeepTheCursorInSight(t *testing.T) {
	o := options()
	o.Note = func(r row) table.Cell {
		if r.name == "b" {
			return table.Cell{{Text: safetext.Const("no member")}}
		}
		return nil
	}
	tb := table.New(o)
	tb.SetSize(40, 4) // three lines of rows
	tb.SetRows(rows())
	tb.Bottom()
	tb.Move(-1)
	got := plain(tb)
	if !strings.Contains(strings.Join(got, "\n"), "▸ c") {
		t.Errorf("the cursor is out of sight:\n%s", strings.Join(got, "\n"))
	}
	tb.Top()
	if again := tb.Mouse(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft}); again || selected(t, tb) != "b" {
		t.Errorf("a click on the note of b chose %q", selected(t, tb))
	}
	if !tb.Mouse(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseLeft}) {
		t.Error("a second click on b is not seen as one")
	}
	tb.Mouse(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if selected(t, tb) != "d" {
		t.Errorf("after the wheel the cursor is on %q", selected(t, tb))
	}
}

func TestFollowTop(t *testing.T) {
	for _, follow := range []bool{true, false} {
		o := options()
		o.FollowTop = follow
		tb := table.New(o)
		tb.SetRows(rows())
		tb.SetRows(append([]row{{"new", 1}}, rows()...))
		if got, want := selected(t, tb), map[bool]string{true: "new", false: "a"}[follow]; got != want {
			t.Errorf("follow %v: on %q, not %q", follow, got, want)
		}
	}
}

func TestEmptySaysWhatWouldFillIt(t *testing.T) {
	tb := table.New(options())
	tb.SetSize(40, 5)
	if got := strings.Join(plain(tb), " "); !strings.Contains(got, "No groups yet.") {
		t.Errorf("got %q", got)
	}
	tb.SetRows(rows())
	tb.SetFilter("zzz\x1b")
	if got := strings.Join(plain(tb), " "); !strings.Contains(got, "Nothing matches") {
		t.Errorf("got %q", got)
	}
}

func TestEverySizeIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	nasty := []string{"\x1b[2J", "日本語", "👨\u200d👩\u200d👧", "e\u0301\u0301\u0301", "שלום", "\xff\x9b", strings.Repeat("x", 256<<10), "नमस्ते", "\t\n"}
	for range 400 {
		o := options()
		o.NoHeader = r.IntN(3) == 0
		if r.IntN(2) == 0 {
			o.Note = func(r row) table.Cell { return table.Cell{{Text: safetext.Of(r.name)}} }
		}
		tb := table.New(o)
		var data []row
		for i := range r.IntN(12) {
			data = append(data, row{fmt.Sprint(i) + nasty[r.IntN(len(nasty))], r.IntN(1e9)})
		}
		tb.SetRows(data)
		for range 4 {
			w, h := r.IntN(90), r.IntN(14)
			tb.SetSize(w, h)
			tb.Move(r.IntN(20) - 10)
			tb.SortBy(r.IntN(5) - 1)
			if r.IntN(4) == 0 {
				tb.SetFilter(nasty[r.IntN(len(nasty))])
			}
			exact(t, tb.View(theme.New(theme.Options{Colours: theme.Full})), w, h)
		}
	}
}

func exact(t *testing.T, block string, w, h int) {
	t.Helper()
	lines := strings.Split(block, "\n")
	if h == 0 && block == "" {
		return
	}
	if len(lines) != h {
		t.Fatalf("%d lines, not %d", len(lines), h)
	}
	for _, l := range lines {
		if ansi.StringWidth(l) != w || ansi.StringWidthWc(l) != w {
			t.Fatalf("%d cells, not %d: %q", ansi.StringWidth(l), w, l)
		}
	}
}
