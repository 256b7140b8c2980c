// Package contexts is the page of the clusters that the configuration names; Enter goes to another one.
package contexts

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Item is a context as it is listed. It holds no secret.
type Item struct {
	Name     string
	Brokers  []string
	Source   string // where it was named: the configuration's path, an environment variable, "embedded"
	Security string // in a few words: "TLS, SCRAM-SHA-512"; "" for none
	ReadOnly bool
	Current  bool
}

// Lister lists the contexts; it is called outside Update.
type Lister interface{ Contexts() ([]Item, error) }

// Switcher goes to another context. It connects first: while that fails, the present one stays.
type Switcher interface{ Switch(name string) tea.Cmd }

// Deps is what the page is made from.
type Deps struct {
	Lister   Lister
	Switcher Switcher // nil: there is no going to another context here
}

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "contexts", Title: "the clusters that are configured", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// listed is the answer of the lister.
type listed struct {
	items []Item
	err   error
}

type page struct {
	env   ui.Env
	deps  Deps
	table *table.Table[Item]
	err   error
	have  bool
}

// New makes the page.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	return &page{env: env, deps: d, table: newTable()}
}

func (p *page) Title() safetext.Text  { return safetext.Const("Contexts") }
func (p *page) Init() tea.Cmd         { return p.load() }
func (p *page) Filter() string        { return p.table.Filter() }
func (p *page) SetFilter(text string) { p.table.SetFilter(text) }

// load reads the contexts outside Update: they are in a file.
func (p *page) load() tea.Cmd {
	return func() tea.Msg {
		items, err := p.deps.Lister.Contexts()
		return listed{items, err}
	}
}

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	own := []ui.Binding{
		{Keys: []string{"enter"}, Title: "switch", Help: "go to this context", Enabled: func() bool { return p.deps.Switcher != nil && p.table.Len() > 0 }, Run: p.choose},
		{Keys: []string{"c", "y"}, Title: "copy", Help: "copy the brokers' addresses", Quiet: true, Enabled: func() bool { return p.table.Len() > 0 }, Run: func() tea.Cmd {
			c, _ := p.table.Selected()
			return ui.Copy(safetext.Const("brokers"), strings.Join(c.Brokers, ","))
		}},
		{Keys: []string{"r"}, Title: "refresh", Help: "read the configuration again", Run: p.load},
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *page) choose() tea.Cmd {
	c, ok := p.table.Selected()
	if !ok || p.deps.Switcher == nil {
		return nil
	}
	if c.Current {
		return ui.Notify(ui.Info, safetext.Join(ui.T(c.Name), safetext.Const(" is the present context.")))
	}
	return p.deps.Switcher.Switch(c.Name)
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.table.SetSize(msg.W, msg.H-1)
	case listed:
		p.err, p.have = msg.err, p.have || msg.err == nil
		if msg.err == nil {
			p.table.SetRows(msg.items)
			if i := slices.IndexFunc(msg.items, func(c Item) bool { return c.Current }); i >= 0 {
				p.table.Select(msg.items[i].Name)
			}
		}
	case tea.MouseMsg:
		if m, ok := ui.Within(ui.Rect{Y: 1, W: 1 << 15, H: 1 << 15}, msg); ok && p.table.Mouse(m) {
			return p, p.choose()
		}
	}
	return p, nil
}

func (p *page) View(f ui.Frame) string {
	if f.H <= 0 {
		return ""
	}
	title := []theme.Span{{Text: safetext.Const("Contexts")}}
	below := f.In(ui.Rect{W: f.W, H: f.H - 1})
	pr, bad := ui.ProblemOf(p.err)
	switch {
	case bad && !p.have:
		return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), ui.Block(below, pr.Lines(f.Theme, f.W)...))
	case bad:
		title = append(title, theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), f.Theme.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	case !p.have:
		return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), ui.Block(below))
	}
	return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), p.table.View(f.Theme))
}

func newTable() *table.Table[Item] {
	return table.New(table.Options[Item]{
		Key: func(c Item) string { return c.Name },
		Match: func(c Item, text string) bool {
			return strings.Contains(strings.ToLower(c.Name+" "+strings.Join(c.Brokers, " ")), text)
		},
		Empty: safetext.Const("No contexts are configured: krapp uses its embedded broker. Name clusters in the configuration file, and r reads it again."),
		Columns: []table.Column[Item]{
			{Title: "", Min: 1, Max: 1, Cell: func(c Item, _ int) table.Cell {
				if c.Current {
					return table.Cell{theme.S(theme.Good, theme.Theme{}.Glyphs().On)}
				}
				return nil
			}},
			{Title: "context", Min: 12, Max: 30, Weight: 1, Cell: func(c Item, _ int) table.Cell { return table.Cell{{Text: ui.T(c.Name), Strong: c.Current}} }},
			{Title: "brokers", Min: 24, Weight: 3, Cell: func(c Item, _ int) table.Cell { return table.Cell{{Text: ui.T(strings.Join(c.Brokers, ", "))}} }},
			{Title: "access", Min: 10, Cell: access},
			{Title: "security", Min: 20, Max: 28, Weight: 1, Drop: 2, Cell: func(c Item, _ int) table.Cell { return muted(c.Security, "none") }},
			{Title: "from", Min: 12, Weight: 2, Drop: 1, Cell: func(c Item, _ int) table.Cell { return muted(c.Source, "–") }},
		},
	})
}

func access(c Item, _ int) table.Cell {
	if c.ReadOnly {
		return table.Cell{theme.S(theme.Warn, safetext.Const("read-only"))}
	}
	return table.Cell{theme.S(theme.Muted, safetext.Const("read-write"))}
}

func muted(s, none string) table.Cell {
	if s == "" {
		s = none
	}
	return table.Cell{theme.S(theme.Muted, ui.T(s))}
}
