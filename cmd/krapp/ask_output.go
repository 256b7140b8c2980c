package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/safetext"
)

// excerptWidth is how much of a record is shown below its citation, in cells.
const excerptWidth = 100

// writeAnswer writes an answer for people: what it says, what that rests on, and what limits it.
func writeAnswer(w io.Writer, a seer.Answer) error {
	lines := []string{}
	for line := range strings.SplitSeq(strings.TrimSpace(a.Text), "\n") {
		lines = append(lines, safetext.Of(line).String())
	}
	if len(a.Citations) > 0 {
		lines = append(lines, "")
	}
	for _, c := range a.Citations {
		lines = append(lines, citationLines(c)...)
	}
	lines = append(lines, "")
	for _, note := range a.Notes {
		lines = append(lines, "note: "+safetext.Of(note).String())
	}
	if len(a.Nearest) > 0 {
		lines = append(lines, "nearest: "+safetext.Of(strings.Join(a.Nearest, ", ")).String())
	}
	lines = append(lines, footing(a))
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func citationLines(c seer.Citation) []string {
	head := fmt.Sprintf("[%d] %s %d@%d", c.N, safetext.Of(c.Place.Topic), c.Place.Partition, c.Place.Offset)
	if c.Title != "" {
		head += "  " + safetext.Of(c.Title).String()
	}
	if !c.Place.At.IsZero() {
		head += "  " + c.Place.At.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	if c.Like > 1 {
		head += fmt.Sprintf("  one of %s alike", grouped(c.Like))
	}
	if c.Gone != "" {
		head += "  gone: " + safetext.Of(c.Gone).String()
	}
	return []string{head, "    " + safetext.Of(strings.Join(strings.Fields(c.Excerpt), " ")).Truncate(excerptWidth).String()}
}

// footing says by what right an answer is given.
func footing(a seer.Answer) string {
	parts := []string{string(a.Way)}
	if records := counted(a.Counted); records != "" {
		parts = append(parts, records)
	}
	model := "no model"
	if a.Model != "" {
		model = "written by " + safetext.Of(a.Model).String()
	}
	return strings.Join(append(parts, freshness(a.Fresh), model), " · ")
}

// counted sums up what was read, by topic.
func counted(ranges []seer.Counted) string {
	records, partitions, topics := int64(0), 0, []string{}
	for _, c := range ranges {
		records += c.Records
		partitions++
		if len(topics) == 0 || topics[len(topics)-1] != c.Topic {
			topics = append(topics, c.Topic)
		}
	}
	switch {
	case partitions == 0:
		return ""
	case len(topics) > 3:
		return fmt.Sprintf("read %s records of %d topics", grouped(records), len(topics))
	}
	return fmt.Sprintf("read %s records of %s", grouped(records), safetext.Of(strings.Join(topics, ", ")))
}

func freshness(f seer.Freshness) string {
	text := "nothing learned"
	if !f.At.IsZero() {
		text = "learned to " + f.At.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	switch {
	case f.Behind < 0:
		return text + ", how far behind is not known"
	case f.Behind > 0:
		return fmt.Sprintf("%s, %s offsets behind", text, grouped(f.Behind))
	}
	return text
}

func writeStatus(w io.Writer, s seer.Status) error {
	model := "none: answers are put together from the evidence"
	if s.Model != "" {
		model = s.Model
	}
	fields := []cli.Field{
		{Name: "state", Text: string(s.State)}, {Name: "messages", Text: grouped(s.Messages)}, {Name: "kinds", Text: grouped(int64(s.Templates))},
		{Name: "passages", Text: grouped(int64(s.Passages))}, {Name: "topics", Text: strings.Join(s.Topics, ", ")},
		{Name: "freshness", Text: freshness(s.Fresh)}, {Name: "embedder", Text: s.Embedder}, {Name: "model", Text: model},
	}
	if s.Err != "" {
		fields = append(fields, cli.Field{Name: "trouble", Text: s.Err})
	}
	for _, note := range s.Notes {
		fields = append(fields, cli.Field{Name: "note", Text: note})
	}
	for _, question := range s.Suggestions {
		fields = append(fields, cli.Field{Name: "ask", Text: question})
	}
	return cli.Fields(w, fields...)
}
