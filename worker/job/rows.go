package job

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// layout finds the wanted fields in rows. It holds the row that was read last and its scratch, so it is of one goroutine.
type layout struct {
	format Format
	fields []string

	values [][]byte    // the row read last, by field, until the next; nil: the row doesn't have the field
	kinds  []valueKind // JSON lines: what each value was

	vars     map[string]string // of the source that the rows are from
	fromVars []bool            // by field: it is a variable, rows can't replace it

	fixed fixedRows
	csv   csvRows
	json  jsonRows

	window   []byte // scratch: a window's start
	routable bool   // the event read last may be routed
}

// newLayout prepares to find fields in rows. Fields that rows of the format can't have are variables of sources or computed.
func newLayout(f Format, fields []string) (layout, error) {
	l := layout{
		format: f, fields: fields,
		values: make([][]byte, len(fields)), kinds: make([]valueKind, len(fields)), fromVars: make([]bool, len(fields)),
	}
	switch f.Kind {
	case Fixed:
		l.bindColumns(f.Columns)
	case CSV:
		l.bindNames(f.Names)
	case JSONLines:
		l.json = newJSONRows(fields)
	default:
		return layout{}, fmt.Errorf("rows of format %q can't be read", f.Kind)
	}
	return l, nil
}

// fork returns a layout for another goroutine.
func (l *layout) fork() (layout, error) { return newLayout(l.format, l.fields) }

// source says which source the next rows are from: its variables are fields of each.
func (l *layout) source(vars map[string]string) {
	if sameVars(l.vars, vars) {
		return
	}
	l.vars = vars
	clear(l.values)
	clear(l.fromVars)
	for i, f := range l.fields {
		if v, ok := vars[f]; ok {
			l.values[i], l.fromVars[i] = []byte(v), true
		}
	}
}

// read finds the fields of one row and says why it can't be read, or "". line has no line end.
func (l *layout) read(line []byte) (reason string) {
	switch l.format.Kind {
	case Fixed:
		return l.readFixed(line)
	case CSV:
		return l.readCSV(line)
	default:
		return l.readJSON(line)
	}
}

// fixedRows are where the wanted columns are in a row.
type fixedRows struct {
	ranges  []fixedRange
	columns []Column // as given to bindColumns
	need    int      // bytes that a row must have
	widest  string   // the column that needs them
}

type fixedRange struct{ field, from, to int }

func (l *layout) bindColumns(columns []Column) {
	l.fixed = fixedRows{columns: columns, ranges: l.fixed.ranges[:0]}
	for i, f := range l.fields {
		n := slices.IndexFunc(columns, func(c Column) bool { return c.Name == f })
		if n < 0 {
			continue
		}
		c := columns[n]
		l.fixed.ranges = append(l.fixed.ranges, fixedRange{field: i, from: c.First, to: c.Last + 1})
		if c.Last >= l.fixed.need {
			l.fixed.need, l.fixed.widest = c.Last+1, f
		}
	}
}

func (l *layout) readFixed(line []byte) (reason string) {
	if len(line) < l.fixed.need {
		return fmt.Sprintf("the row has %d bytes, column %s needs %d", len(line), l.fixed.widest, l.fixed.need)
	}
	for _, r := range l.fixed.ranges {
		if !l.fromVars[r.field] {
			l.values[r.field] = trimBlanks(line[r.from:r.to])
		}
	}
	return ""
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// packedColumns are the columns as they stand in packed rows, one behind the other, and the width of such a row.
func packedColumns(columns []Column) (packed []Column, width int) {
	for _, c := range columns {
		size := c.Last - c.First + 1
		packed = append(packed, Column{Name: c.Name, First: width, Last: width + size - 1})
		width += size
	}
	return packed, width
}

// lacks names the first wanted column of the format that columns don't hold as the format has it, or "".
func (l *layout) lacks(columns []Column) string {
	for _, c := range l.format.Columns {
		if slices.Contains(l.fields, c.Name) && !slices.Contains(columns, c) {
			return c.Name
		}
	}
	return ""
}

// blank reports whether a line is nothing but blanks, which isn't a row of CSV or JSON.
func blank(line []byte) bool { return len(bytes.TrimLeft(line, " \t\r")) == 0 }

// clip shortens what a message quotes.
func clip(b []byte) string {
	const most = 60
	if len(b) <= most {
		return string(b)
	}
	return strings.ToValidUTF8(string(b[:most]), "") + "…"
}
