package dashboard

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/markdown"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// shortAnswer is how many bytes of an answer the pane lays out: more than it can show, and little enough for Update whatever they are.
const shortAnswer = 2 << 10

// seerPicture is the newest turn of the conversation as the pane shows it. It is a list to the keys: they scroll the answer.
type seerPicture struct {
	now  live.SeerPicture
	w, h int // of what is below the rule
	turn int // that doc is of
	docW int
	doc  markdown.Doc
	top  int
}

func (s *seerPicture) last() (live.SeerTurn, bool) {
	if n := len(s.now.Turns); n > 0 {
		return s.now.Turns[n-1], true
	}
	return live.SeerTurn{}, false
}

func (s *seerPicture) take(p live.SeerPicture) {
	s.now = p
	s.lay()
}

func (s *seerPicture) setSize(w, h int) {
	s.w, s.h = w, h
	s.lay()
}

// lay lays the newest answer out where that has not been done.
func (s *seerPicture) lay() {
	t, ok := s.last()
	if !ok || t.State != live.Answered || s.w == 0 {
		s.turn, s.doc, s.top = 0, markdown.Doc{}, 0
		return
	}
	if w := max(s.w-2, 1); s.turn != t.N || s.docW != w {
		if s.turn != t.N {
			s.top = 0
		}
		text := t.Answer.Text
		if len(text) > shortAnswer {
			text = strings.ToValidUTF8(text[:shortAnswer], "") + " …"
		}
		s.turn, s.docW = t.N, w
		s.doc = markdown.Render(text, w, func(n int) bool {
			return slices.ContainsFunc(t.Answer.Citations, func(c seer.Citation) bool { return c.N == n })
		})
	}
	s.scroll(0)
}

// room is how many lines of the answer are in sight.
func (s *seerPicture) room() int {
	t, _ := s.last()
	room := s.h - 2 // the question and the state
	if len(t.Answer.Citations) > 0 || t.Answer.Way == seer.Refused || len(t.Answer.Notes) > 0 {
		room--
	}
	return max(room, 0)
}

func (s *seerPicture) scroll(by int) {
	s.top = max(0, min(s.top+by, len(s.doc.Lines)-s.room()))
}

// Move, Page, Top and Bottom scroll.
func (s *seerPicture) Move(n int) { s.scroll(n) }
func (s *seerPicture) Page(n int) { s.scroll(n * max(1, s.room())) }
func (s *seerPicture) Top()       { s.scroll(-1 << 30) }
func (s *seerPicture) Bottom()    { s.scroll(1 << 30) }

// wheel scrolls with the mouse.
func (s *seerPicture) wheel(msg tea.MouseMsg) {
	if m, ok := msg.(tea.MouseWheelMsg); ok {
		switch m.Button {
		case tea.MouseWheelUp:
			s.scroll(-1)
		case tea.MouseWheelDown:
			s.scroll(1)
		}
	}
}

// CycleSort does nothing: there is nothing to sort, and nothing to filter.
func (s *seerPicture) CycleSort()       {}
func (s *seerPicture) Filter() string   { return "" }
func (s *seerPicture) SetFilter(string) {}

// seerBody is what is below the pane's rule: the last question, its answer as far as there is room, the citations, and what has been learned.
func (p *Page) seerBody(f ui.Frame) string {
	s := &p.seer
	if s.now.Absent {
		return ui.Block(f, ui.Prose(theme.Muted, 3, f.W-3, live.NoSeer())...)
	}
	if f.H <= 0 {
		return ""
	}
	state := append(theme.Line{{Text: safetext.Spaces(1)}}, s.now.Line(f, f.W-2)...)
	above := f.In(ui.Rect{W: f.W, H: f.H - 1})
	return ui.Rows(ui.Block(above, p.seerTurn(above)...), f.Theme.Fit(f.W, state))
}

// seerTurn is the last question and what became of it.
func (p *Page) seerTurn(f ui.Frame) []theme.Line {
	t, ok := p.seer.last()
	if !ok {
		return p.seerInvites(f)
	}
	g := f.Theme.Glyphs()
	indent := theme.Span{Text: safetext.Spaces(1)}
	lines := []theme.Line{theme.FitLine(theme.Line{indent, theme.S(theme.Accent, g.Crumb), indent, {Text: ui.T(t.Question), Strong: true}}, f.W-1)}
	room := max(f.H-1, 0)
	switch t.State {
	case live.Asking:
		step := safetext.Const("asking")
		if t.Step != "" {
			step = ui.T(t.Step)
		}
		if t.Draft != "" {
			draft := ui.Prose(theme.Muted, 1, f.W-1, markdown.Plain(tail(t.Draft)))
			lines = append(lines, draft[min(len(draft), max(0, len(draft)-room+1)):]...) // its end, and the step below it
		}
		return append(lines, theme.FitLine(theme.Line{indent, theme.S(theme.Accent, safetext.Join(g.Busy, safetext.Spaces(1), step))}, f.W))
	case live.Stopped:
		return append(lines, theme.Line{indent, theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Const(" stopped")))})
	case live.Failed:
		if problem, bad := ui.ProblemOf(t.Err); bad {
			return append(lines, problem.Lines(f.Theme, f.W)...)
		}
		return append(lines, theme.Line{indent, theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Const(" given up")))})
	}
	end := p.seer.citations(f, t.Answer)
	room -= len(end)
	doc := p.seer.doc
	for i := p.seer.top; i < len(doc.Lines) && i < p.seer.top+room; i++ {
		line := append(theme.Line{indent}, doc.Lines[i]...)
		if more := i == p.seer.top+room-1 && i < len(doc.Lines)-1; more {
			line = append(theme.FitLine(line, f.W-2), theme.S(theme.Muted, safetext.Const("…")))
		}
		lines = append(lines, line)
	}
	return append(lines, end...)
}

// tail is the end of a draft, as much as a pane can show.
func tail(s string) string {
	const most = 2 << 10
	return s[max(0, len(s)-most):]
}

// citations is the line below an answer: where its citations point, or why there are none.
func (s *seerPicture) citations(f ui.Frame, a seer.Answer) []theme.Line {
	if s.room() == max(s.h-2, 0) {
		return nil
	}
	line := theme.Line{{Text: safetext.Spaces(1)}}
	g := f.Theme.Glyphs()
	if a.Way == seer.Refused {
		line = append(line, theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Const(" refused: the evidence is too weak"))))
		if len(a.Nearest) > 0 {
			line = append(line, theme.S(theme.Muted, safetext.Join(safetext.Const(" · nearest: "), ui.T(strings.Join(a.Nearest, ", ")))))
		}
	}
	hint := theme.Line{theme.S(theme.Accent, g.Enter), theme.S(theme.Muted, safetext.Const(" open"))}
	left := f.W - 2 - hint.Width() - line.Width()
	for i, c := range a.Citations {
		place := live.PlaceOf(c)
		number := safetext.Sprintf("[%d] ", c.N)
		width := number.Width() + place.Width() + 3
		if width > left {
			if i > 0 {
				line = append(line, theme.S(theme.Muted, safetext.Sprintf("+%d", len(a.Citations)-i)))
			}
			break
		}
		left -= width
		spot := theme.Span{Text: place}
		if c.Gone != "" {
			spot.Role = theme.Muted
		}
		line = append(line, theme.S(theme.Accent, number), spot, theme.Span{Text: safetext.Spaces(3)})
	}
	if len(a.Citations) == 0 && a.Way != seer.Refused {
		line = append(line, theme.S(theme.Warn, safetext.Join(g.Attention, safetext.Spaces(1), markdown.Plain(a.Notes[0]))))
	}
	return []theme.Line{append(theme.FitLine(line, f.W-1-hint.Width()), hint...)}
}

// seerInvites is what the pane says before the first question.
func (p *Page) seerInvites(f ui.Frame) []theme.Line {
	s := p.seer.now
	if problem, bad := ui.ProblemOf(s.Err); bad {
		return problem.Lines(f.Theme, f.W)
	}
	say := safetext.Const("No questions yet. a asks what the messages say.")
	if !s.At.IsZero() && s.Status.Fresh.At.IsZero() {
		say = safetext.Const("Nothing read yet. n sends messages, the seer reads them, and a asks what they say.")
	}
	lines := ui.Prose(theme.Muted, 3, f.W-3, say)
	for i, q := range s.Status.Suggestions {
		if i == 0 {
			lines = append(lines, nil)
		}
		lines = append(lines, theme.FitLine(theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("› ")), {Text: markdown.Plain(q)}}, f.W-1))
	}
	return lines
}

// seerAttention is what calls for a look at the seer.
func (p *Page) seerAttention() theme.Role {
	s := p.seer.now
	switch {
	case s.Absent:
		return theme.Text
	case s.Err != nil, s.Status.State == seer.Waiting, s.Status.Err != "":
		return theme.Bad
	}
	return theme.Text
}
