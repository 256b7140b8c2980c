package run

import (
	"strings"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// group is the sequence numbers that something happened to.
type group struct {
	name   string
	count  int64
	ranges []roundtrip.Range
	role   theme.Role
}

func ranges(j roundtrip.Judgement) []group {
	return []group{
		{"missing", j.Missing, j.MissingRanges, theme.Bad},
		{"duplicated", j.Duplicated, j.DuplicatedRanges, theme.Bad},
		{"rejected", j.Rejected, j.RejectedRanges, theme.Warn},
		{"failed", j.Failed, j.FailedRanges, theme.Bad},
	}
}

// facts are the ranges and the percentiles, one line each.
func (p *Page) facts(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	var lines []theme.Line
	for _, g := range ranges(j) {
		if g.count > 0 || len(g.ranges) > 0 {
			lines = append(lines, p.rangeLine(f, j, g))
		}
	}
	if at := j.StuckAt; at != nil {
		text := safetext.Sprintf("before #%s, partition %d, offset %s", ui.Count(at.Seq), at.Partition, ui.Count(at.Offset))
		if at.Seq < 0 {
			text = safetext.Sprintf("before partition %d, offset %s", at.Partition, ui.Count(at.Offset))
		}
		lines = append(lines, append(fact(safetext.Const("stands"), theme.S(theme.Warn, text)), p.enter(f, "opens it")...))
	}
	if l := j.Latency; l.Count > 0 {
		spans := []theme.Span{}
		for _, q := range []struct {
			name  safetext.Text
			value safetext.Text
		}{
			{safetext.Const("p50 "), ui.Duration(l.P50)}, {safetext.Const("p90 "), ui.Duration(l.P90)},
			{safetext.Const("p99 "), ui.Duration(l.P99)}, {safetext.Const("max "), ui.Duration(l.Max)},
		} {
			spans = append(spans, theme.S(theme.Muted, q.name), theme.Span{Text: q.value.Fit(max(8, q.value.Width())), Strong: true}, theme.Span{Text: safetext.Spaces(2)})
		}
		lines = append(lines, fact(safetext.Const("latency"), spans...))
	}
	return lines
}

// rangeLine shows as many ranges as there is room for, never half of a number.
func (p *Page) rangeLine(f ui.Frame, j roundtrip.Judgement, g group) theme.Line {
	hint := theme.Line{}
	if g.name == "missing" && j.StuckAt == nil && len(j.MissingAt) > 0 {
		at := j.MissingAt[0]
		hint = append(theme.Line{theme.S(theme.Muted, safetext.Sprintf("   first: partition %d, offset %s", at.Partition, ui.Count(at.Offset)))}, p.enter(f, "opens it")...)
	}
	count := ui.Count(g.count)
	line := fact(ui.T(g.name), theme.Span{Text: count, Role: g.role, Strong: true}, theme.Span{Text: safetext.Spaces(3)})
	room := f.W - line.Width() - hint.Width() - 1
	if room < 24 {
		room, hint = f.W-line.Width()-1, nil
	}
	n := len(g.ranges)
	text := ui.T(list(g.ranges, n))
	for text.Width() > room && n > 0 {
		n = min(n-1, max(1, n*room/text.Width())) // close to what fits, then one by one
		text = ui.T(list(g.ranges, n))
	}
	return append(append(line, theme.Span{Text: text}), hint...)
}

func (p *Page) enter(f ui.Frame, what string) theme.Line {
	return theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Accent, f.Theme.Glyphs().Enter), theme.S(theme.Muted, ui.T(" "+what))}
}

func fact(name safetext.Text, spans ...theme.Span) theme.Line {
	return append(theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, name.Fit(13))}, spans...)
}

// list is the first n ranges: "#4,211–4,216, #4,220 and 12 more".
func list(all []roundtrip.Range, n int) string {
	var b strings.Builder
	for i, r := range all[:n] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("#" + ui.Count(r.First).String())
		if r.Last > r.First {
			b.WriteString("–" + ui.Count(r.Last).String())
		}
	}
	switch rest := len(all) - n; {
	case rest > 0 && n > 0:
		b.WriteString(" and " + ui.Count(rest).String() + " more")
	case rest > 0:
		b.WriteString(ui.Plural(rest, "range", "ranges").String())
	}
	return b.String()
}

// maxRows bounds the lists below the charts.
const maxRows = 500

// partitions says per partition what became of the messages.
func partitions(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	if len(j.Partitions) == 0 {
		return nil
	}
	wide := f.W >= 110
	head := safetext.Join(safetext.Const("partition").Fit(9), safetext.Const("stored").FitRight(14), verdict.Handled(j.Run.Evidence.Kind).FitRight(14), safetext.Const("p99").FitRight(9))
	if wide {
		head = safetext.Join(head, safetext.Spaces(3), safetext.Const("offsets").Fit(33))
	}
	head = safetext.Join(head, safetext.Spaces(3), safetext.Const("worker"))
	lines := []theme.Line{{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, head)}}
	for i, r := range j.Partitions {
		if i == maxRows {
			lines = append(lines, more(len(j.Partitions)-maxRows, "partition", "partitions"))
			break
		}
		lines = append(lines, partitionLine(f, j, r, wide))
	}
	return lines
}

func partitionLine(f ui.Frame, j roundtrip.Judgement, r roundtrip.PartitionOutcome, wide bool) theme.Line {
	role := theme.Text
	r.Stored = max(r.Stored, r.Processed) // the sender reports once a second: what was processed was stored before
	if r.Processed < r.Stored && j.Final {
		role = verdict.Role(j.Verdict)
	}
	p99 := verdict.Brief(r.P99)
	if r.P99 <= 0 {
		p99 = ui.None()
	}
	line := theme.Line{{Text: safetext.Spaces(indent)}, {Text: ui.Count(r.Partition).FitRight(9)}, {Text: ui.CountIn(r.Stored, 13).FitRight(14)},
		theme.S(role, ui.CountIn(r.Processed, 13).FitRight(14)), {Text: p99.FitRight(9)}, {Text: safetext.Spaces(3)}}
	if wide {
		offsets := ui.None()
		if r.FirstOffset >= 0 && r.Stored > 0 {
			offsets = safetext.Join(ui.Count(r.FirstOffset), safetext.Const("–"), ui.Count(r.LastOffset))
		}
		line = append(line, theme.S(theme.Muted, offsets.Fit(33)), theme.Span{Text: safetext.Spaces(3)})
	}
	line = append(line, theme.Span{Text: ui.T(r.Worker)})
	for _, w := range j.Workers {
		if w.Name == r.Worker && w.Left {
			line = append(line, theme.S(theme.Warn, safetext.Join(safetext.Const(", left "), f.Times.Second(w.Last))))
		}
	}
	return line
}

// workers says who processed how many.
func workers(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	if len(j.Workers) == 0 {
		return nil
	}
	head := safetext.Join(safetext.Const("processed").FitRight(23), safetext.Const("last report").FitRight(23), safetext.Spaces(3), safetext.Const("worker"))
	lines := []theme.Line{{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, head)}}
	for i, w := range j.Workers {
		if i == maxRows {
			lines = append(lines, more(len(j.Workers)-maxRows, "worker", "workers"))
			break
		}
		line := theme.Line{{Text: safetext.Spaces(indent)}, {Text: ui.CountIn(w.Processed, 13).FitRight(23)}, {Text: f.Times.Second(w.Last).FitRight(23)}, {Text: safetext.Spaces(3)}, {Text: ui.T(w.Name)}}
		if w.Left {
			line = append(line, theme.S(theme.Warn, safetext.Const("  left the group")))
		}
		lines = append(lines, line)
	}
	return lines
}

func more(n int, one, many string) theme.Line {
	return theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, safetext.Join(safetext.Const("and "), ui.Plural(n, one+" more", many+" more")))}
}
