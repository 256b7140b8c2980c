package pipeline

import "github.com/krapp-io/krapp/tui/ui"

// The sizes from which the panes are shown together.
const (
	besideW = 112 // results beside sources over workers
	besideH = 24
	stackH  = 40 // all three below one another
)

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

// spacious says that there is room for blank lines.
func spacious(h int) bool { return h >= 30 }

// The lines above the panes: the answer's sentence, the stages, and a line of remarks.
func headH(h int) int {
	if spacious(h) {
		return 2 + 1 + (1 + int(stageCount)) + 1 + 1
	}
	return 2 + (1 + int(stageCount)) + 1
}

// rects are the panes' rectangles with their rules; as tabs, those out of sight are empty, and so is that of a stream's sources, which has none.
// Nothing else in them depends on data.
func rects(w, h, focus int, stream bool) [panes]ui.Rect {
	upper := 60 // percent of the height that sources and workers share
	if stream {
		upper = 0
	}
	_, all := ui.Rect{W: w, H: h}.Top(headH(h))
	var out [panes]ui.Rect
	switch arrange(w, h) {
	case beside:
		left, rest := all.Left((w - 1) * 55 / 100)
		_, right := rest.Left(1) // the divider
		top, bottom := right.Top(right.H * upper / 100)
		out = [panes]ui.Rect{left, top, bottom}
	case stacked:
		top, rest := all.Top(all.H * 45 / 100)
		middle, bottom := rest.Top(rest.H * upper / 100)
		out = [panes]ui.Rect{top, middle, bottom}
	default:
		out[focus] = all
	}
	return out
}

func (p *Page) rects() [panes]ui.Rect { return rects(p.size.W, p.size.H, p.focus, p.streams()) }

func (p *Page) streams() bool { return p.pic.facts.Job.Stream() }

// layout gives the tables their sizes.
func (p *Page) layout() {
	r := p.rects()
	p.results.SetSize(r[resultsPane].W, r[resultsPane].H-1)
	p.sources.SetSize(r[sourcesPane].W, r[sourcesPane].H-1)
	p.workers.SetSize(r[workersPane].W, r[workersPane].H-1)
}

func (p *Page) setFocus(pane int) {
	if pane == sourcesPane && p.streams() {
		pane = workersPane
	}
	p.focus = pane
	p.results.SetFocus(pane == resultsPane)
	p.sources.SetFocus(pane == sourcesPane)
	p.workers.SetFocus(pane == workersPane)
	p.layout()
}
