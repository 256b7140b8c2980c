package seer

import (
	"strings"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/markdown"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// margin is left and right of what is said.
const margin = 3

// Bounds of what is shown of a turn.
const (
	draftBytes = 8 << 10 // the end of a draft; the answer replaces it
	factRows   = 6       // of what was counted
)

// row is one line of the transcript. How many there are depends on the width alone, never on how times are shown.
type row struct {
	line theme.Line
	turn int
	pick *spot // what the whole line stands for
	doc  *markdown.Doc
	at   int // the line of doc
}

// rows is the transcript.
func (p *Page) rows(f ui.Frame) []row {
	if len(p.now.Turns) == 0 {
		return p.opening(f)
	}
	var all []row
	for i, t := range p.now.Turns {
		if i > 0 {
			all = append(all, row{turn: t.N})
		}
		for _, l := range question(f, t.Question) {
			all = append(all, row{turn: t.N, line: l})
		}
		all = append(all, p.outcome(f, t)...)
	}
	return all
}

func question(f ui.Frame, text string) []theme.Line {
	var lines []theme.Line
	for i, l := range ui.T(text).Words(f.W - 2*margin) {
		mark := safetext.Spaces(1)
		if i == 0 {
			mark = f.Theme.Glyphs().Crumb
		}
		lines = append(lines, theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Accent, mark), {Text: safetext.Spaces(1)}, {Text: l, Strong: true}})
	}
	return lines
}

// outcome is what became of a question.
func (p *Page) outcome(f ui.Frame, t live.SeerTurn) []row {
	var lines []theme.Line
	g := f.Theme.Glyphs()
	switch t.State {
	case live.Asking:
		step := safetext.Const("asking")
		if t.Step != "" {
			step = ui.T(t.Step)
		}
		lines = append(draft(f, t.Draft), said(theme.Accent, safetext.Join(g.Busy, safetext.Spaces(1), step)))
	case live.Stopped:
		lines = append(draft(f, t.Draft), said(theme.Warn, safetext.Join(g.Attention, safetext.Const(" stopped: no answer, and what there is of it is unchecked"))))
	case live.Failed:
		if problem, bad := ui.ProblemOf(t.Err); bad {
			lines = problem.Lines(f.Theme, f.W-margin)
		} else {
			lines = []theme.Line{said(theme.Warn, safetext.Join(g.Attention, safetext.Const(" given up")))}
		}
	case live.Answered:
		return p.answer(f, t)
	}
	rows := make([]row, 0, len(lines))
	for _, l := range lines {
		rows = append(rows, row{turn: t.N, line: l})
	}
	return rows
}

// said is a line of the transcript in one role.
func said(role theme.Role, t safetext.Text) theme.Line {
	return theme.Line{{Text: safetext.Spaces(margin)}, theme.S(role, t)}
}

// draft is what a model has written so far: unchecked, so it is muted.
func draft(f ui.Frame, text string) []theme.Line {
	var lines []theme.Line
	if cut := len(text) - draftBytes; cut > 0 {
		_, text, _ = strings.Cut(text[cut:], "\n")
	}
	all, _ := safetext.Lines([]byte(text), draftBytes)
	for _, l := range all {
		lines = append(lines, ui.Prose(theme.Muted, margin, f.W-margin, l)...)
	}
	return lines
}

// answer is an answer, its citations, and by what right it is given.
func (p *Page) answer(f ui.Frame, t live.SeerTurn) []row {
	var rows []row
	add := func(lines ...theme.Line) {
		for _, l := range lines {
			rows = append(rows, row{turn: t.N, line: l})
		}
	}
	doc, done := p.docs[t.N]
	if !done {
		add(said(theme.Muted, safetext.Const("Laying out the answer …")))
	}
	for i, l := range doc.Lines {
		line := append(theme.Line{{Text: safetext.Spaces(margin)}}, l...)
		rows = append(rows, row{turn: t.N, line: line, doc: &doc, at: i})
	}
	if doc.Rest > 0 {
		add(said(theme.Warn, safetext.Join(f.Theme.Glyphs().Attention, safetext.Const(" and "), ui.Bytes(int64(doc.Rest)), safetext.Const(" more, which is not shown"))))
	}
	number, place := widths(t.Answer.Citations)
	for i, c := range t.Answer.Citations {
		rows = append(rows, row{turn: t.N, line: citation(f, c, number, place), pick: &spot{t.N, i}})
	}
	add(facts(f, t.Answer)...)
	return rows
}

// widths are those of the widest number and place.
func widths(all []seer.Citation) (number, place int) {
	for _, c := range all {
		number = max(number, safetext.Sprintf("[%d]", c.N).Width())
		place = max(place, live.PlaceOf(c).Width())
	}
	return number, place
}

// citation is a citation in one line: its number, place, time and how it begins.
func citation(f ui.Frame, c seer.Citation, number, place int) theme.Line {
	line := theme.Line{{Text: safetext.Spaces(margin)}, theme.S(theme.Accent, safetext.Sprintf("[%d]", c.N).FitRight(number)), {Text: safetext.Spaces(1)},
		{Text: live.PlaceOf(c).Fit(min(place, max(16, f.W*2/5)))}}
	gap := theme.Span{Text: safetext.Spaces(2)}
	if f.W >= 60 {
		line = append(line, gap, theme.S(theme.Muted, f.Times.Second(c.Place.At).Fit(11)))
	}
	if c.Gone != "" {
		line = append(line, gap, theme.S(theme.Warn, safetext.Join(f.Theme.Glyphs().Attention, safetext.Const(" gone: "), ui.T(c.Gone).Truncate(40))))
	}
	if c.Like > 0 {
		line = append(line, gap, theme.Span{Text: safetext.Join(ui.Count(c.Like), safetext.Const(" alike"))})
	}
	if c.Title != "" {
		line = append(line, gap, theme.Span{Text: ui.T(c.Title).Truncate(32)})
	}
	line = append(line, gap, theme.S(theme.Muted, markdown.Plain(c.Excerpt)))
	return theme.FitLine(line, f.W-1)
}

// facts say how the answer came about, how fresh it is, and what limits it.
func facts(f ui.Frame, a seer.Answer) []theme.Line {
	lines := []theme.Line{theme.FitLine(append(theme.Line{{Text: safetext.Spaces(margin)}}, about(f, a)...), f.W-1)}
	if counted := countedText(a.Counted); !counted.IsEmpty() {
		rows := ui.Prose(theme.Muted, margin, f.W-margin, counted)
		if len(rows) > factRows {
			rows = append(rows[:factRows-1], said(theme.Muted, safetext.Const("… c copies all of it")))
		}
		lines = append(lines, rows...)
	}
	if len(a.Nearest) > 0 {
		near := safetext.Join(safetext.Const("nearest topics: "), ui.T(strings.Join(a.Nearest, ", ")))
		lines = append(lines, ui.Prose(theme.Text, margin, f.W-margin, near)...)
	}
	for _, n := range a.Notes {
		note := safetext.Join(f.Theme.Glyphs().Attention, safetext.Spaces(1), markdown.Plain(n))
		lines = append(lines, ui.Prose(theme.Warn, margin, f.W-margin, note)...)
	}
	return lines
}

// about is the way, the freshness, the time taken and who wrote it.
func about(f ui.Frame, a seer.Answer) theme.Line {
	way := theme.S(theme.Muted, ui.T(string(a.Way)))
	switch a.Way {
	case seer.Refused:
		way = theme.S(theme.Warn, safetext.Join(f.Theme.Glyphs().Attention, safetext.Const(" refused: the evidence is too weak")))
	case seer.Exact:
		way = theme.S(theme.Good, safetext.Join(f.Theme.Glyphs().Done, safetext.Const(" exact")))
	case seer.Lookup:
		way = theme.S(theme.Good, safetext.Join(f.Theme.Glyphs().Done, safetext.Const(" looked up")))
	case seer.Meaning:
		way = theme.S(theme.Muted, safetext.Const("by meaning"))
	}
	dot := theme.S(theme.Muted, safetext.Const(" · "))
	line := theme.Line{way, dot}
	if a.Fresh.At.IsZero() {
		line = append(line, theme.S(theme.Muted, safetext.Const("nothing learned")))
	} else {
		line = append(line, theme.S(theme.Muted, safetext.Join(safetext.Const("learned to "), f.Times.Second(a.Fresh.At))), dot, live.Behind(a.Fresh))
	}
	line = append(line, dot, theme.S(theme.Muted, ui.Duration(a.Took)))
	if a.Model != "" {
		line = append(line, dot, theme.S(theme.Muted, safetext.Join(safetext.Const("written by "), ui.T(a.Model).Truncate(32))))
	}
	return line
}

// countedText says which offsets were read for an answer.
func countedText(all []seer.Counted) safetext.Text {
	if len(all) == 0 {
		return safetext.Text{}
	}
	var b strings.Builder
	var records int64
	topic := ""
	for i, c := range all {
		records += c.Records
		switch {
		case c.Topic != topic || i == 0:
			if i > 0 {
				b.WriteString("; ")
			}
			b.WriteString(ui.T(c.Topic).String() + " ")
			topic = c.Topic
		default:
			b.WriteString(", ")
		}
		if c.To <= c.From {
			b.WriteString(safetext.Sprintf("%d: none", c.Partition).String())
			continue
		}
		b.WriteString(safetext.Sprintf("%d@%s–%s", c.Partition, ui.Count(c.From).String(), ui.Count(c.To-1).String()).String())
	}
	return safetext.Join(safetext.Const("read "), ui.Plural(records, "record", "records"), safetext.Const(": "), safetext.Of(b.String()))
}

// opening is what the page says before the first question.
func (p *Page) opening(f ui.Frame) []row {
	var rows []row
	add := func(lines ...theme.Line) {
		for _, l := range lines {
			rows = append(rows, row{line: l})
		}
	}
	s := p.now.Status
	switch {
	case len(s.Suggestions) > 0:
		add(said(theme.Muted, safetext.Const("Ask what the messages say. For example:")), nil)
	case p.now.At.IsZero():
	case s.Fresh.At.IsZero():
		add(ui.Prose(theme.Muted, margin, f.W-margin, safetext.Const("The seer has read nothing yet. It answers from what flows through its topics: n on the dashboard sends messages."))...)
	default:
		add(ui.Prose(theme.Muted, margin, f.W-margin, safetext.Const("Ask what the messages say, how many there are, when something first happened, or name a key or an offset."))...)
	}
	for i, q := range s.Suggestions {
		line := theme.Line{{Text: safetext.Spaces(margin)}, theme.S(theme.Accent, safetext.Sprintf("%d", i+1)), {Text: safetext.Spaces(2)}, {Text: markdown.Plain(q)}}
		rows = append(rows, row{line: theme.FitLine(line, f.W-1), pick: &spot{0, i}})
	}
	if problem, bad := ui.ProblemOf(p.now.Err); bad {
		add(problem.Lines(f.Theme, f.W-margin)...)
	}
	for _, n := range s.Notes {
		note := safetext.Join(f.Theme.Glyphs().Attention, safetext.Spaces(1), markdown.Plain(n))
		add(nil)
		add(ui.Prose(theme.Warn, margin, f.W-margin, note)...)
	}
	return rows
}
