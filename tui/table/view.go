package table

import (
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// View draws exactly the size of SetSize: h lines of w cells.
func (t *Table[R]) View(th theme.Theme) string {
	lines := make([]string, 0, t.h)
	widths := t.layout()
	if !t.options.NoHeader && t.h > 0 {
		lines = append(lines, t.header(th, widths))
	}
	if len(t.order) == 0 {
		lines = t.empty(th, lines)
	}
	for i := t.top; i < len(t.order) && len(lines) < t.h; i++ {
		lines = append(lines, t.row(th, widths, i))
		if t.options.Note == nil || len(lines) == t.h {
			continue
		}
		if note := t.options.Note(t.rows[t.order[i]]); len(note) > 0 {
			lines = append(lines, th.Fit(t.w, append(theme.Line{{Text: safetext.Spaces(gutter + 2)}}, note...)))
		}
	}
	for len(lines) < t.h {
		lines = append(lines, strings.Repeat(" ", t.w))
	}
	return strings.Join(lines, "\n")
}

func (t *Table[R]) header(th theme.Theme, widths []int) string {
	g := th.Glyphs()
	line := theme.Line{{Text: safetext.Spaces(gutter)}}
	first := true
	for i, c := range t.options.Columns {
		if widths[i] == 0 {
			continue
		}
		if !first {
			line = append(line, theme.Span{Text: safetext.Spaces(gap)})
		}
		first = false
		title := safetext.Of(c.Title)
		if i == t.sortBy {
			sign := g.Up
			if c.Descending {
				sign = g.Down
			}
			title = safetext.Join(title, sign)
		}
		line = append(line, theme.S(theme.Muted, align(title, widths[i], c.Align)))
	}
	return th.Fit(t.w, line)
}

func align(t safetext.Text, w int, a Align) safetext.Text {
	if a == Right {
		return t.FitRight(w)
	}
	return t.Fit(w)
}

func (t *Table[R]) row(th theme.Theme, widths []int, i int) string {
	row := t.rows[t.order[i]]
	line := make(theme.Line, 0, 2*len(widths)+1)
	line = append(line, t.gutter(th, i, row)...)
	first := true
	for c, w := range widths {
		if w == 0 {
			continue
		}
		if !first {
			line = append(line, theme.Span{Text: safetext.Spaces(gap)})
		}
		first = false
		line = append(line, fit(t.options.Columns[c].Cell(row, w), w, t.options.Columns[c].Align)...)
	}
	line = theme.FitLine(line, t.w)
	if i == t.cursor && t.focus {
		return th.RenderSelected(line...)
	}
	return th.Render(line...)
}

// gutter is the cursor's sign and the mark's.
func (t *Table[R]) gutter(th theme.Theme, i int, row R) theme.Line {
	g := th.Glyphs()
	line := theme.Line{{Text: safetext.Spaces(1)}, {Text: safetext.Spaces(1)}, {Text: safetext.Spaces(1)}}
	if _, on := t.marks[t.options.Key(row)]; on {
		line[0] = theme.S(theme.Accent, g.Mark)
	}
	if i == t.cursor {
		line[1] = theme.S(theme.Accent, g.Cursor)
		if !t.focus {
			line[1].Role = theme.Muted
		}
	}
	return line
}

// fit makes a cell exactly w wide, leaning to its side.
func fit(c Cell, w int, a Align) theme.Line {
	if a == Right {
		if free := w - c.Width(); free > 0 {
			return append(theme.Line{{Text: safetext.Spaces(free)}}, c...)
		}
	}
	return theme.FitLine(c, w)
}

// empty says what would fill the table, or that the filter hides it all.
func (t *Table[R]) empty(th theme.Theme, lines []string) []string {
	say := t.options.Empty
	if len(t.rows) > 0 {
		say = safetext.Sprintf("Nothing matches %q. Esc shows everything.", t.filter)
	}
	for _, l := range say.Words(t.w - 2*gutter) {
		if len(lines) == t.h {
			break
		}
		lines = append(lines, th.Fit(t.w, theme.Line{{Text: safetext.Spaces(gutter)}, theme.S(theme.Muted, l)}))
	}
	return lines
}
