package tui

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// detail is how much the header says: what has no room is left out whole.
type detail uint8

const (
	bare    detail = iota // the context, its state, the lag
	rates                 // and the rates
	address               // and where the brokers are
)

// crumbGap keeps a long way here apart from the figures.
const crumbGap = 2

// wide is the width from which the first page's header tries more than bare.
const wide = 100

// header is the first line: where we are, how the connection is, how far
// behind the consumers are. Digits have fixed places, so that they change
// without moving their neighbours.
func (a *app) header(w int) string {
	level := bare
	if w >= wide && a.router.pos == 0 {
		level = address
	}
	left, right := a.sides(w, level)
	for level > bare && left.Width()+right.Width()+3 > w {
		level--
		left, right = a.sides(w, level)
	}
	room := w - right.Width()
	if left.Width() > room {
		right, room = nil, w
	}
	left = append(left, a.crumbs(room-left.Width()-crumbGap)...)
	return a.theme.Render(append(theme.FitLine(left, room), right...)...)
}

func (a *app) sides(w int, level detail) (left, right theme.Line) {
	left = append(theme.Line{{Text: safetext.Const(" krapp  "), Strong: true}}, a.connection(w, level)...)
	return left, a.figures(level)
}

// connection is the context and its state, in signs, colours and words.
func (a *app) connection(w int, level detail) theme.Line {
	g := a.theme.Glyphs()
	s := a.status
	if !a.known {
		return theme.Line{theme.S(theme.Warn, g.Off), theme.S(theme.Warn, safetext.Const(" connecting"))}
	}
	name := theme.Span{Text: safetext.Join(safetext.Spaces(1), s.Context.Truncate(max(10, w/4))), Role: s.Mark, Strong: s.Mark != theme.Text}
	readOnly := theme.Span{}
	if s.ReadOnly {
		readOnly = theme.S(theme.Warn, safetext.Const(" (read-only)"))
	}
	switch s.State {
	case ui.Connected:
		line := theme.Line{theme.S(theme.Good, g.On), name, readOnly}
		if level >= address {
			at := safetext.Const("   ")
			if s.Address != s.Context { // a cluster without a name goes by its address
				at = safetext.Join(safetext.Const("  "), s.Address, at)
			}
			line = append(line, theme.S(theme.Muted, safetext.Join(at, ui.Plural(s.Brokers, "broker", "brokers"))))
		}
		return line
	case ui.Disconnected:
		return append(theme.Line{theme.S(theme.Bad, g.Failed), name, readOnly}, a.outage()...)
	}
	return theme.Line{theme.S(theme.Warn, g.Off), name, readOnly, theme.S(theme.Warn, safetext.Const("  connecting"))}
}

// outage says since when, why, and when the next try is.
func (a *app) outage() theme.Line {
	s := a.status
	at := a.times
	if at.Mode == ui.Relative {
		at.Mode = ui.Local // an outage has a time, not an age that would have to tick
	}
	text := safetext.Join(safetext.Const("  disconnected since "), at.Second(s.Since))
	if !s.NextTry.IsZero() {
		text = safetext.Join(text, safetext.Const(", next try "), at.Second(s.NextTry))
	}
	if !s.Why.IsEmpty() {
		text = safetext.Join(text, safetext.Const(": "), s.Why)
	}
	return theme.Line{theme.S(theme.Bad, text)}
}

// figures are the rates and the lag, at the right.
func (a *app) figures(level detail) theme.Line {
	s := a.status
	if !a.known || s.State == ui.Disconnected {
		return nil
	}
	var line theme.Line
	if level >= rates {
		line = append(line,
			theme.S(theme.Muted, safetext.Const("in")), theme.Span{Text: ui.Rate(s.InPerSecond).FitRight(8)},
			theme.S(theme.Muted, safetext.Const("   out")), theme.Span{Text: ui.Rate(s.OutPerSecond).FitRight(8)}, theme.Span{Text: safetext.Spaces(3)})
	}
	return append(line, a.lag()...)
}

func (a *app) lag() theme.Line {
	s := a.status
	if s.Lag < 0 {
		return theme.Line{theme.S(theme.Muted, safetext.Const("lag – "))}
	}
	line := theme.Line{theme.S(theme.Muted, safetext.Const("lag")), {Text: ui.CountIn(s.Lag, 10).FitRight(11)}}
	behind := safetext.Spaces(12)
	if s.Behind >= 0 {
		behind = safetext.Join(safetext.Const(" · "), ui.Duration(s.Behind)).Fit(12)
	}
	return append(line, theme.Span{Text: behind})
}

// crumbs is the way here: "  ›  Runs  ›  7QH1C", the last pages first to stay.
func (a *app) crumbs(room int) theme.Line {
	sep := safetext.Join(safetext.Const("  "), a.theme.Glyphs().Crumb, safetext.Const("  "))
	var line theme.Line
	for i := a.router.pos; i > 0; i-- {
		title := a.router.entries[i].page.Title().Truncate(40)
		part := theme.Line{theme.S(theme.Muted, sep), {Text: title, Strong: i == a.router.pos}}
		if i < a.router.pos && line.Width()+part.Width() > room {
			break
		}
		line = append(part, line...)
	}
	if line.Width() > room {
		return theme.FitLine(line, max(0, room))
	}
	return line
}
