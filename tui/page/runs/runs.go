// Package runs is the page of all runs, newest first.
package runs

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// Deps is what the page shows.
type Deps struct{ Runs *live.Runs }

// Maker is the page's entry in the registry.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "runs", Title: "all runs and what became of them", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// Page is the list of runs.
type Page struct {
	deps    Deps
	stream  *ui.Stream[live.RunsPicture]
	picture live.RunsPicture
	frame   ui.Frame
	table   *table.Table[roundtrip.Judgement]
}

// New makes the page.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	p := &Page{deps: d, stream: d.Runs.Subscribe(env.Ctx)}
	p.table = verdict.Table(func() ui.Frame { return p.frame })
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() safetext.Text { return safetext.Const("Runs") }

// Init starts the stream.
func (p *Page) Init() tea.Cmd { return p.stream.Next() }

// Filter is what the runs must match: a topic, a verdict, a group or a part of the ID.
func (p *Page) Filter() string { return p.table.Filter() }

// SetFilter changes the filter.
func (p *Page) SetFilter(text string) { p.table.SetFilter(text) }

// Bindings is what can be done here.
func (p *Page) Bindings() []ui.Binding {
	some := func() bool { return p.table.Len() > 0 }
	return append([]ui.Binding{
		{Keys: []string{"enter", "d", "i"}, Title: "IsDone", Action: "open", Help: "what became of the run", Enabled: some, Run: p.open},
		{Keys: []string{"n"}, Title: "DoIt", Help: "send messages and follow each one", Run: func() tea.Cmd { return ui.OpenPage("doit") }},
		{Keys: []string{"s"}, Title: "sort", Help: "sort by the next column", Run: func() tea.Cmd { p.table.CycleSort(); return nil }},
		{Keys: []string{"r"}, Title: "refresh", Quiet: true, Run: func() tea.Cmd { p.deps.Runs.Refresh(); return nil }},
	}, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *Page) open() tea.Cmd {
	j, ok := p.table.Selected()
	if !ok {
		return nil
	}
	return ui.Open(ui.Route{Page: "run", Args: []string{j.Run.ID}, Value: j})
}

// Update takes in pictures and mouse messages.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.table.SetSize(msg.W, msg.H-1)
	case ui.Snapshot[live.RunsPicture]:
		p.picture = msg.Value
		p.table.SetRows(msg.Value.Runs)
		return p, p.stream.Next()
	case tea.MouseMsg:
		if p.table.Mouse(ui.Shift(msg, 0, -1)) {
			return p, p.open()
		}
	}
	return p, nil
}

// View draws the table under its title.
func (p *Page) View(f ui.Frame) string {
	p.frame = f
	if f.H <= 0 {
		return ""
	}
	title := []theme.Span{{Text: safetext.Const("Runs")}}
	if n := len(p.picture.Runs); n > 0 {
		title = append(title, theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), ui.Count(p.table.Len()))))
		if p.table.Len() < n {
			title = append(title, theme.S(theme.Muted, safetext.Join(safetext.Const(" of "), ui.Count(n))))
		}
	}
	problem, bad := ui.ProblemOf(p.picture.Err)
	body := f.In(ui.Rect{W: f.W, H: f.H - 1})
	switch {
	case bad && len(p.picture.Runs) == 0:
		return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), ui.Block(body, problem.Lines(f.Theme, f.W)...))
	case p.picture.At.IsZero():
		return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), ui.Block(body, ui.Prose(theme.Muted, 3, f.W-3, safetext.Const("Reading the runs …"))...))
	case bad:
		title = append(title, theme.S(theme.Bad, safetext.Join(safetext.Spaces(2), f.Theme.Glyphs().Failed, safetext.Spaces(1), problem.What)))
	}
	return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), p.table.View(f.Theme))
}
