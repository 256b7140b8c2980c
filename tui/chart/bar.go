package chart

import (
	"math"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Bar is a bar of w cells, filled to part/whole in eighths of a cell. It is
// full only when nothing is missing, and empty only when there is nothing: a
// bar never rounds a loss away.
func Bar(th theme.Theme, w int, part, whole float64, role theme.Role) theme.Line {
	if w <= 0 {
		return nil
	}
	g := th.Glyphs()
	n := eighths(w, part, whole)
	fill := g.Eighths[7].Repeat(n / 8)
	if n%8 > 0 {
		fill = safetext.Join(fill, g.Eighths[n%8-1])
	}
	return theme.Line{{Text: fill, Role: role}, {Text: safetext.Spaces(w - fill.Width())}}
}

func eighths(w int, part, whole float64) int {
	if !(part > 0) || !(whole > 0) || math.IsInf(whole, 0) {
		return 0
	}
	if part >= whole {
		return 8 * w
	}
	n := int(part / whole * float64(8*w))
	return max(1, min(n, 8*w-1))
}

// Spark is the newest w values as heights of one cell each, newest on the
// right; zero is the lowest level, top the highest (0: the largest value
// shown). NaN is a gap. Fewer values than cells leave blanks on the left.
func Spark(th theme.Theme, w int, values []float64, top float64, role theme.Role) theme.Line {
	if w <= 0 {
		return nil
	}
	if len(values) > w {
		values = values[len(values)-w:]
	}
	if top <= 0 {
		top = largest(values)
	}
	g := th.Glyphs()
	cells := make([]safetext.Text, 0, w)
	for range w - len(values) {
		cells = append(cells, safetext.Spaces(1))
	}
	for _, v := range values {
		cells = append(cells, level(g, v, top))
	}
	return theme.Line{{Text: safetext.Join(cells...), Role: role}}
}

// level is the lowest step only for nothing at all, so that a trickle shows.
func level(g theme.Glyphs, v, top float64) safetext.Text {
	switch {
	case math.IsNaN(v):
		return safetext.Spaces(1)
	case !(v > 0) || !(top > 0):
		return g.Levels[0]
	}
	return g.Levels[max(1, min(7, int(math.Ceil(v/top*7))))]
}

func largest(values []float64) float64 {
	top := 0.0
	for _, v := range values {
		if v > top && !math.IsInf(v, 0) {
			top = v
		}
	}
	return top
}
