package pipeline

import (
	"slices"
	"strings"

	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// indent is where everything but the answer begins.
const indent = 3

// View draws the answer's worth, the stages, and the panes.
func (p *Page) View(f ui.Frame) string {
	p.frame = f
	if f.H <= 0 {
		return ""
	}
	if !p.known || p.pic.facts.Missing {
		return ui.Block(f, p.nothing(f)...)
	}
	th := f.Theme
	head := f.In(ui.Rect{W: f.W, H: min(headH(f.H), f.H)})
	top := ui.Block(head, p.head(f)...)
	r := rects(f.W, f.H, p.focus, p.streams())
	pane := func(i int) string {
		if r[i].H <= 0 {
			return ""
		}
		return ui.Rows(p.rule(f, i, r[i].W), p.body(f, i, r[i]))
	}
	switch arrange(f.W, f.H) {
	case beside:
		left, right := pane(resultsPane), ui.Rows(pane(sourcesPane), pane(workersPane))
		return ui.Rows(top, ui.Cols(left, ui.Divider(th, r[resultsPane].H, map[int]safetext.Text{0: th.Glyphs().TeeDown}), right))
	case stacked:
		return ui.Rows(top, pane(resultsPane), pane(sourcesPane), pane(workersPane))
	}
	if r[p.focus].H <= 0 {
		return top
	}
	return ui.Rows(top, p.tabs(f), p.body(f, p.focus, r[p.focus]))
}

// nothing says why there is no pipeline to show, and how to get one.
func (p *Page) nothing(f ui.Frame) []theme.Line {
	if problem, bad := ui.ProblemOf(p.err); bad {
		return problem.Lines(f.Theme, f.W)
	}
	name := ui.T(p.job)
	switch {
	case p.job == "":
		return ui.Prose(theme.Muted, indent, f.W-indent, safetext.Const("No job yet. n chooses one and starts it."))
	case !p.known:
		return ui.Prose(theme.Muted, indent, f.W-indent, safetext.Join(safetext.Const("Looking for "), name, safetext.Const(" …")))
	}
	facts := &p.pic.facts
	if problem, bad := ui.ProblemOf(facts.Err); bad && !facts.Missing {
		return problem.Lines(f.Theme, f.W)
	}
	lines := []theme.Line{{}}
	lines = append(lines, ui.Prose(theme.Text, indent, f.W-indent, ui.T(facts.Job.Description))...)
	lines = append(lines, theme.Line{})
	lines = append(lines, ui.Prose(theme.Muted, indent, f.W-indent, safetext.Join(safetext.Const("Nobody has started "), ui.T(facts.Job.Name),
		safetext.Const(" on this cluster yet. n starts it: the sources are read, their rows are shared out to workers, and the answer grows here.")))...)
	return lines
}

// head is what is above the panes.
func (p *Page) head(f ui.Frame) []theme.Line {
	lines := p.answer(f)
	if spacious(f.H) {
		lines = append(lines, theme.Line{})
	}
	lines = append(lines, p.stageLines(f)...)
	lines = append(lines, p.remarks(f))
	return lines
}

// answerOf is the sign and role of a verdict.
func answerOf(g *theme.Glyphs, v Verdict) (safetext.Text, theme.Role) {
	switch v {
	case Complete:
		return g.Done, theme.Good
	case Wrong:
		return g.Failed, theme.Bad
	case Continuous:
		return g.On, theme.Accent
	}
	return g.Busy, theme.Accent
}

// answer says in two lines how much of the answer there is.
func (p *Page) answer(f ui.Frame) []theme.Line {
	facts := &p.pic.facts
	g := f.Theme.Glyphs()
	sign, role := answerOf(&g, facts.Verdict)
	say := ui.T(facts.Sentence)
	if !facts.CaughtUp {
		sign, role = g.Busy, theme.Accent
		say = safetext.Const("reading what is there: no answer yet")
		if facts.Waiting > 0 {
			say = safetext.Join(safetext.Const("reading what is there: no answer yet, "), ui.Plural(facts.Waiting, "record", "records"), safetext.Const(" to go"))
		}
	}
	words := say.Words(f.W - indent - 1)
	if len(words) > 2 { // what is cut is seen to be cut
		rest := safetext.Join(words[1], safetext.Spaces(1), words[2])
		words = []safetext.Text{words[0], rest.Truncate(f.W - indent - 1)}
	}
	lines := make([]theme.Line, 2)
	for i, w := range words {
		lead := theme.Span{Text: safetext.Spaces(1)}
		if i == 0 {
			lead = theme.S(role, sign)
		}
		lines[i] = theme.Line{{Text: safetext.Spaces(1)}, lead, {Text: safetext.Spaces(1)}, {Text: w, Role: role, Strong: true}}
	}
	return lines
}

// The cells of the stages' columns.
const (
	nameW    = 9
	rowsW    = 12
	percentW = 7
	rateW    = 9
	lagW     = 11
	behindW  = 9
	leftW    = 10
	membersW = 10
	trendMin = 16
)

// stageLines are a line for each stage under their titles. The bars are all of the same whole: the rows that there will be, as far as is known.
func (p *Page) stageLines(f ui.Frame) []theme.Line {
	stages := p.pic.stages[:]
	if p.pic.facts.Job.Stream() {
		stages = stages[computeStage:]
	}
	fixed := indent + nameW + rowsW + 2 + percentW + rateW + lagW + behindW + leftW + 1
	barW := max(0, min(40, f.W-fixed))
	members, trend := 0, 0
	if f.W >= fixed+20+membersW {
		members = membersW
		barW = min(barW, f.W-fixed-members)
		if rest := f.W - fixed - members - 2 - 24; rest >= trendMin {
			trend = min(rest, trendPieces)
			barW = 24
		}
	}
	title := func(t safetext.Text, w int) theme.Span { return theme.S(theme.Muted, t.FitRight(w)) }
	head := theme.Line{{Text: safetext.Spaces(indent + nameW)}, title(safetext.Const("rows"), rowsW), {Text: safetext.Spaces(2 + barW + percentW)},
		title(safetext.Const("speed"), rateW),
		title(safetext.Const("lag"), lagW), title(safetext.Const("behind"), behindW), title(safetext.Const("ETA"), leftW)}
	if members > 0 {
		head = append(head, title(safetext.Const("workers"), members))
	}
	whole := p.pic.stages[readStage].rows + max(0, p.pic.stages[readStage].lag)
	lines := []theme.Line{head}
	for _, s := range stages {
		lines = append(lines, p.stageLine(f, s, whole, barW, members, trend))
	}
	for len(lines) < 1+int(stageCount) {
		lines = append(lines, theme.Line{})
	}
	return lines
}

func (p *Page) stageLine(f ui.Frame, s stage, whole int64, barW, members, trend int) theme.Line {
	line := theme.Line{{Text: safetext.Spaces(indent)}, theme.S(theme.Muted, safetext.Of(s.name).Fit(nameW)),
		{Text: ui.CountIn(s.rows, rowsW).FitRight(rowsW)}, {Text: safetext.Spaces(2)}}
	if p.pic.facts.Job.Stream() || p.pic.stages[readStage].lag < 0 {
		line = append(line, theme.Span{Text: safetext.Spaces(barW + percentW)}) // of what whole is not known
	} else {
		line = append(line, chart.Bar(f.Theme, barW, float64(s.rows), float64(whole), theme.Accent)...)
		line = append(line, theme.Span{Text: ui.Percent(s.rows, whole).FitRight(percentW)})
	}
	line = append(line, theme.Span{Text: ui.Rate(s.perSecond).FitRight(rateW)}, lagSpan(s))
	line = append(line, span(s.behind > 0 && s.lag != 0, verdict.Brief(s.behind), behindW))
	line = append(line, span(s.left > 0, verdict.Brief(s.left), leftW))
	if members > 0 {
		line = append(line, p.memberSpan(s, members))
	}
	if trend > 0 {
		line = append(line, theme.Span{Text: safetext.Spaces(2)})
		line = append(line, chart.Spark(f.Theme, trend, s.trend, 0, theme.Accent)...)
	}
	return line
}

// span is text, or a dash where there is none.
func span(known bool, t safetext.Text, w int) theme.Span {
	if !known {
		return theme.S(theme.Muted, ui.None().FitRight(w))
	}
	return theme.Span{Text: t.FitRight(w)}
}

func lagSpan(s stage) theme.Span {
	t := ui.CountIn(s.lag, lagW-2)
	if s.about {
		t = safetext.Join(safetext.Const("~"), ui.CountIn(s.lag, lagW-3))
	}
	return span(s.lag >= 0, t, lagW)
}

// idle says that rows wait for a stage on which nobody works; what this console has just started may not be a member yet.
func (p *Page) idle(s stage) bool {
	here := p.pic.facts.Here
	starting := s.name == "read" && here.Reading || s.name == "compute" && here.Computing > 0
	return s.members == 0 && s.lag > 0 && !starting
}

// memberSpan is how many work on a stage; none while rows wait is worth a look.
func (p *Page) memberSpan(s stage, w int) theme.Span {
	switch {
	case s.members < 0:
		return span(false, safetext.Text{}, w)
	case p.idle(s):
		return theme.S(theme.Warn, safetext.Const("! none").FitRight(w))
	}
	return theme.Span{Text: ui.Count(s.members).FitRight(w)}
}

// remarks is one line: trouble, who is missing, what was left out, and what this console does.
func (p *Page) remarks(f ui.Frame) theme.Line {
	facts := &p.pic.facts
	g := f.Theme.Glyphs()
	var parts []theme.Span
	add := func(role theme.Role, t ...safetext.Text) { parts = append(parts, theme.S(role, safetext.Join(t...))) }
	for _, err := range []error{p.err, facts.Err} {
		if problem, bad := ui.ProblemOf(err); bad {
			add(theme.Bad, g.Failed, safetext.Const(" as last known: "), problem.What, safetext.Const(": "), problem.Why)
			break
		}
	}
	if p.idle(p.pic.stages[computeStage]) {
		add(theme.Warn, g.Attention, safetext.Const(" nobody computes: n starts workers here, or krapp-worker compute --job "),
			ui.T(facts.Job.Ref), safetext.Const(" elsewhere"))
	}
	if facts.Dead > 0 {
		add(theme.Warn, g.Attention, safetext.Spaces(1), ui.Count(facts.Dead), safetext.Const(" couldn't be read: D opens them"))
	}
	if facts.Left > 0 {
		add(theme.Muted, ui.Count(facts.Left), safetext.Const(" without a label"), leftBy(facts.LeftBy))
	}
	if facts.Here.Any() {
		add(theme.Good, g.On, safetext.Spaces(1), hereText(facts.Here))
	}
	line := theme.Line{{Text: safetext.Spaces(indent)}}
	for i, part := range parts {
		if i > 0 {
			line = append(line, theme.S(theme.Muted, safetext.Const(" · ")))
		}
		line = append(line, part)
	}
	return line
}

func leftBy(by map[string]int64) safetext.Text {
	var names []string
	for name := range by {
		names = append(names, name)
	}
	if len(names) == 0 {
		return safetext.Text{}
	}
	slices.Sort(names)
	return safetext.Join(safetext.Const(" ("), ui.T(strings.Join(names, ", ")).Truncate(30), safetext.Const(")"))
}

func hereText(h Here) safetext.Text {
	computing := safetext.Join(safetext.Const("computes with "), ui.Plural(h.Computing, "worker", "workers"))
	switch {
	case h.Computing == 0:
		return safetext.Const("this console reads")
	case h.Reading:
		return safetext.Join(safetext.Const("this console reads and "), computing)
	}
	return safetext.Join(safetext.Const("this console "), computing)
}
