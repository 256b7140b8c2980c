package run

import (
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// indent is where everything but the verdict begins.
const indent = 3

// View draws the lines in sight.
func (p *Page) View(f ui.Frame) string {
	p.frame = f
	all := p.lines(f)
	top := max(0, min(p.top, len(all)-f.H))
	all = all[top:]
	if len(all) > f.H && f.H > 1 {
		more := safetext.Join(f.Theme.Glyphs().Down, safetext.Sprintf(" %d more lines: j, PgDn", len(all)-f.H+1))
		all = append(all[:f.H-1:f.H-1], theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, more)})
	}
	return ui.Block(f, all...)
}

// lines is the whole page.
func (p *Page) lines(f ui.Frame) []theme.Line {
	if !p.known {
		return p.unknown(f)
	}
	j := p.shown()
	all := append([]theme.Line{p.headline(f, j)}, p.words(f, j)...)
	all = append(all, theme.Line{}, p.asked(f, j), theme.Line{})
	all = append(all, bars(f, j)...)
	if r := p.facts(f, j); len(r) > 0 {
		all = append(append(all, theme.Line{}), r...)
	}
	for _, section := range [][]theme.Line{p.charts(f, j), partitions(f, j), workers(f, j), p.notes(f, j)} {
		if len(section) > 0 {
			all = append(append(all, theme.Line{}), section...)
		}
	}
	return all
}

// unknown says why there is no run to show.
func (p *Page) unknown(f ui.Frame) []theme.Line {
	if problem, bad := ui.ProblemOf(p.err); bad {
		return problem.Lines(f.Theme, f.W)
	}
	say := safetext.Const("Looking for the run …")
	switch {
	case p.looked && p.id == "":
		say = safetext.Const("No runs yet. n sends messages and follows each one.")
	case p.looked:
		say = safetext.Join(safetext.Const("There is no run "), ui.T(p.id), safetext.Const(" on this cluster. :runs shows all there are."))
	}
	return ui.Prose(theme.Muted, indent, f.W-indent, say)
}

// headline is the answer.
func (p *Page) headline(f ui.Frame, j roundtrip.Judgement) theme.Line {
	line := append(theme.Line{{Text: safetext.Spaces(1)}}, verdict.Label(f.Theme, j.Verdict)...)
	for i := range line {
		line[i].Strong = true
	}
	line = append(line, theme.S(theme.Muted, safetext.Const(" — ")), theme.Span{Text: verdict.Numbers(j), Strong: true})
	switch {
	case p.verifying:
		line = append(line, theme.S(theme.Accent, safetext.Join(safetext.Const("   "), f.Theme.Glyphs().Busy, safetext.Const(" scanning the topic"))))
	case j.Verified:
		line = append(line, theme.S(theme.Good, safetext.Join(safetext.Const("   "), f.Theme.Glyphs().Done, safetext.Const(" verified"))))
	}
	return line
}

// words say it in sentences: what, why, and what to try.
func (p *Page) words(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	lines := ui.Prose(theme.Text, indent, f.W-indent, verdict.Sentence(j))
	if j.Cause != "" && !strings.Contains(j.Said, j.Cause) {
		lines = append(lines, ui.Prose(verdict.Role(j.Verdict), indent, f.W-indent, safetext.Join(safetext.Const("Why: "), ui.T(j.Cause)))...)
	}
	if j.Hint != "" {
		lines = append(lines, ui.Prose(theme.Text, indent, f.W-indent, safetext.Join(safetext.Const("Try: "), ui.T(j.Hint)))...)
	}
	if problem, bad := ui.ProblemOf(p.err); bad {
		lines = append(lines, ui.Prose(theme.Bad, indent, f.W-indent, safetext.Join(safetext.Const("As last known: "), problem.What, safetext.Const(": "), problem.Why))...)
	}
	return lines
}

// asked is what the run was: topic, messages, proof, sender, when.
func (p *Page) asked(f ui.Frame, j roundtrip.Judgement) theme.Line {
	r := j.Run
	rate := safetext.Const("as fast as possible")
	if r.Rate > 0 {
		rate = safetext.Join(safetext.Const("at "), ui.Rate(r.Rate))
	}
	sender := safetext.Const("sent by one process")
	if r.Sender == roundtrip.SendWorkers {
		sender = safetext.Const("sent by workers")
	}
	dot := theme.S(theme.Muted, safetext.Const(" · "))
	line := theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Accent, ui.T(r.Topic).Truncate(40)), dot,
		theme.S(theme.Muted, safetext.Join(ui.Plural(r.Count, "message", "messages"), safetext.Spaces(1), rate)), dot,
		theme.S(theme.Muted, verdict.Proof(r)), dot, theme.S(theme.Muted, sender)}
	if r.File != "" {
		line = append(line, dot, theme.S(theme.Muted, safetext.Join(safetext.Const("from "), ui.T(r.File))))
	}
	return append(line, dot, theme.S(theme.Muted, f.Times.Second(r.Created)))
}

// bars are sent, stored and processed against what was asked for.
func bars(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	remark := safetext.Text{}
	if took := j.LastSent.Sub(j.FirstSent); !j.FirstSent.IsZero() && took > 0 {
		remark = safetext.Join(safetext.Const("in "), ui.Duration(took), safetext.Const(", "), ui.Rate(float64(j.Sent)/took.Seconds()))
	}
	stored := safetext.Join(ui.Count(j.Failed), safetext.Const(" failed"))
	if j.PossiblyStored > 0 {
		stored = safetext.Join(stored, safetext.Const(", "), ui.Count(j.PossiblyStored), safetext.Const(" possibly stored"))
	}
	processed := safetext.Text{}
	if n := len(j.Workers); n > 0 {
		processed = ui.Plural(n, "worker", "workers")
	}
	if j.Waiting > 0 {
		waiting := safetext.Join(ui.Count(j.Waiting), safetext.Const(" waiting"))
		if !processed.IsEmpty() {
			waiting = safetext.Join(safetext.Const(", "), waiting)
		}
		processed = safetext.Join(processed, waiting)
	}
	role := verdict.Role(j.Verdict)
	return []theme.Line{
		bar(f, j, safetext.Const("sent"), j.Sent, theme.Accent, remark),
		bar(f, j, safetext.Const("stored"), j.Stored, theme.Accent, stored),
		bar(f, j, verdict.Handled(j.Run.Evidence.Kind), j.Processed(), role, processed),
	}
}

// bar is one line; its parts have fixed places, so that growing digits move nothing.
func bar(f ui.Frame, j roundtrip.Judgement, name safetext.Text, n int64, role theme.Role, remark safetext.Text) theme.Line {
	digits := max(7, ui.Count(j.Run.Count).Width())
	const label, percent, room = 11, 8, 30
	w := max(0, min(48, f.W-indent-label-digits-2-percent-room))
	line := theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, name.Fit(label)), {Text: ui.CountIn(n, digits).FitRight(digits)}, {Text: safetext.Spaces(2)}}
	line = append(line, chart.Bar(f.Theme, w, float64(n), float64(j.Run.Count), role)...)
	return append(line, theme.Span{Text: ui.Percent(n, j.Run.Count).FitRight(percent)}, theme.Span{Text: safetext.Spaces(3)}, theme.S(theme.Muted, remark))
}

// chartH is the height of the charts, their axis included.
const chartH = 6

// charts are the rate as this console saw it, and the spread of the latencies, side by side.
func (p *Page) charts(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	w := (min(f.W, 140) - 2*indent - 4) / 2
	if w < 16 {
		return nil
	}
	left := p.rateChart(f, j, w)
	right := latencyChart(f, j, w)
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	}
	lines := make([]theme.Line, len(left))
	for i := range left {
		lines[i] = append(theme.FitLine(left[i], indent+w+1), right[i]...)
	}
	return lines
}

func (p *Page) rateChart(f ui.Frame, j roundtrip.Judgement, w int) []theme.Line {
	at := func(s live.Sample) int64 { return s.Processed }
	values := p.history.Rates(max(1, w-9), at)
	if !slices.ContainsFunc(values, func(v float64) bool { return v > 0 }) {
		return nil
	}
	from, to := p.history[0].At, p.history[len(p.history)-1].At
	c := chart.Columns{Values: values, Label: ui.Rate, From: f.Times.Second(from), To: f.Times.Second(to), Role: theme.Accent}
	return titled(safetext.Join(verdict.Handled(j.Run.Evidence.Kind), safetext.Const(" a second, as seen here")), c.View(f.Theme, w, chartH))
}

func latencyChart(f ui.Frame, j roundtrip.Judgement, w int) []theme.Line {
	if len(j.Latency.Histogram) == 0 {
		return nil
	}
	values := make([]float64, len(j.Latency.Histogram))
	for i, n := range j.Latency.Histogram {
		values[i] = float64(n)
	}
	c := chart.Columns{Values: values, Label: ui.Short, From: ui.Duration(j.Latency.Least), To: ui.Duration(j.Latency.Max), Role: theme.Accent, Stretch: true}
	return titled(safetext.Const("messages by latency, sent → visible"), c.View(f.Theme, w, chartH))
}

func titled(title safetext.Text, body []theme.Line) []theme.Line {
	lines := []theme.Line{{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, title)}}
	for _, l := range body {
		lines = append(lines, append(theme.Line{{Text: safetext.Spaces(indent)}}, l...))
	}
	return lines
}

// notes are what limits the verdict.
func (p *Page) notes(f ui.Frame, j roundtrip.Judgement) []theme.Line {
	var lines []theme.Line
	for _, n := range j.Notes {
		lines = append(lines, ui.Prose(theme.Muted, indent, f.W-indent, ui.T(n))...)
	}
	if j.Discarded > 0 {
		lines = append(lines, ui.Prose(theme.Warn, indent, f.W-indent, safetext.Join(ui.Count(j.Discarded), safetext.Const(" records carried the run's header with a sequence number it does not have; they do not count.")))...)
	}
	if d := j.Latency.ClockDifference; d >= time.Millisecond && len(j.Notes) == 0 {
		lines = append(lines, ui.Prose(theme.Muted, indent, f.W-indent, safetext.Join(safetext.Const("Clocks differ by up to "), ui.Duration(d), safetext.Const(": latencies are that uncertain.")))...)
	}
	return lines
}
