package dashboard

import "github.com/krapp-io/krapp/tui/ui"

// The sizes from which the panes are shown together.
const (
	besideW = 112 // runs beside partitions, messages beside the seer below
	besideH = 20
	stackH  = 36 // all four below one another
)

// arrangement is how the panes stand.
type arrangement uint8

const (
	tabs arrangement = iota
	stacked
	beside
)

func arrange(w, h int) arrangement {
	switch {
	case w >= besideW && h >= besideH:
		return beside
	case h >= stackH:
		return stacked
	}
	return tabs
}

// rects are the panes' rectangles with their rules; as tabs, those out of sight are empty. Nothing in them depends on data.
func rects(w, h, focus int) [panes]ui.Rect {
	all := ui.Rect{W: w, H: h}
	var out [panes]ui.Rect
	switch arrange(w, h) {
	case beside:
		top, bottom := all.Top(h * 45 / 100)
		left, rest := top.Left((w - 1) * 52 / 100)
		_, right := rest.Left(1) // the divider
		under, rest := bottom.Left(left.W)
		_, said := rest.Left(1)
		out = [panes]ui.Rect{left, right, under, said}
	case stacked:
		rest := all
		for pane := range panes - 1 {
			out[pane], rest = rest.Top(h / panes)
		}
		out[panes-1] = rest
	default:
		out[focus] = all
	}
	return out
}

func (p *Page) rects() [panes]ui.Rect { return rects(p.size.W, p.size.H, p.focus) }

// layout gives the tables their sizes.
func (p *Page) layout() {
	r := p.rects()
	p.runsTable.SetSize(r[runsPane].W, r[runsPane].H-1)
	p.partitionsTable.SetSize(r[partitionsPane].W, r[partitionsPane].H-1)
	p.messagesTable.SetSize(r[messagesPane].W, r[messagesPane].H-1)
	p.seer.setSize(r[seerPane].W, r[seerPane].H-1)
}

func (p *Page) setFocus(pane int) {
	p.focus = pane
	p.runsTable.SetFocus(pane == runsPane)
	p.partitionsTable.SetFocus(pane == partitionsPane)
	p.messagesTable.SetFocus(pane == messagesPane)
	p.layout()
}
