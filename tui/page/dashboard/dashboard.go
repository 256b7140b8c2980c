// Package dashboard is the console's home: the runs, the partitions of the watched topic with a group's lag, its newest
// messages, and the last word of the seer. With room the panes stand side by side; without, they are tabs.
package dashboard

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// Deps is what the dashboard shows, run by the app's owner.
type Deps struct {
	Runs  *live.Runs
	Watch *live.Watch
	Seer  *live.Seer // the conversation that its page shows too; nil: there is no seer
	// Topics and Groups are the names known, for completion; no I/O.
	Topics, Groups func() []string
}

// Maker is the dashboard's entry in the registry of pages.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "dashboard", Aliases: []string{"home"}, Title: "runs, partitions, messages and the seer at a glance",
		New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// The panes, in the order of their keys.
const (
	runsPane = iota
	partitionsPane
	messagesPane
	seerPane
	panes
)

// Page is the dashboard.
type Page struct {
	env  ui.Env
	deps Deps

	runsStream       *ui.Stream[live.RunsPicture]
	partitionsStream *ui.Stream[live.Partitions]
	messagesStream   *ui.Stream[live.Messages]
	seerStream       *ui.Stream[live.SeerPicture]

	runs       live.RunsPicture
	partitions live.Partitions
	messages   live.Messages
	seer       seerPicture
	paused     bool // messages stay as they are
	shown      bool

	frame           ui.Frame // of the drawing that goes on; cells need its times and glyphs
	size            ui.SizeMsg
	focus           int
	runsTable       *table.Table[roundtrip.Judgement]
	partitionsTable *table.Table[live.Partition]
	messagesTable   *table.Table[live.Message]
}

// New makes the dashboard.
func New(env ui.Env, d Deps, _ ui.Route) ui.Page {
	p := &Page{env: env, deps: d}
	p.runsStream = d.Runs.Subscribe(env.Ctx)
	p.partitionsStream = d.Watch.Partitions(env.Ctx)
	p.messagesStream = d.Watch.Messages(env.Ctx)
	if p.deps.Seer == nil {
		p.deps.Seer = live.NewSeer(nil)
	}
	p.seerStream = p.deps.Seer.Subscribe(env.Ctx)
	p.seer.take(p.deps.Seer.Latest())
	frame := func() ui.Frame { return p.frame }
	p.runsTable = verdict.Table(frame)
	p.partitionsTable = partitionsTable(frame)
	p.messagesTable = messagesTable(frame)
	p.setFocus(runsPane)
	return p
}

// Title is not shown in a breadcrumb, as the dashboard is its start.
func (p *Page) Title() safetext.Text { return safetext.Const("Dashboard") }

// Init starts the streams.
func (p *Page) Init() tea.Cmd {
	return tea.Batch(p.runsStream.Next(), p.partitionsStream.Next(), p.messagesStream.Next(), p.seerStream.Next())
}

// Close lets go of the messages and of the seer's state.
func (p *Page) Close() { p.show(false) }

// show tells the feeds whether the messages and the seer's state are wanted: fetching them costs something.
func (p *Page) show(on bool) {
	if p.shown != on {
		p.shown = on
		p.deps.Watch.Show(on)
		p.deps.Seer.Show(on)
	}
}

// Update takes in snapshots and mouse messages.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.size = msg
		p.layout()
	case ui.FocusMsg:
		p.show(msg.Visible)
	case ui.Snapshot[live.RunsPicture]:
		p.runs = msg.Value
		p.runsTable.SetRows(msg.Value.Runs)
		return p, p.runsStream.Next()
	case ui.Snapshot[live.Partitions]:
		p.partitions = msg.Value
		p.partitionsTable.SetRows(msg.Value.Rows)
		return p, p.partitionsStream.Next()
	case ui.Snapshot[live.Messages]:
		p.takeMessages(msg.Value)
		return p, p.messagesStream.Next()
	case ui.Snapshot[live.SeerPicture]:
		p.seer.take(msg.Value)
		return p, p.seerStream.Next()
	case tea.MouseMsg:
		return p, p.mouse(msg)
	}
	return p, nil
}

func (p *Page) takeMessages(m live.Messages) {
	if p.paused && m.Topic == p.messages.Topic {
		return
	}
	p.paused = false
	p.messages = m
	p.messagesTable.SetRows(m.Records)
}

// mouse: a click chooses a pane and a row, a second one opens it, the wheel scrolls.
func (p *Page) mouse(msg tea.MouseMsg) tea.Cmd {
	for pane, r := range p.rects() {
		m, ok := ui.Within(r, msg)
		if !ok {
			continue
		}
		again := false
		if _, click := msg.(tea.MouseClickMsg); click {
			again = pane == seerPane && p.focus == seerPane
			p.setFocus(pane)
		}
		m = ui.Shift(m, 0, -1) // the pane's rule
		switch pane {
		case runsPane:
			again = p.runsTable.Mouse(m)
		case partitionsPane:
			again = p.partitionsTable.Mouse(m)
		case messagesPane:
			again = p.messagesTable.Mouse(m)
		case seerPane:
			p.seer.wheel(m)
		}
		if again {
			return p.open()
		}
		return nil
	}
	return nil
}
