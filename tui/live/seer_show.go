package live

import (
	"strconv"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// NoSeer says what would fill a pane or page when there is no seer.
func NoSeer() safetext.Text {
	return safetext.Const("No seer is reachable: nothing has read the messages, so there is nobody to ask. " +
		"Start one with krapp-worker seer, and name its address in the context.")
}

// Line says what was learned, from where, how far behind, by which embedder and model: in one line of about w cells, parts dropped from the
// end, least needed first. Empty when nothing is known.
func (p SeerPicture) Line(f ui.Frame, w int) theme.Line {
	if p.Absent {
		return nil
	}
	if problem, bad := ui.ProblemOf(p.Err); bad {
		say := safetext.Join(problem.What, safetext.Const(": "), problem.Why)
		return theme.Line{theme.S(theme.Bad, safetext.Join(f.Theme.Glyphs().Failed, safetext.Spaces(1), say).Truncate(w))}
	}
	if p.At.IsZero() {
		return theme.Line{theme.S(theme.Muted, safetext.Const("reaching the seer …"))}
	}
	line := p.state(f)
	left := w - line.Width()
	for _, part := range p.parts() {
		part.Text = safetext.Join(safetext.Const(" · "), part.Text)
		if left -= part.Text.Width(); left < 0 {
			break
		}
		line = append(line, part)
	}
	return theme.FitLine(line, min(w, line.Width()))
}

// state is what the line begins with.
func (p SeerPicture) state(f ui.Frame) theme.Line {
	s := p.Status
	g := f.Theme.Glyphs()
	var line theme.Line
	switch {
	case s.State == seer.Waiting:
		why := safetext.Const("waiting for the brokers")
		if s.Err != "" {
			why = safetext.Join(why, safetext.Const(": "), ui.T(s.Err).Truncate(60))
		}
		line = append(line, theme.S(theme.Bad, safetext.Join(g.Failed, safetext.Spaces(1), why)), theme.S(theme.Muted, safetext.Const(" · ")))
	case s.Err != "":
		line = append(line, theme.S(theme.Bad, safetext.Join(g.Failed, safetext.Spaces(1), ui.T(s.Err).Truncate(60))), theme.S(theme.Muted, safetext.Const(" · ")))
	case s.State == seer.Starting:
		line = append(line, theme.S(theme.Accent, safetext.Join(g.Busy, safetext.Const(" starting"))), theme.S(theme.Muted, safetext.Const(" · ")))
	}
	if s.Fresh.At.IsZero() {
		return append(line, theme.S(theme.Muted, safetext.Const("nothing learned yet")))
	}
	return append(line, theme.S(theme.Muted, safetext.Join(safetext.Const("learned to "), f.Times.Second(s.Fresh.At))))
}

// parts are what the line goes on with, most needed first.
func (p SeerPicture) parts() []theme.Span {
	s := p.Status
	muted := func(t safetext.Text) theme.Span { return theme.S(theme.Muted, t) }
	topics := ui.Plural(len(s.Topics), "topic", "topics")
	if len(s.Topics) == 1 {
		topics = ui.T(s.Topics[0]).Truncate(24)
	}
	model := safetext.Const("no model")
	if s.Model != "" {
		model = ui.T(s.Model).Truncate(32)
	}
	parts := []theme.Span{muted(topics), Behind(s.Fresh), muted(model)}
	if s.Embedder != "" {
		parts = append(parts, muted(ui.T(s.Embedder).Truncate(32)))
	}
	if s.Messages > 0 {
		parts = append(parts, muted(safetext.Join(ui.Short(float64(s.Messages)), safetext.Const(" messages"))))
	}
	return parts
}

// Behind says how much has not been learned.
func Behind(f seer.Freshness) theme.Span {
	switch {
	case f.Behind < 0:
		return theme.S(theme.Muted, safetext.Const("how far behind is not known"))
	case f.Behind == 0:
		return theme.S(theme.Muted, safetext.Const("up to date"))
	}
	return theme.S(theme.Warn, safetext.Join(ui.Count(f.Behind), safetext.Const(" behind")))
}

// PlaceOf is where a citation points: "orders 2@88140", and which passage of the record's text.
func PlaceOf(c seer.Citation) safetext.Text {
	t := safetext.Join(ui.T(c.Place.Topic), safetext.Sprintf(" %d@%d", c.Place.Partition, c.Place.Offset))
	if c.Passage > 0 {
		t = safetext.Join(t, safetext.Sprintf(", passage %d", c.Passage))
	}
	return t
}

// OpenCitation is the record that a citation points to; false when it is gone.
func OpenCitation(c seer.Citation) (ui.Route, bool) {
	if c.Gone != "" {
		return ui.Route{}, false
	}
	return ui.To("record", c.Place.Topic, strconv.Itoa(int(c.Place.Partition)), strconv.FormatInt(c.Place.Offset, 10)), true
}
