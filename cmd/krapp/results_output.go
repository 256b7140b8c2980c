package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// groupJSON is one row of results.
type groupJSON struct {
	Job    string                     `json:"job"`
	Key    map[string]string          `json:"key"`
	Labels map[string]string          `json:"labels,omitempty"`
	Rows   int64                      `json:"rows"`
	Values map[string]json.RawMessage `json:"values"`
}

// completenessJSON is the line after the rows.
type completenessJSON struct {
	Completeness materialise.Report `json:"completeness"`
}

// resultsPicture is everything at once, for --watch.
type resultsPicture struct {
	Groups       []groupJSON        `json:"groups"`
	Completeness materialise.Report `json:"completeness"`
}

func pictureOf(v *materialise.View) resultsPicture {
	p := resultsPicture{Groups: []groupJSON{}, Completeness: v.Report()}
	for i := range v.Groups {
		p.Groups = append(p.Groups, groupOf(v.Job, &v.Groups[i]))
	}
	return p
}

func groupOf(j *job.Job, g *job.Group) groupJSON {
	out := groupJSON{Job: j.Name, Key: map[string]string{}, Labels: map[string]string{}, Rows: g.Rows, Values: map[string]json.RawMessage{}}
	for i, field := range j.GroupBy {
		out.Key[field] = g.Key[i]
		if g.Labels[i] != "" {
			out.Labels[field] = g.Labels[i]
		}
	}
	for i, a := range j.Aggregates {
		out.Values[a.Name] = json.RawMessage("null")
		if g.Values[i].Text != "" {
			out.Values[a.Name] = json.RawMessage(g.Values[i].Text)
		}
	}
	return out
}

// write shows an answer and, behind it, how complete it is.
func (r *resultsRun) write(w io.Writer, v *materialise.View) error {
	if r.app.format == cli.Table {
		return writeResults(w, v)
	}
	p := pictureOf(v)
	rows := make([]any, 0, len(p.Groups)+1)
	for _, g := range p.Groups {
		rows = append(rows, g)
	}
	return cli.List(r.app.output(), append(rows, completenessJSON{p.Completeness}))
}

// barWidth is the widest bar, in cells.
const barWidth = 24

// writeResults is the answer for people: values with their labels, the aggregates, a bar of the first one, and the sentence.
func writeResults(w io.Writer, v *materialise.View) error {
	var columns []cli.Column[job.Group]
	for i, field := range v.Job.GroupBy {
		columns = append(columns,
			cli.Column[job.Group]{Title: field, Text: func(g job.Group) string { return g.Key[i] }},
			cli.Column[job.Group]{Title: "label", Text: func(g job.Group) string { return g.Labels[i] }})
	}
	for i, a := range v.Job.Aggregates {
		columns = append(columns, cli.Column[job.Group]{Title: a.Name, Right: true, Text: func(g job.Group) string { return g.Values[i].Text }})
	}
	largest := 0.0
	for i := range v.Groups {
		largest = max(largest, v.Groups[i].Values[0].Number)
	}
	columns = append(columns, cli.Column[job.Group]{Title: "", Text: func(g job.Group) string { return barText(g.Values[0].Number, largest) }})
	if len(v.Groups) > 0 {
		if err := cli.List(cli.Output{W: w, Format: cli.Table}, v.Groups, columns...); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s\n", safetext.Of(v.Completeness.Sentence))
	return err
}

// barText is a bar in eighths of a cell; what is not zero shows.
func barText(n, largest float64) string {
	if largest <= 0 || n <= 0 {
		return ""
	}
	eighths := max(1, int(n/largest*barWidth*8+0.5))
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}
