package ui_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// Lister is all that the example page needs of a cluster.
type Lister interface {
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
}

type topics = []kafkaops.Topic

// TopicsPage is an example of a page: a list that is fetched again and again.
type TopicsPage struct {
	env    ui.Env
	poller *ui.Poller[topics]
	stream *ui.Stream[ui.Polled[topics]]
	table  *table.Table[kafkaops.Topic]
	err    error
}

func NewTopicsPage(env ui.Env, client Lister) *TopicsPage {
	p := &TopicsPage{env: env}
	p.poller = ui.NewPoller(2*time.Second, nil, func(ctx context.Context) (topics, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return client.ListTopics(ctx)
	})
	p.stream = p.poller.Subscribe(env.Ctx)
	p.table = table.New(table.Options[kafkaops.Topic]{
		Key: func(t kafkaops.Topic) string { return t.Name },
		Columns: []table.Column[kafkaops.Topic]{
			{
				Title: "topic", Min: 16, Weight: 1,
				Cell:    func(t kafkaops.Topic, _ int) table.Cell { return table.Cell{{Text: ui.T(t.Name)}} },
				Compare: func(a, b kafkaops.Topic) int { return cmp.Compare(a.Name, b.Name) },
			},
			{
				Title: "partitions", Min: 10, Align: table.Right, Drop: 1, Descending: true,
				Cell: func(t kafkaops.Topic, w int) table.Cell {
					return table.Cell{{Text: ui.CountIn(len(t.Partitions), w)}}
				},
				Compare: func(a, b kafkaops.Topic) int { return cmp.Compare(len(a.Partitions), len(b.Partitions)) },
			},
		},
		Empty: safetext.Const("No topics yet. n sends messages to a new one."),
	})
	return p
}

func (p *TopicsPage) Title() safetext.Text  { return safetext.Const("Topics") }
func (p *TopicsPage) Init() tea.Cmd         { return tea.Batch(p.poller.Run(p.env.Ctx), p.stream.Next()) }
func (p *TopicsPage) Filter() string        { return p.table.Filter() }
func (p *TopicsPage) SetFilter(text string) { p.table.SetFilter(text) }

func (p *TopicsPage) Bindings() []ui.Binding {
	some := func() bool { return p.table.Len() > 0 }
	return append([]ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "open", Enabled: some, Run: p.open},
		{Keys: []string{"r"}, Title: "refresh", Run: func() tea.Cmd { p.poller.Refresh(); return nil }},
		ui.SortBinding(func() ui.Sorter { return p.table }),
	}, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *TopicsPage) open() tea.Cmd {
	t, _ := p.table.Selected()
	return ui.OpenPage("topic", t.Name)
}

func (p *TopicsPage) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.table.SetSize(msg.W, msg.H-1)
	case ui.Snapshot[ui.Polled[topics]]:
		p.table.SetRows(msg.Value.Value)
		p.err = msg.Value.Err
		return p, p.stream.Next()
	}
	return p, nil
}

func (p *TopicsPage) View(f ui.Frame) string {
	title := []theme.Span{{Text: p.Title()}, theme.S(theme.Muted, safetext.Sprintf(" %d", p.table.Len()))}
	if problem, bad := ui.ProblemOf(p.err); bad { // the last known picture stays
		title = append(title, theme.S(theme.Bad, safetext.Join(safetext.Const(" ✘ "), problem.What)))
	}
	return ui.Rows(ui.Rule(f.Theme, f.W, true, title...), p.table.View(f.Theme))
}

// lister answers with its topics once and then fails.
type lister struct {
	answers []topics
	asked   int
}

func (l *lister) ListTopics(context.Context) ([]kafkaops.Topic, error) {
	l.asked++
	if l.asked > len(l.answers) {
		return nil, kafkaops.NewError(kafkaops.Unreachable, "listing topics", "", "", errors.New("refused"))
	}
	return l.answers[l.asked-1], nil
}

func TestExamplePage(t *testing.T) {
	p := NewTopicsPage(uitest.Env(t), &lister{answers: []topics{{{Name: "orders"}, {Name: "\x1b[2Jaudit"}}}})
	if first := uitest.Frame(t, p, 80, 22); !strings.Contains(first, "No topics yet.") {
		t.Errorf("got\n%s", first)
	}
	uitest.Run(t, p, p.Init(), func([]tea.Msg) bool {
		if p.table.Len() == 2 && p.err == nil {
			p.poller.Refresh() // this time it fails: the topics stay, with the error beside
		}
		return p.err != nil
	})
	for _, size := range []ui.SizeMsg{{W: 60, H: 14}, {W: 120, H: 38}, {W: 200, H: 58}} {
		if got := uitest.Frame(t, p, size.W, size.H); !strings.Contains(got, "␛[2Jaudit") {
			t.Errorf("got\n%s", got)
		}
	}
	open, _ := uitest.Press(t, p, "enter")().(ui.OpenMsg)
	if !open.Route.Same(ui.To("topic", "orders")) {
		t.Errorf("Enter leads to %+v", open.Route)
	}
	if got := uitest.Frame(t, p, 80, 22); !strings.Contains(got, "✘ listing topics") || !strings.Contains(got, "orders") {
		t.Errorf("got\n%s", got)
	}
}
