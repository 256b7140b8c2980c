package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

type resultColumn = table.Column[Result]

func keyOf(r Result) string { return strings.Join(r.Key, "\x00") }

// labelOf is the labels of a group's codes.
func labelOf(r Result) string {
	var all []string
	for _, l := range r.Labels {
		if l != "" {
			all = append(all, l)
		}
	}
	return strings.Join(all, ", ")
}

// resultsTable has the job's columns: what rows are grouped by, the labels, and one value with its bar or all values. On a narrow screen the
// labels go first, then the bar.
func (p *Page) resultsTable() *table.Table[Result] {
	job := &p.pic.facts.Job
	var columns []resultColumn
	for i, name := range job.GroupBy {
		columns = append(columns, resultColumn{Title: cut(name), Min: p.keyWidth(i), Cell: func(r Result, _ int) table.Cell {
			if i >= len(r.Key) {
				return nil
			}
			return table.Cell{{Text: ui.T(r.Key[i])}}
		}})
	}
	if p.labels {
		columns = append(columns, resultColumn{Title: "description", Min: 14, Max: 52, Weight: 3, Drop: 2, Cell: func(r Result, _ int) table.Cell {
			return table.Cell{theme.S(theme.Muted, ui.T(labelOf(r)))}
		}})
	}
	switch {
	case len(job.Values) == 0:
	case p.wide:
		for i, name := range job.Values {
			columns = append(columns, valueColumn(i, name, i))
		}
	default:
		at := min(p.value, len(job.Values)-1)
		columns = append(columns, valueColumn(at, job.Values[at], 0))
		columns = append(columns, resultColumn{Title: "", Min: 6, Max: 60, Weight: 2, Drop: 1, Cell: func(r Result, w int) table.Cell {
			if at >= len(r.Values) {
				return nil
			}
			return chart.Bar(p.frame.Theme, w, r.Values[at].Number, p.largest, theme.Accent)
		}})
	}
	return table.New(table.Options[Result]{
		Key: keyOf, Columns: columns, Empty: safetext.Const("No results yet."),
		Match: func(r Result, f string) bool {
			return strings.Contains(strings.ToLower(strings.Join(r.Key, " ")+" "+labelOf(r)), f)
		},
	})
}

// The cells of what rows are grouped by.
const (
	minKey  = 4
	maxKey  = 24
	keyRows = 1000 // that are looked at for it
)

func (p *Page) keyWidth(i int) int {
	if i < len(p.keys) {
		return p.keys[i]
	}
	return minKey
}

// widen makes room for what rows are grouped by, and says whether it had to. Columns only grow, so that they seldom move.
func (p *Page) widen() (grown bool) {
	for len(p.keys) < len(p.pic.facts.Job.GroupBy) {
		p.keys = append(p.keys, minKey)
	}
	for _, r := range p.pic.facts.Results[:min(keyRows, len(p.pic.facts.Results))] {
		for i, k := range r.Key[:min(len(r.Key), len(p.keys))] {
			if p.keys[i] < maxKey && len(k) > p.keys[i] { // seldom: most are measured once
				if w := min(maxKey, ui.T(k).Width()); w > p.keys[i] {
					p.keys[i], grown = w, true
				}
			}
		}
	}
	return grown
}

// cut keeps a title from taking a table's whole width.
func cut(name string) string { return ui.T(name).Truncate(20).String() }

// valueColumn is an aggregate's; those with a higher drop go first when there is no room.
func valueColumn(i int, name string, drop int) resultColumn {
	number := func(r Result) float64 {
		if i >= len(r.Values) {
			return 0
		}
		return r.Values[i].Number
	}
	return resultColumn{Title: cut(name), Min: 11, Align: table.Right, Drop: drop, Descending: true,
		Compare: func(a, b Result) int { return cmp.Compare(number(a), number(b)) },
		Cell: func(r Result, w int) table.Cell {
			if i >= len(r.Values) || r.Values[i].Text == "" {
				return table.Cell{theme.S(theme.Muted, ui.None())}
			}
			return table.Cell{{Text: figure(r.Values[i], w)}}
		}}
}

// figure is a value in w cells: with commas if it is a whole number, with fewer digits behind the point if it isn't and has to be.
func figure(v Value, w int) safetext.Text {
	if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
		return ui.CountIn(n, w)
	}
	if t := ui.T(v.Text); t.Width() <= min(w, 10) {
		return t
	}
	if t := safetext.Sprintf("%.2f", v.Number); t.Width() <= w {
		return t
	}
	if t := safetext.Sprintf("%.3g", v.Number); t.Width() <= w {
		return t
	}
	return safetext.Const("#").Repeat(w)
}

type sourceColumn = table.Column[Source]

// sourcesTable drops size, rows, what is computed and then the bar; the source, its state and its chunks stay.
func sourcesTable(frame func() ui.Frame) *table.Table[Source] {
	count := func(title string, w, drop int, of func(Source) int64) sourceColumn {
		return sourceColumn{Title: title, Min: w, Max: 12, Align: table.Right, Drop: drop, Descending: true,
			Compare: func(a, b Source) int { return cmp.Compare(of(a), of(b)) },
			Cell:    func(s Source, w int) table.Cell { return table.Cell{{Text: ui.CountIn(of(s), w)}} }}
	}
	return table.New(table.Options[Source]{
		Key: func(s Source) string { return s.ID },
		Match: func(s Source, f string) bool {
			return strings.Contains(strings.ToLower(s.ID+" "+s.URL+" "+string(s.Phase)), f)
		},
		Note: failureNote,
		Columns: []sourceColumn{
			{Title: "source", Min: 10, Max: 30, Weight: 2, Cell: func(s Source, _ int) table.Cell { return table.Cell{{Text: ui.T(s.ID)}} }},
			{Title: "state", Min: 11, Compare: func(a, b Source) int { return cmp.Compare(rank(a), rank(b)) },
				Cell: func(s Source, _ int) table.Cell { return stateCell(frame().Theme, s) }},
			{Title: "", Min: 6, Max: 24, Weight: 2, Drop: 1, Cell: func(s Source, w int) table.Cell { return progressBar(frame().Theme, s, w) }},
			{Title: "read", Min: 6, Align: table.Right, Drop: 2, Cell: progressCell},
			count("chunks", 6, 0, func(s Source) int64 { return s.Chunks }),
			count("computed", 8, 3, func(s Source) int64 { return s.Counted }),
			count("rows", 10, 4, func(s Source) int64 { return s.Rows }),
			{Title: "size", Min: 9, Align: table.Right, Drop: 5, Cell: func(s Source, _ int) table.Cell {
				if s.Size <= 0 && s.Phase != Done {
					return table.Cell{theme.S(theme.Muted, ui.None())}
				}
				return table.Cell{theme.S(theme.Muted, ui.Bytes(max(s.Size, s.Read)))}
			}},
		},
	})
}

// failureNote says under a source why it failed; the text says where.
func failureNote(s Source) table.Cell {
	if s.Phase != Failed {
		return nil
	}
	return table.Cell{theme.S(theme.Bad, ui.T(s.Failure)), theme.S(theme.Muted, safetext.Join(safetext.Spaces(2), ui.T(s.URL)))}
}

// rank orders states: what calls for a look first.
func rank(s Source) int {
	return slices.Index([]Phase{Failed, Reading, Pending, Done}, s.Phase)
}

func stateCell(th theme.Theme, s Source) table.Cell {
	g := th.Glyphs()
	say := func(role theme.Role, sign, word safetext.Text) table.Cell {
		return table.Cell{theme.S(role, sign), {Text: safetext.Spaces(1)}, theme.S(role, word)}
	}
	switch {
	case s.Phase == Failed:
		return say(theme.Bad, g.Failed, safetext.Const("failed"))
	case s.Phase == Reading:
		return say(theme.Accent, g.Busy, safetext.Const("reading"))
	case s.Phase == Done && s.Counted < s.Chunks:
		return say(theme.Accent, g.Busy, safetext.Const("computing"))
	case s.Phase == Done && s.Limited:
		return say(theme.Warn, g.Attention, safetext.Const("in part"))
	case s.Phase == Done:
		return say(theme.Good, g.Done, safetext.Const("done"))
	}
	return say(theme.Muted, safetext.Spaces(1), safetext.Const("waiting"))
}

// share is how much of a source has been read, by its compressed bytes; whole is 0 where its size isn't known.
func share(s Source) (part, whole int64) {
	switch {
	case s.Phase == Done && !s.Limited:
		return 1, 1
	case s.Size > 0:
		return min(s.Read, s.Size), s.Size
	}
	return 0, 0
}

func progressBar(th theme.Theme, s Source, w int) table.Cell {
	part, whole := share(s)
	role := theme.Accent
	if s.Phase == Failed {
		role = theme.Bad
	}
	return chart.Bar(th, w, float64(part), float64(whole), role)
}

func progressCell(s Source, _ int) table.Cell {
	part, whole := share(s)
	switch {
	case s.Phase == Pending && part == 0, s.Phase == Failed: // all of a file that was cut short is no 100 %
		return table.Cell{theme.S(theme.Muted, ui.None())}
	case whole == 0 && s.Read > 0: // how far is not known, how much is
		return table.Cell{{Text: ui.Short(float64(s.Read))}}
	}
	return table.Cell{{Text: ui.Percent(part, whole)}}
}

// workersTable drops what waits.
func workersTable() *table.Table[worker] {
	return table.New(table.Options[worker]{
		Key: func(w worker) string { return w.stage + " " + w.member.ID },
		Match: func(w worker, f string) bool {
			return strings.Contains(strings.ToLower(w.stage+" "+w.name), f)
		},
		Columns: []table.Column[worker]{
			{Title: "stage", Min: 7, Cell: func(w worker, _ int) table.Cell { return table.Cell{{Text: safetext.Of(w.stage)}} }},
			{Title: "worker", Min: 14, Max: 60, Weight: 4, Cell: func(w worker, _ int) table.Cell {
				return table.Cell{{Text: ui.T(w.name)}}
			}},
			{Title: "partitions", Min: 10, Max: 24, Weight: 1, Cell: func(w worker, _ int) table.Cell {
				if len(w.partitions) == 0 {
					return table.Cell{theme.S(theme.Muted, safetext.Const("none"))}
				}
				return table.Cell{{Text: ranges(w.partitions)}}
			}},
			{Title: "waiting", Min: 7, Align: table.Right, Drop: 1, Cell: func(w worker, width int) table.Cell {
				if w.records < 0 {
					return table.Cell{theme.S(theme.Muted, ui.None())}
				}
				return table.Cell{{Text: ui.CountIn(w.records, width)}}
			}},
		},
	})
}

// ranges writes sorted numbers: 0–3, 5.
func ranges(sorted []int32) safetext.Text {
	var b strings.Builder
	for i := 0; i < len(sorted); {
		last := i
		for last+1 < len(sorted) && sorted[last+1] == sorted[last]+1 {
			last++
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(int(sorted[i])))
		if last > i {
			b.WriteString("–" + strconv.Itoa(int(sorted[last])))
		}
		i = last + 1
	}
	return safetext.Of(b.String())
}
