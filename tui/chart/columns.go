package chart

import (
	"math"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Columns is a chart of values over time or over buckets.
type Columns struct {
	// Values, oldest (or lowest bucket) first; NaN is a gap. When there are
	// more than columns, neighbours are merged, the largest shown: a peak is
	// never lost.
	Values []float64
	// Top is the value of the full height; 0: the largest value.
	Top float64
	// Label names a value on the vertical axis ("12.4k/s"); nil: no axis.
	Label func(v float64) safetext.Text
	// From and To name the ends of the horizontal axis; both empty: no axis.
	From, To safetext.Text
	Role     theme.Role
	// Stretch makes columns wider when there are fewer values than cells, as
	// suits a histogram; otherwise values stand at the right, as in a trend.
	Stretch bool
}

// View draws the chart as h lines of w cells each.
func (c Columns) View(th theme.Theme, w, h int) []theme.Line {
	if w <= 0 || h <= 0 {
		return nil
	}
	top := c.Top
	if top <= 0 {
		top = largest(c.Values)
	}
	plotH := h
	if !c.From.IsEmpty() || !c.To.IsEmpty() {
		plotH--
	}
	axis := c.axisWidth(top, w)
	plotW := w - axis
	values := c.fit(plotW)
	lines := make([]theme.Line, 0, h)
	for y := range plotH {
		label := safetext.Text{}
		if axis > 0 && y == 0 {
			label = c.Label(top)
		}
		line := theme.Line{theme.S(theme.Muted, label.FitRight(axis-1)), {Text: safetext.Spaces(min(axis, 1))}}
		lines = append(lines, theme.FitLine(append(line, theme.S(c.Role, plotRow(th, values, top, plotH, plotH-1-y))), w))
	}
	if plotH < h {
		line := theme.Line{{Text: safetext.Spaces(axis)}, theme.S(theme.Muted, c.ends(plotW))}
		lines = append(lines, theme.FitLine(line, w))
	}
	return lines
}

// axisWidth is the room for the top's label and a blank, if it is worth it.
func (c Columns) axisWidth(top float64, w int) int {
	if c.Label == nil || top <= 0 {
		return 0
	}
	if n := c.Label(top).Width() + 1; n <= w/2 {
		return n
	}
	return 0
}

func (c Columns) ends(w int) safetext.Text {
	free := w - c.From.Width() - c.To.Width()
	if free < 1 {
		return c.To.FitRight(w)
	}
	return safetext.Join(c.From, safetext.Spaces(free), c.To)
}

// fit makes exactly w values of those given.
func (c Columns) fit(w int) []float64 {
	out := make([]float64, w)
	n := len(c.Values)
	switch {
	case n == 0:
		for i := range out {
			out[i] = math.NaN()
		}
	case n > w:
		for i := range out {
			out[i] = peak(c.Values[i*n/w : max(i*n/w+1, (i+1)*n/w)])
		}
	case c.Stretch:
		for i := range out {
			out[i] = c.Values[i*n/w]
		}
	default:
		for i := range out {
			out[i] = math.NaN()
		}
		copy(out[w-n:], c.Values)
	}
	return out
}

func peak(values []float64) float64 {
	p := math.NaN()
	for _, v := range values {
		if math.IsNaN(p) || v > p {
			p = v
		}
	}
	return p
}

// plotRow is row y (0 the lowest) of h.
func plotRow(th theme.Theme, values []float64, top float64, h, y int) safetext.Text {
	g := th.Glyphs()
	cells := make([]safetext.Text, len(values))
	for i, v := range values {
		cells[i] = safetext.Spaces(1)
		n := height(v, top, h) - 8*y
		if n > 0 {
			cells[i] = g.Levels[min(n, 8)-1]
		}
	}
	return safetext.Join(cells...)
}

// height is in eighths of a cell; anything at all is at least one.
func height(v, top float64, h int) int {
	if math.IsNaN(v) || !(top > 0) || v < 0 {
		return 0
	}
	if v == 0 {
		return 1
	}
	return max(1, int(math.Round(min(v/top, 1)*float64(8*h))))
}
