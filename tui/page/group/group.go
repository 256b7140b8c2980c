// Package group is the page of one consumer group: how far it is on each partition, and who its members are.
package group

import (
	"context"
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
	return ui.Maker{Page: "group", Title: "one consumer group", Args: "GROUP", Required: 1, New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

type page struct {
	env     ui.Env
	id      string
	poller  *ui.Poller[picture]
	stream  *ui.Stream[ui.Polled[picture]]
	stop    context.CancelFunc
	now     ui.Polled[picture]
	lags    *table.Table[partition]
	members *table.Table[kafkaops.Member]
	below   bool // the members have the focus
	w, h    int
}

// New makes the page of the group that the route names.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &page{env: env, id: r.Arg(0), lags: partitionTable(), members: memberTable()}
	p.poller = ui.NewPoller(every, same, func(ctx context.Context) (picture, error) { return fetch(ctx, d.Client, p.id) })
	p.setFocus(false)
	return p
}

func (p *page) Title() safetext.Text { return ui.T(p.id) }

// Init does nothing: the page watches while it is in sight.
func (p *page) Init() tea.Cmd { return nil }

func (p *page) Filter() string        { return p.lags.Filter() }
func (p *page) SetFilter(text string) { p.lags.SetFilter(text) }

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	own := []ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "next message", Help: "the messages from the committed offset on: what the group stands before",
			Enabled: func() bool { return !p.below && p.lags.Len() > 0 }, Run: p.open},
		{Keys: []string{"tab", "shift+tab"}, Title: "next pane", Run: func() tea.Cmd { p.setFocus(!p.below); return nil }},
		{Keys: []string{"c", "y"}, Title: "copy", Help: "copy the group's or the member's name", Quiet: true, Run: p.copy},
		{Keys: []string{"r"}, Title: "refresh", Run: func() tea.Cmd { p.poller.Refresh(); return nil }},
		ui.SortBinding(func() ui.Sorter {
			if p.below {
				return p.members
			}
			return p.lags
		}),
	}
	return append(own, ui.ListBindings(func() ui.Navigator {
		if p.below {
			return p.members
		}
		return p.lags
	})...)
}

func (p *page) setFocus(below bool) {
	p.below = below
	p.lags.SetFocus(!below)
	p.members.SetFocus(below)
}

// open shows what the group is going to read next on the partition.
func (p *page) open() tea.Cmd {
	l, ok := p.lags.Selected()
	if !ok {
		return nil
	}
	at := max(l.Committed, l.Start)
	return ui.OpenPage("messages", l.Topic, strconv.Itoa(int(l.Partition)), strconv.FormatInt(at, 10))
}

func (p *page) copy() tea.Cmd {
	if m, ok := p.members.Selected(); ok && p.below {
		return ui.Copy(safetext.Const("member"), m.ID)
	}
	return ui.Copy(safetext.Const("group"), p.id)
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.w, p.h = msg.W, msg.H
		p.resize()
	case ui.FocusMsg:
		return p, p.watch(msg.Visible)
	case ui.Snapshot[ui.Polled[picture]]:
		p.now = msg.Value
		p.lags.SetRows(msg.Value.Value.partitions)
		p.members.SetRows(msg.Value.Value.group.Members)
		p.resize()
		return p, p.stream.Next()
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
	p.stream = p.poller.Subscribe(ctx)
	return tea.Batch(p.poller.Run(ctx), p.stream.Next())
}

// areas cuts the page into the state's line, the partitions' and the members' bodies; each body has a rule above it.
func (p *page) areas() (state, lags, members ui.Rect) {
	state, rest := (ui.Rect{W: p.w, H: p.h}).Top(1)
	rows := max(1, len(p.now.Value.group.Members))
	up, down := rest.Bottom(min(rows+2, rest.H/3))
	_, lags = up.Top(1)
	_, members = down.Top(1)
	return state, lags, members
}

func (p *page) resize() {
	_, lags, members := p.areas()
	p.lags.SetSize(lags.W, lags.H)
	p.members.SetSize(members.W, members.H)
}

func (p *page) mouse(msg tea.MouseMsg) tea.Cmd {
	_, lags, members := p.areas()
	_, click := msg.(tea.MouseClickMsg)
	if m, ok := ui.Within(lags, msg); ok {
		focused := !p.below
		if click {
			p.setFocus(false)
		}
		if p.lags.Mouse(m) && focused {
			return p.open()
		}
	}
	if m, ok := ui.Within(members, msg); ok {
		if click {
			p.setFocus(true)
		}
		p.members.Mouse(m)
	}
	return nil
}
