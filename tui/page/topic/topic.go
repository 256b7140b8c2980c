// Package topic is the page of one topic: its partitions, its configuration, and the groups that read it.
package topic

import (
	"context"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page is made from.
type Deps struct{ Client Client }

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "topic", Title: "one topic", Args: "TOPIC", Required: 1, New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// The panes, in the order of their keys.
const (
	partitionsPane = iota
	configsPane
	groupsPane
	panes
)

type page struct {
	env   ui.Env
	name  string
	fetch *fetcher

	picture   *ui.Poller[picture]
	configs   *ui.Poller[[]kafkaops.ConfigEntry]
	consumers *ui.Poller[consumers]

	pictures *ui.Stream[ui.Polled[picture]]
	settings *ui.Stream[ui.Polled[[]kafkaops.ConfigEntry]]
	readers  *ui.Stream[ui.Polled[consumers]]
	stop     context.CancelFunc

	now        ui.Polled[picture]
	config     ui.Polled[[]kafkaops.ConfigEntry]
	reader     ui.Polled[consumers]
	partitions *table.Table[partition]
	entries    *table.Table[kafkaops.ConfigEntry]
	groups     *table.Table[consumer]
	focus      int
	layout     layout
}

// New makes the page of the topic that the route names.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &page{env: env, name: r.Arg(0), fetch: &fetcher{client: d.Client, topic: r.Arg(0)}}
	p.picture = ui.NewPoller(pollEvery, samePicture, p.fetch.picture)
	p.configs = ui.NewPoller(slowEvery, slices.Equal[[]kafkaops.ConfigEntry], p.fetch.configs)
	p.consumers = ui.NewPoller(slowEvery, sameConsumers, p.fetch.consumers)
	p.partitions, p.entries, p.groups = partitionTable(), configTable(), groupTable()
	p.setFocus(partitionsPane)
	return p
}

func (p *page) Title() safetext.Text { return ui.T(p.name) }

// Init does nothing: the page watches while it is in sight.
func (p *page) Init() tea.Cmd { return nil }

// Filter is that of the pane in focus.
func (p *page) Filter() string        { return p.pane().Filter() }
func (p *page) SetFilter(text string) { p.pane().SetFilter(text) }

// pane is what the three tables have in common.
type pane interface {
	ui.Navigator
	ui.Sorter
	Filter() string
	SetFilter(string)
	SetFocus(bool)
	SetSize(w, h int)
	Len() int
	Mouse(tea.MouseMsg) bool
}

func (p *page) lists() [panes]pane { return [panes]pane{p.partitions, p.entries, p.groups} }
func (p *page) pane() pane         { return p.lists()[p.focus] }

func (p *page) setFocus(pane int) {
	p.focus = (pane + panes) % panes
	for i, l := range p.lists() {
		l.SetFocus(i == p.focus)
	}
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.layout = layoutOf(msg.W, msg.H)
		for i, l := range p.lists() {
			l.SetSize(p.layout.bodies[i].W, p.layout.bodies[i].H)
		}
	case ui.FocusMsg:
		return p, p.watch(msg.Visible)
	case ui.Snapshot[ui.Polled[picture]]:
		p.now = msg.Value
		p.partitions.SetRows(msg.Value.Value.partitions)
		return p, p.pictures.Next()
	case ui.Snapshot[ui.Polled[[]kafkaops.ConfigEntry]]:
		p.config = msg.Value
		p.entries.SetRows(msg.Value.Value)
		return p, p.settings.Next()
	case ui.Snapshot[ui.Polled[consumers]]:
		p.reader = msg.Value
		p.groups.SetRows(msg.Value.Value.groups)
		return p, p.readers.Next()
	case tea.MouseMsg:
		return p, p.mouse(msg)
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
	p.pictures, p.settings, p.readers = p.picture.Subscribe(ctx), p.configs.Subscribe(ctx), p.consumers.Subscribe(ctx)
	return tea.Batch(p.picture.Run(ctx), p.configs.Run(ctx), p.consumers.Run(ctx), p.pictures.Next(), p.settings.Next(), p.readers.Next())
}

func (p *page) mouse(msg tea.MouseMsg) tea.Cmd {
	for i, l := range p.lists() {
		if !p.layout.shows(i, p.focus) {
			continue
		}
		m, inside := ui.Within(p.layout.bodies[i], msg)
		if !inside {
			continue
		}
		focused := p.focus == i
		if _, click := msg.(tea.MouseClickMsg); click {
			p.setFocus(i)
		}
		if l.Mouse(m) && focused {
			return p.open()
		}
		return nil
	}
	return nil
}

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	goTo := func(page string) func() tea.Cmd { return func() tea.Cmd { return ui.OpenPage(page, p.name) } }
	own := []ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "open", Help: "the partition's messages, or the group", Enabled: func() bool { return p.pane().Len() > 0 && p.focus != configsPane }, Run: p.open},
		{Keys: []string{"m"}, Title: "messages", Help: "the topic's messages", Run: goTo("messages")},
		{Keys: []string{"P"}, Title: "produce", Help: "produce one message to the topic", Run: goTo("produce")},
		{Keys: []string{"tab"}, Title: "next pane", Run: func() tea.Cmd { p.setFocus(p.focus + 1); return nil }},
		{Keys: []string{"shift+tab"}, Title: "previous pane", Quiet: true, Run: func() tea.Cmd { p.setFocus(p.focus - 1); return nil }},
		{Keys: []string{"c", "y"}, Title: "copy", Help: "copy the configuration as name=value, the group's or the topic's name", Quiet: true, Run: p.copy},
		{Keys: []string{"r"}, Title: "refresh", Quiet: true, Run: p.refresh},
		ui.SortBinding(func() ui.Sorter { return p.pane() }),
	}
	for i, title := range []string{"partitions", "configuration", "groups"} {
		own = append(own, ui.Binding{Keys: []string{strconv.Itoa(i + 1)}, Title: title, Quiet: true, Run: func() tea.Cmd { p.setFocus(i); return nil }})
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p.pane() })...)
}

func (p *page) open() tea.Cmd {
	switch p.focus {
	case partitionsPane:
		if r, ok := p.partitions.Selected(); ok {
			return ui.OpenPage("messages", p.name, strconv.Itoa(int(r.ID)))
		}
	case groupsPane:
		if g, ok := p.groups.Selected(); ok {
			return ui.OpenPage("group", g.group)
		}
	}
	return nil
}

func (p *page) copy() tea.Cmd {
	if c, ok := p.entries.Selected(); ok && p.focus == configsPane {
		return ui.Copy(safetext.Const("configuration"), c.Name+"="+c.Value)
	}
	if g, ok := p.groups.Selected(); ok && p.focus == groupsPane {
		return ui.Copy(safetext.Const("group"), g.group)
	}
	return ui.Copy(safetext.Const("topic"), p.name)
}

func (p *page) refresh() tea.Cmd {
	p.picture.Refresh()
	p.configs.Refresh()
	p.consumers.Refresh()
	return nil
}
