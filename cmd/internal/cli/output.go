package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/krapp-io/krapp/tui/safetext"
)

// Format is how results are written.
type Format string

// The formats. JSON is one object a line, also for lists and streams; its fields are in docs/json.md.
const (
	Table Format = "table"
	JSON  Format = "json"
	YAML  Format = "yaml"
)

// String, Set and Type make Format a flag.
func (f *Format) String() string { return string(*f) }

// Set parses a flag's text.
func (f *Format) Set(s string) error {
	switch Format(s) {
	case Table, JSON, YAML:
		*f = Format(s)
		return nil
	}
	return fmt.Errorf("%q is none of table, json, yaml", s)
}

// Type is shown in the help.
func (f *Format) Type() string { return "table|json|yaml" }

// Output writes results, and nothing but results.
type Output struct {
	W      io.Writer
	Format Format
}

// Column is one column of a table. Text may return anything: it is made safe for a terminal. A column whose cells are all empty is left out.
type Column[T any] struct {
	Title string
	Right bool // numbers
	Text  func(T) string
}

// List writes rows: as a table, as a JSON object each, or as one YAML sequence.
func List[T any](o Output, rows []T, columns ...Column[T]) error {
	switch o.Format {
	case JSON:
		for _, r := range rows {
			if err := o.json(r); err != nil {
				return err
			}
		}
		return nil
	case YAML:
		if rows == nil {
			rows = []T{}
		}
		return o.yaml(rows)
	}
	return writeTable(o.W, rows, columns)
}

// One writes a single result; table writes it for people.
func One[T any](o Output, v T, table func(w io.Writer, v T) error) error {
	switch o.Format {
	case JSON:
		return o.json(v)
	case YAML:
		return o.yaml(v)
	}
	return table(o.W, v)
}

// Item writes one element of a stream, whose end isn't known: in YAML a document each.
func Item[T any](o Output, v T, table func(w io.Writer, v T) error) error {
	if o.Format == YAML {
		if _, err := io.WriteString(o.W, "---\n"); err != nil {
			return err
		}
	}
	return One(o, v, table)
}

func (o Output) json(v any) error {
	enc := json.NewEncoder(o.W)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// yaml writes what JSON would say, in the same order and under the same names: JSON is YAML, so that its nodes can be restyled.
func (o Output) yaml(v any) error {
	var raw bytes.Buffer
	if err := (Output{W: &raw}).json(v); err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw.Bytes(), &doc); err != nil {
		return err
	}
	blockStyle(&doc)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err := o.W.Write(out.Bytes())
	return err
}

// blockStyle takes JSON's braces off. Strings that would read as another type stay quoted by the encoder.
func blockStyle(n *yaml.Node) {
	if len(n.Content) > 0 || n.Kind == yaml.ScalarNode {
		n.Style = 0
	}
	for _, c := range n.Content {
		blockStyle(c)
	}
}

func writeTable[T any](w io.Writer, rows []T, columns []Column[T]) error {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c Column[T]) bool {
		return len(rows) > 0 && !slices.ContainsFunc(rows, func(r T) bool { return c.Text(r) != "" })
	})
	cells := make([][]safetext.Text, len(rows)+1)
	widths := make([]int, len(columns))
	for c, col := range columns {
		cells[0] = append(cells[0], safetext.Of(strings.ToUpper(col.Title)))
		for r, row := range rows {
			cells[r+1] = append(cells[r+1], safetext.Of(col.Text(row)))
		}
		for r := range cells {
			widths[c] = max(widths[c], cells[r][c].Width())
		}
	}
	var b strings.Builder
	for _, line := range cells {
		var l strings.Builder
		for c, cell := range line {
			if c > 0 {
				l.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[c]-cell.Width())
			if columns[c].Right {
				l.WriteString(pad + cell.String())
			} else {
				l.WriteString(cell.String() + pad)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Field is one line of a description.
type Field struct{ Name, Text string }

// Fields writes "name  text" lines, aligned.
func Fields(w io.Writer, fields ...Field) error {
	width := 0
	for _, f := range fields {
		width = max(width, len(f.Name))
	}
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s  %s", width, f.Name, safetext.Of(f.Text)), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
