package ui

import tea "charm.land/bubbletea/v2"

// Rect is a rectangle of cells. Layouts are rectangles cut from a page's size;
// no cut makes a negative one.
type Rect struct{ X, Y, W, H int }

// Top cuts n lines off the top.
func (r Rect) Top(n int) (top, rest Rect) {
	n = max(0, min(n, r.H))
	return Rect{r.X, r.Y, r.W, n}, Rect{r.X, r.Y + n, r.W, r.H - n}
}

// Bottom cuts n lines off the bottom.
func (r Rect) Bottom(n int) (rest, bottom Rect) {
	n = max(0, min(n, r.H))
	rest, bottom = r.Top(r.H - n)
	return rest, bottom
}

// Left cuts n columns off the left.
func (r Rect) Left(n int) (left, rest Rect) {
	n = max(0, min(n, r.W))
	return Rect{r.X, r.Y, n, r.H}, Rect{r.X + n, r.Y, r.W - n, r.H}
}

// Right cuts n columns off the right.
func (r Rect) Right(n int) (rest, right Rect) {
	n = max(0, min(n, r.W))
	return r.Left(r.W - n)
}

// Contains says whether a cell is inside.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
}

// Within is a mouse message as seen from r, when it is inside r.
func Within(r Rect, msg tea.MouseMsg) (tea.MouseMsg, bool) {
	m := msg.Mouse()
	if !r.Contains(m.X, m.Y) {
		return msg, false
	}
	return Shift(msg, -r.X, -r.Y), true
}

// Shift moves a mouse message by so many cells.
func Shift(msg tea.MouseMsg, dx, dy int) tea.MouseMsg {
	m := msg.Mouse()
	m.X, m.Y = m.X+dx, m.Y+dy
	switch msg.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(m)
	case tea.MouseReleaseMsg:
		return tea.MouseReleaseMsg(m)
	case tea.MouseWheelMsg:
		return tea.MouseWheelMsg(m)
	case tea.MouseMotionMsg:
		return tea.MouseMotionMsg(m)
	}
	return msg
}
