// Package brokers is the page of the cluster's brokers: where they are, and how much of the topics each one leads and keeps.
package brokers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	Cluster(ctx context.Context) (kafkaops.Cluster, error)
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
}

// Deps is what the page is made from.
type Deps struct{ Client Client }

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "brokers", Aliases: []string{"b"}, Title: "the cluster's brokers", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

const (
	every   = 3 * time.Second
	timeout = 10 * time.Second
)

// row is a broker: one that answers, or one that partitions are kept on and that does not.
type row struct {
	kafkaops.Broker
	controller, offline       bool
	leaders, replicas, behind int // partitions; behind: its replicas that are not in sync
}

// picture is the cluster as of one look at it.
type picture struct {
	id   string
	rows []row
}

func same(a, b picture) bool { return a.id == b.id && slices.Equal(a.rows, b.rows) }

func fetch(ctx context.Context, c Client) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return picture{}, err
	}
	topics, err := c.ListTopics(ctx)
	if err != nil {
		return picture{}, err
	}
	return picture{id: cluster.ID, rows: rowsOf(cluster, topics)}, nil
}

// rowsOf counts what each broker leads and keeps. A broker that only replica lists tell of is offline.
func rowsOf(cluster kafkaops.Cluster, topics []kafkaops.Topic) []row {
	byID := map[int32]*row{}
	for _, b := range cluster.Brokers {
		byID[b.ID] = &row{Broker: b, controller: b.ID == cluster.Controller}
	}
	at := func(id int32) *row {
		if byID[id] == nil {
			byID[id] = &row{Broker: kafkaops.Broker{ID: id}, offline: true}
		}
		return byID[id]
	}
	for _, t := range topics {
		for _, p := range t.Partitions {
			if p.Leader >= 0 {
				at(p.Leader).leaders++
			}
			for _, id := range p.Replicas {
				at(id).replicas++
				if !slices.Contains(p.ISR, id) {
					at(id).behind++
				}
			}
		}
	}
	rows := make([]row, 0, len(byID))
	for _, r := range byID {
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}

type page struct {
	env    ui.Env
	poller *ui.Poller[picture]
	stream *ui.Stream[ui.Polled[picture]]
	stop   context.CancelFunc
	now    ui.Polled[picture]
	table  *table.Table[row]
}

// New makes the page.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	return &page{env: env, table: newTable(), poller: ui.NewPoller(every, same, func(ctx context.Context) (picture, error) { return fetch(ctx, d.Client) })}
}

func (p *page) Title() safetext.Text { return safetext.Const("Brokers") }

// Init does nothing: the page watches while it is in sight.
func (p *page) Init() tea.Cmd         { return nil }
func (p *page) Filter() string        { return p.table.Filter() }
func (p *page) SetFilter(text string) { p.table.SetFilter(text) }

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	own := []ui.Binding{
		{Keys: []string{"c", "y"}, Title: "copy address", Enabled: func() bool { return p.table.Len() > 0 }, Run: func() tea.Cmd {
			r, _ := p.table.Selected()
			return ui.Copy(safetext.Const("address"), address(r))
		}},
		{Keys: []string{"r"}, Title: "refresh", Run: func() tea.Cmd { p.poller.Refresh(); return nil }},
		ui.SortBinding(func() ui.Sorter { return p.table }),
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.table.SetSize(msg.W, msg.H-1)
	case ui.FocusMsg:
		return p, p.watch(msg.Visible)
	case ui.Snapshot[ui.Polled[picture]]:
		p.now = msg.Value
		p.table.SetRows(msg.Value.Value.rows)
		return p, p.stream.Next()
	case tea.MouseMsg:
		if m, ok := ui.Within(ui.Rect{Y: 1, W: 1 << 15, H: 1 << 15}, msg); ok {
			p.table.Mouse(m)
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
	rule := ui.Rule(f.Theme, f.W, true, p.heading(f.Theme)...)
	if p.now.At.IsZero() {
		return ui.Rows(rule, pending(f.In(ui.Rect{W: f.W, H: f.H - 1}), p.now.Err))
	}
	return ui.Rows(rule, p.table.View(f.Theme))
}

func (p *page) heading(th theme.Theme) []theme.Span {
	title := []theme.Span{{Text: safetext.Const("Brokers")}}
	if p.now.At.IsZero() {
		return title
	}
	if pr, bad := ui.ProblemOf(p.now.Err); bad {
		return append(title, theme.S(theme.Bad, safetext.Join(safetext.Spaces(1), th.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why)))
	}
	offline := 0
	for _, r := range p.now.Value.rows {
		if r.offline {
			offline++
		}
	}
	title = append(title, theme.S(theme.Muted, safetext.Join(safetext.Spaces(1), ui.Count(len(p.now.Value.rows)), safetext.Const(" · cluster "), ui.T(p.now.Value.id))))
	if offline > 0 {
		title = append(title, theme.S(theme.Bad, safetext.Join(safetext.Const(" · "), th.Glyphs().Failed, safetext.Sprintf(" %d offline", offline))))
	}
	return title
}

// pending fills the page until there is a picture.
func pending(f ui.Frame, err error) string {
	if pr, bad := ui.ProblemOf(err); bad {
		return ui.Block(f, pr.Lines(f.Theme, f.W)...)
	}
	return ui.Block(f, theme.Line{{Text: safetext.Spaces(3)}, theme.S(theme.Muted, safetext.Const("Asking the brokers…"))})
}

func address(r row) string { return r.Host + ":" + strconv.Itoa(r.Port) }

func newTable() *table.Table[row] {
	count := func(of func(row) int) func(row, int) table.Cell {
		return func(r row, w int) table.Cell { return table.Cell{{Text: ui.CountIn(of(r), w)}} }
	}
	by := func(of func(row) int) func(a, b row) int {
		return func(a, b row) int { return cmp.Compare(of(a), of(b)) }
	}
	leaders, replicas, behind := func(r row) int { return r.leaders }, func(r row) int { return r.replicas }, func(r row) int { return r.behind }
	return table.New(table.Options[row]{
		Key: func(r row) string { return strconv.Itoa(int(r.ID)) },
		Match: func(r row, text string) bool {
			return strings.Contains(strings.ToLower(strconv.Itoa(int(r.ID))+" "+address(r)+" "+r.Rack), text)
		},
		Empty: safetext.Const("No broker answers. r asks again."),
		Columns: []table.Column[row]{
			{Title: "id", Min: 5, Align: table.Right, Compare: func(a, b row) int { return cmp.Compare(a.ID, b.ID) },
				Cell: func(r row, _ int) table.Cell { return table.Cell{{Text: safetext.Sprintf("%d", r.ID)}} }},
			{Title: "host", Min: 12, Max: 50, Weight: 1, Cell: func(r row, _ int) table.Cell { return text(r.Host) }},
			{Title: "port", Min: 5, Align: table.Right, Cell: port},
			{Title: "rack", Min: 8, Max: 20, Weight: 1, Drop: 3, Cell: func(r row, _ int) table.Cell { return text(r.Rack) }},
			{Title: "leaders", Min: 7, Align: table.Right, Descending: true, Cell: count(leaders), Compare: by(leaders)},
			{Title: "replicas", Min: 8, Align: table.Right, Drop: 1, Descending: true, Cell: count(replicas), Compare: by(replicas)},
			{Title: "behind", Min: 7, Align: table.Right, Drop: 2, Descending: true, Cell: late, Compare: by(behind)},
			{Title: "state", Min: 13, Max: 30, Weight: 1, Cell: state},
		},
	})
}

func text(s string) table.Cell {
	if s == "" {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: ui.T(s)}}
}

func port(r row, _ int) table.Cell {
	if r.offline {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: safetext.Sprintf("%d", r.Port)}}
}

// late is the replicas that are not in sync.
func late(r row, w int) table.Cell {
	if r.behind == 0 {
		return table.Cell{theme.S(theme.Muted, safetext.Const("0"))}
	}
	return table.Cell{theme.S(theme.Warn, safetext.Join(safetext.Const("! "), ui.CountIn(r.behind, w-2)))}
}

func state(r row, _ int) table.Cell {
	g := theme.Theme{}.Glyphs()
	switch {
	case r.offline:
		return table.Cell{theme.S(theme.Bad, safetext.Join(g.Failed, safetext.Const(" offline")))}
	case r.controller:
		return table.Cell{theme.S(theme.Good, g.On), {Text: safetext.Const(" controller")}}
	}
	return table.Cell{theme.S(theme.Good, g.On), theme.S(theme.Muted, safetext.Const(" up"))}
}
