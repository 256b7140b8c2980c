package pipeline

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// rule is a pane's title.
func (p *Page) rule(f ui.Frame, pane, w int) string {
	return ui.Rule(f.Theme, w, pane == p.focus, append([]theme.Span{{Text: paneName(pane)}}, p.about(f, pane)...)...)
}

// tabs are the panes' names in one line, with a sign where something calls for a look.
func (p *Page) tabs(f ui.Frame) string {
	g := f.Theme.Glyphs()
	var title []theme.Span
	for pane := range panes {
		if pane == sourcesPane && p.streams() {
			continue
		}
		name := theme.S(theme.Muted, safetext.Join(safetext.Sprintf("%d ", pane+1), paneName(pane)))
		if pane == p.focus {
			name.Role, name.Strong = theme.Accent, true
		}
		title = append(title, name)
		switch p.attention(pane) {
		case theme.Bad:
			title = append(title, theme.Span{Text: safetext.Spaces(1)}, theme.S(theme.Bad, g.Failed))
		case theme.Warn:
			title = append(title, theme.Span{Text: safetext.Spaces(1)}, theme.S(theme.Warn, g.Attention))
		}
		if pane < panes-1 {
			title = append(title, theme.Span{Text: safetext.Spaces(2)})
		}
	}
	return ui.Rule(f.Theme, f.W, false, append(title, p.about(f, p.focus)...)...)
}

func paneName(pane int) safetext.Text {
	switch pane {
	case resultsPane:
		return safetext.Const("Results")
	case sourcesPane:
		return safetext.Const("Sources")
	}
	return safetext.Const("Workers")
}

// attention is the worst that a pane has to tell; theme.Text when there is nothing.
func (p *Page) attention(pane int) theme.Role {
	switch pane {
	case sourcesPane:
		for i := range p.pic.facts.Sources {
			if p.pic.facts.Sources[i].Phase == Failed {
				return theme.Bad
			}
		}
	case workersPane:
		for _, s := range p.pic.stages {
			if p.idle(s) && (s.name == "compute" || !p.pic.facts.Job.Stream()) {
				return theme.Warn
			}
		}
	}
	return theme.Text
}

// about is what a pane's title says beside its name.
func (p *Page) about(f ui.Frame, pane int) []theme.Span {
	facts := &p.pic.facts
	dash := theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().H, safetext.Spaces(1)))
	switch pane {
	case resultsPane:
		if len(facts.Results) == 0 {
			return nil
		}
		spans := []theme.Span{dash, theme.S(theme.Muted, ui.Plural(len(facts.Results), "group", "groups"))}
		if !p.wide && len(facts.Job.Values) > 1 {
			spans = append(spans, theme.S(theme.Muted, safetext.Join(safetext.Const(", bars of "), ui.T(facts.Job.Values[p.value]).Truncate(20))))
		}
		return spans
	case sourcesPane:
		if len(facts.Sources) == 0 {
			return nil
		}
		done := 0
		for i := range facts.Sources {
			if facts.Sources[i].Phase == Done {
				done++
			}
		}
		read := safetext.Join(ui.Count(done), safetext.Const(" of "), ui.Count(len(facts.Sources)), safetext.Const(" read"))
		return []theme.Span{dash, theme.S(theme.Muted, read)}
	}
	return nil
}

func (p *Page) rows(pane int) int {
	switch pane {
	case resultsPane:
		return len(p.results.Rows())
	case sourcesPane:
		return len(p.sources.Rows())
	}
	return len(p.workers.Rows())
}

// body is what is below a pane's rule.
func (p *Page) body(f ui.Frame, pane int, r ui.Rect) string {
	in := f.In(ui.Rect{W: r.W, H: r.H - 1})
	if p.rows(pane) == 0 {
		return ui.Block(in, ui.Prose(theme.Muted, indent, in.W-indent, p.empty(pane))...)
	}
	switch pane {
	case resultsPane:
		return p.results.View(f.Theme)
	case sourcesPane:
		return p.sources.View(f.Theme)
	}
	return p.workers.View(f.Theme)
}

// empty says what would fill a pane.
func (p *Page) empty(pane int) safetext.Text {
	facts := &p.pic.facts
	ref := ui.T(facts.Job.Ref)
	switch {
	case pane == resultsPane && !facts.CaughtUp:
		return safetext.Const("Reading the results …")
	case pane == resultsPane:
		return safetext.Const("No results yet: they come with the first chunks that are computed.")
	case pane == sourcesPane:
		return safetext.Const("No sources yet. n chooses some and reads them.")
	case !p.pic.groups.compute.known:
		return safetext.Const("Asking who works …")
	case facts.Here.Any():
		return safetext.Const("The workers of this console are joining …")
	}
	return safetext.Join(safetext.Const("Nobody works on it at the moment. n starts workers here; elsewhere: krapp-worker compute --job "), ref)
}
