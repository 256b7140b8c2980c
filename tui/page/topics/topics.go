// Package topics is the page of all topics: how many partitions and messages they have, how fast they grow, and what is wrong with them.
package topics

import (
	"context"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page is made from.
type Deps struct {
	Client   Client
	ReadOnly bool // the context must not be changed
	Served   bool // the console is shown to somebody else, who may be read-only in the context's place
}

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "topics", Aliases: []string{"t"}, Title: "all topics", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// page is the list; while form is set, that takes the keys.
type page struct {
	env    ui.Env
	deps   Deps
	fetch  *fetcher
	lists  *ui.Poller[[]topic]
	counts *ui.Poller[map[string]count]
	list   ui.Polled[[]topic]
	count  ui.Polled[map[string]count]

	listed  *ui.Stream[ui.Polled[[]topic]]
	counted *ui.Stream[ui.Polled[map[string]count]]
	watched context.Context // while the page is in sight
	stop    context.CancelFunc

	table    *table.Table[row]
	internal bool // shown too
	hidden   int  // internal topics that are not shown
	form     *form
	w, h     int
}

// New makes the page.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	p := &page{env: env, deps: d, fetch: &fetcher{client: d.Client}, table: newTable()}
	p.lists = ui.NewPoller(listEvery, slices.Equal[[]topic], p.fetch.list)
	p.counts = ui.NewPoller(countEvery, maps.Equal[map[string]count, map[string]count], p.fetch.count)
	return p
}

func (p *page) Title() safetext.Text { return safetext.Const("Topics") }

// Init does nothing: the page watches while it is in sight.
func (p *page) Init() tea.Cmd { return nil }

func (p *page) CapturesText() bool    { return p.form != nil }
func (p *page) Filter() string        { return p.table.Filter() }
func (p *page) SetFilter(text string) { p.table.SetFilter(text) }

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.w, p.h = msg.W, msg.H
		p.table.SetSize(msg.W, msg.H-1)
	case ui.FocusMsg:
		return p, p.watch(msg.Visible)
	case ui.Snapshot[ui.Polled[[]topic]]:
		return p, p.gotList(msg.Value)
	case ui.Snapshot[ui.Polled[map[string]count]]:
		p.count = msg.Value
		p.fill()
		return p, p.counted.Next()
	case changed:
		return p, p.done(msg)
	case tea.MouseMsg:
		return p, p.mouse(msg)
	default:
		if p.form != nil {
			p.form.update(msg)
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
	p.watched, p.stop = context.WithCancel(p.env.Ctx)
	p.listed, p.counted = p.lists.Subscribe(p.watched), nil
	return tea.Batch(p.lists.Run(p.watched), p.listed.Next())
}

// gotList shows a new list; the first one starts the counting.
func (p *page) gotList(list ui.Polled[[]topic]) tea.Cmd {
	p.list = list
	p.fill()
	next := p.listed.Next()
	if p.counted != nil || list.At.IsZero() || p.watched.Err() != nil {
		return next
	}
	p.counted = p.counts.Subscribe(p.watched)
	return tea.Batch(next, p.counts.Run(p.watched), p.counted.Next())
}

// fill makes the rows of the list and the counts.
func (p *page) fill() {
	rows := make([]row, 0, len(p.list.Value))
	p.hidden = 0
	for _, t := range p.list.Value {
		if t.internal && !p.internal {
			p.hidden++
			continue
		}
		c, known := p.count.Value[t.name]
		rows = append(rows, row{topic: t, count: c, counted: known})
	}
	p.table.SetRows(rows)
}

func (p *page) mouse(msg tea.MouseMsg) tea.Cmd {
	if p.form != nil {
		return nil
	}
	if m, ok := ui.Within(ui.Rect{Y: 1, W: p.w, H: p.h - 1}, msg); ok && p.table.Mouse(m) {
		return p.open("topic")
	}
	return nil
}

func (p *page) View(f ui.Frame) string {
	if p.form != nil {
		return p.form.view(f)
	}
	_, below := (ui.Rect{W: f.W, H: f.H}).Top(1)
	if f.H <= 0 {
		return ""
	}
	rule := ui.Rule(f.Theme, f.W, true, p.heading(f.Theme)...)
	if p.list.At.IsZero() {
		return ui.Rows(rule, pending(f.In(below), p.list.Err))
	}
	return ui.Rows(rule, p.table.View(f.Theme))
}

func (p *page) heading(th theme.Theme) []theme.Span {
	title := []theme.Span{{Text: safetext.Const("Topics")}}
	if p.list.At.IsZero() {
		return title
	}
	title = append(title, theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), ui.Count(p.table.Len()))))
	for _, err := range []error{p.list.Err, p.count.Err} {
		if pr, bad := ui.ProblemOf(err); bad {
			return append(title, theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), th.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
		}
	}
	if p.hidden > 0 {
		title = append(title, theme.S(theme.Muted, safetext.Sprintf(" · %d internal hidden, I shows them", p.hidden)))
	}
	return append(title, theme.S(theme.Muted, safetext.Const(" · messages: end − start, about")))
}

// pending fills the page until there is a list.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Listing the topics…"))})
}
