package topics

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	if p.form != nil {
		return p.formBindings()
	}
	some := func() bool { return p.table.Len() > 0 }
	own := []ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "open", Help: "open the topic: partitions, configuration, groups", Enabled: some, Run: func() tea.Cmd { return p.open("topic") }},
		{Keys: []string{"m"}, Title: "messages", Help: "the topic's messages", Enabled: some, Run: func() tea.Cmd { return p.open("messages") }},
		{Keys: []string{"P"}, Title: "produce", Help: "produce one message to the topic", Enabled: some, Run: func() tea.Cmd { return p.open("produce") }},
		{Keys: []string{"C"}, Title: "create", Help: "create a topic (a plan first)", Run: p.startCreate},
		{Keys: []string{"x"}, Title: "delete", Help: "delete the topic, or all that are marked (a plan first)", Enabled: some, Run: p.startDelete},
		{Keys: []string{"I"}, Action: "internal", Title: "internal", Help: "show or hide internal topics", Quiet: true, Run: p.toggleInternal},
		{Keys: []string{"r"}, Title: "refresh", Quiet: true, Run: p.refresh},
		ui.SortBinding(func() ui.Sorter { return p.table }),
		ui.MarkBinding(func() ui.Marker { return p.table }),
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *page) open(what string) tea.Cmd {
	r, ok := p.table.Selected()
	if !ok {
		return nil
	}
	return ui.OpenPage(what, r.name)
}

func (p *page) toggleInternal() tea.Cmd {
	p.internal = !p.internal
	p.fill()
	return nil
}

func (p *page) refresh() tea.Cmd {
	p.lists.Refresh()
	p.counts.Refresh()
	return nil
}
