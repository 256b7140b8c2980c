// Package report writes what an examination found as Markdown, and keeps it in a README of which parts can be renewed alone.
package report

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// Part is what one examination found.
type Part struct {
	Name     string // as on the command line
	Markdown string
}

// Table is a Markdown table that is filled row by row. The first column is words, the others are figures.
type Table struct {
	head []string
	rows [][]string
}

// NewTable begins a table.
func NewTable(head ...string) *Table { return &Table{head: head} }

// Row adds a row.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// String is the table.
func (t *Table) String() string {
	var b strings.Builder
	b.WriteString("| " + strings.Join(t.head, " | ") + " |\n|---|" + strings.Repeat("---:|", len(t.head)-1) + "\n")
	for _, r := range t.rows {
		b.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	return b.String()
}

// Share writes a ratio of 1 or less as in ".45"; NaN is a dash.
func Share(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strings.TrimPrefix(fmt.Sprintf("%.2f", v), "0")
}

// Of writes a count out of a total.
func Of(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d (%.0f %%)", n, of, 100*float64(n)/float64(of))
}

// Update puts parts into a README in the place of their former selves; order names all that there may be.
func Update(old, intro string, order []string, parts []Part) string {
	texts := make(map[string]string)
	for _, name := range order {
		begin, end := marks(name)
		if m := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(begin) + `\n(.*?)` + regexp.QuoteMeta(end)).FindStringSubmatch(old); m != nil {
			texts[name] = m[1]
		}
	}
	for _, p := range parts {
		texts[p.Name] = strings.TrimRight(p.Markdown, "\n") + "\n"
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(intro, "\n") + "\n")
	for _, name := range order {
		if text, ok := texts[name]; ok {
			begin, end := marks(name)
			fmt.Fprintf(&b, "\n%s\n%s%s\n", begin, text, end)
		}
	}
	return b.String()
}

func marks(name string) (begin, end string) {
	return "<!-- begin " + name + " -->", "<!-- end " + name + " -->"
}
