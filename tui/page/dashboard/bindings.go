package dashboard

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done here.
func (p *Page) Bindings() []ui.Binding {
	some := func() bool { return p.rows(p.focus) > 0 || p.focus == seerPane && !p.seer.now.Absent }
	all := []ui.Binding{
		{Keys: []string{"n"}, Title: "DoIt", Help: "send messages and follow each one", Run: func() tea.Cmd { return p.form("doit") }},
		{Keys: []string{"i"}, Title: "IsDone", Help: "what became of the chosen run, or of the newest", Enabled: func() bool { return len(p.runs.Runs) > 0 }, Run: p.isDone},
		{Keys: []string{"a"}, Title: "ask", Help: "ask the seer, which has read the messages", Enabled: func() bool { return !p.seer.now.Absent }, Run: func() tea.Cmd { return ui.OpenPage("seer") }},
		{Keys: []string{"enter", "d"}, Title: "open", Enabled: some, Run: p.open},
		{Keys: []string{"P"}, Title: "produce one", Help: "produce one message to the watched topic", Run: func() tea.Cmd { return p.form("produce") }},
		{Keys: []string{"w"}, Title: "watch", Help: "choose the topic and group that are watched; without a name, the newest run's", Run: p.askTarget,
			Command: ui.Command{Name: "watch", Args: "[TOPIC [GROUP]]", Complete: p.complete, Run: p.watch}},
		{Keys: []string{"tab"}, Action: "next-pane", Title: "pane", Help: "next pane", Run: func() tea.Cmd { return p.turn(1) }},
		{Keys: []string{"+", "="}, Action: "more-messages", Title: "more", Help: "show more of the newest messages", Enabled: p.onMessages, Run: func() tea.Cmd { return p.resize(1) }},
		{Keys: []string{"-"}, Action: "fewer-messages", Title: "fewer", Help: "show fewer of the newest messages", Enabled: p.onMessages, Run: func() tea.Cmd { return p.resize(-1) }},
		{Keys: []string{"p"}, Title: "pause", Help: "keep the messages as they are, or follow again", Enabled: p.onMessages, Run: p.pause},
		{Keys: []string{"shift+tab"}, Action: "previous-pane", Title: "previous pane", Quiet: true, Run: func() tea.Cmd { return p.turn(-1) }},
		{Keys: []string{"r"}, Title: "refresh", Help: "look now", Quiet: true, Run: func() tea.Cmd {
			p.deps.Runs.Refresh()
			p.deps.Watch.Refresh()
			p.deps.Seer.Refresh()
			return nil
		}},
		ui.SortBinding(func() ui.Sorter { return p.table() }),
	}
	for pane := range panes {
		name := strconv.Itoa(pane + 1)
		all = append(all, ui.Binding{Keys: []string{name}, Action: "pane-" + name, Title: "pane " + name, Quiet: true, Run: func() tea.Cmd {
			p.setFocus(pane)
			return nil
		}})
	}
	return append(all, ui.ListBindings(func() ui.Navigator { return p.table() })...)
}

// list is what keys do to the table in focus.
type list interface {
	ui.Navigator
	ui.Sorter
	Filter() string
	SetFilter(string)
}

func (p *Page) table() list {
	switch p.focus {
	case partitionsPane:
		return p.partitionsTable
	case messagesPane:
		return p.messagesTable
	case seerPane:
		return &p.seer
	}
	return p.runsTable
}

// Filter is that of the pane in focus.
func (p *Page) Filter() string { return p.table().Filter() }

// SetFilter filters the pane in focus.
func (p *Page) SetFilter(text string) { p.table().SetFilter(text) }

func (p *Page) onMessages() bool { return p.focus == messagesPane }

func (p *Page) turn(by int) tea.Cmd {
	p.setFocus((p.focus + by + panes) % panes)
	return nil
}

// form opens a form on the watched topic.
func (p *Page) form(page string) tea.Cmd {
	if t, _ := p.deps.Watch.Target(); t.Topic != "" {
		return ui.OpenPage(page, t.Topic)
	}
	return ui.OpenPage(page)
}

func (p *Page) isDone() tea.Cmd {
	if j, ok := p.runsTable.Selected(); ok && p.focus == runsPane {
		return openRun(j)
	}
	return openRun(p.runs.Runs[0])
}

func openRun(j roundtrip.Judgement) tea.Cmd {
	return ui.Open(ui.Route{Page: "run", Args: []string{j.Run.ID}, Value: j})
}

// open opens what is under the cursor.
func (p *Page) open() tea.Cmd {
	switch p.focus {
	case runsPane:
		if j, ok := p.runsTable.Selected(); ok {
			return openRun(j)
		}
	case partitionsPane:
		if r, ok := p.partitionsTable.Selected(); ok {
			return ui.OpenPage("topic", r.Topic)
		}
	case messagesPane:
		if m, ok := p.messagesTable.Selected(); ok {
			route := ui.To("record", m.Topic, strconv.Itoa(int(m.Partition)), strconv.FormatInt(m.Offset, 10))
			if !m.Cut {
				route.Value = m.Record
			}
			return ui.Open(route)
		}
	case seerPane:
		return ui.OpenPage("seer")
	}
	return nil
}

// sizes are the steps of + and -.
func sizes() []int { return []int{5, 10, 20, 50, 100, live.MaxMessages} }

func (p *Page) resize(by int) tea.Cmd {
	all := sizes()
	at, exact := slices.BinarySearch(all, p.deps.Watch.Count())
	if !exact && by > 0 {
		at-- // the next step above is at
	}
	p.deps.Watch.SetCount(all[max(0, min(at+by, len(all)-1))])
	return nil
}

func (p *Page) pause() tea.Cmd {
	p.paused = !p.paused
	if !p.paused {
		p.deps.Watch.Refresh()
		if m, ok := p.deps.Watch.LatestMessages(); ok {
			p.takeMessages(m)
		}
	}
	return nil
}

// askTarget asks what to watch.
func (p *Page) askTarget() tea.Cmd {
	t, chosen := p.deps.Watch.Target()
	value := ""
	if chosen {
		value = strings.TrimSpace(t.Topic + " " + t.Group)
	}
	return ui.AskText(ui.Prompt{
		Title: safetext.Const("Watch a topic"),
		Label: safetext.Const("Topic, and a group:"),
		Value: value,
		Hint:  safetext.Const("A topic, and after a blank the group whose lag is shown. Tab completes. Nothing: the topic and group of the newest run."),
		Complete: func(line string) []string {
			words := strings.Fields(line)
			if len(words) == 0 || strings.HasSuffix(line, " ") {
				words = append(words, "")
			}
			stem := strings.TrimSuffix(line, words[len(words)-1])
			var out []string
			for _, v := range p.complete(words) {
				if strings.HasPrefix(v, words[len(words)-1]) {
					out = append(out, stem+v)
				}
			}
			return out
		},
		Run: func(value string) tea.Cmd { return p.watch(strings.Fields(value)) },
	})
}

// complete proposes topics, then groups.
func (p *Page) complete(args []string) []string {
	switch len(args) {
	case 1:
		return p.deps.Topics()
	case 2:
		return p.deps.Groups()
	}
	return nil
}

// watch changes what is watched. Without a group, that of the newest run of the topic is taken, if there is one.
func (p *Page) watch(args []string) tea.Cmd {
	if len(args) == 0 {
		p.deps.Watch.Follow()
		return ui.Notify(ui.Info, safetext.Const("Watching the topic and group of the newest run."))
	}
	t := live.Target{Topic: args[0]}
	if len(args) > 1 {
		t.Group = args[1]
	}
	for i := 0; t.Group == "" && i < len(p.runs.Runs); i++ {
		if r := p.runs.Runs[i].Run; r.Topic == t.Topic {
			t.Group = r.Evidence.Group
		}
	}
	p.deps.Watch.Choose(t)
	return nil
}
