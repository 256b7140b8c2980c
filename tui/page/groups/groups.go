// Package groups is the page of all consumer groups: their states, members, and how far behind they are.
package groups

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page is made from.
type Deps struct{ Client Client }

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "groups", Aliases: []string{"g"}, Title: "all consumer groups", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

type page struct {
	env    ui.Env
	poller *ui.Poller[[]row]
	stream *ui.Stream[ui.Polled[[]row]]
	stop   context.CancelFunc
	list   ui.Polled[[]row]
	table  *table.Table[row]
	w, h   int
}

// New makes the page.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	return &page{env: env, table: newTable(), poller: ui.NewPoller(every, slices.Equal[[]row], func(ctx context.Context) ([]row, error) {
		return fetch(ctx, d.Client)
	})}
}

func (p *page) Title() safetext.Text { return safetext.Const("Groups") }

// Init does nothing: the page watches while it is in sight.
func (p *page) Init() tea.Cmd         { return nil }
func (p *page) Filter() string        { return p.table.Filter() }
func (p *page) SetFilter(text string) { p.table.SetFilter(text) }

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	own := []ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "open", Help: "the group's partitions and members", Enabled: func() bool { return p.table.Len() > 0 }, Run: p.open},
		{Keys: []string{"c", "y"}, Title: "copy", Help: "copy the group's name", Enabled: func() bool { return p.table.Len() > 0 }, Quiet: true, Run: func() tea.Cmd {
			r, _ := p.table.Selected()
			return ui.Copy(safetext.Const("group"), r.id)
		}},
		{Keys: []string{"r"}, Title: "refresh", Run: func() tea.Cmd { p.poller.Refresh(); return nil }},
		ui.SortBinding(func() ui.Sorter { return p.table }),
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *page) open() tea.Cmd {
	r, ok := p.table.Selected()
	if !ok {
		return nil
	}
	return ui.OpenPage("group", r.id)
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.w, p.h = msg.W, msg.H
		p.table.SetSize(msg.W, msg.H-1)
	case ui.FocusMsg:
		return p, p.watch(msg.Visible)
	case ui.Snapshot[ui.Polled[[]row]]:
		p.list = msg.Value
		p.table.SetRows(msg.Value.Value)
		return p, p.stream.Next()
	case tea.MouseMsg:
		if m, ok := ui.Within(ui.Rect{Y: 1, W: p.w, H: p.h - 1}, msg); ok && p.table.Mouse(m) {
			return p, p.open()
		}
	}
	return p, nil
}

// watch starts and stops asking the cluster.
func (p *page) watch(on bool) tea.Cmd {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	if !on {
		return nil
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(p.env.Ctx)
	p.stream = p.poller.Subscribe(ctx)
	return tea.Batch(p.poller.Run(ctx), p.stream.Next())
}

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	title := []theme.Span{{Text: safetext.Const("Groups")}}
	if !p.list.At.IsZero() {
		title = append(title, theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), ui.Count(p.table.Len()), safetext.Const(" · lag in records, behind: age of the oldest one not committed"))))
	}
	if pr, bad := ui.ProblemOf(p.list.Err); bad && !p.list.At.IsZero() {
		title = append(title[:1], theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	}
	rule := ui.Rule(f.Theme, f.W, true, title...)
	if p.list.At.IsZero() {
		return ui.Rows(rule, pending(f.In(ui.Rect{W: f.W, H: f.H - 1}), p.list.Err))
	}
	return ui.Rows(rule, p.table.View(f.Theme))
}

// pending fills the page until there is a list.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Listing the groups…"))})
}
