package pipeline

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done here.
func (p *Page) Bindings() []ui.Binding {
	here := func() bool { return !p.deps.Served && p.known && p.pic.facts.Here.Any() }
	dead := func() bool { return p.known && p.pic.facts.Dead > 0 && p.pic.facts.DeadTopic != "" }
	onResults := func() bool { return p.focus == resultsPane && len(p.pic.facts.Results) > 0 }
	all := []ui.Binding{
		{Keys: []string{"n"}, Title: "start", Help: "start the job, or another one", Enabled: func() bool { return !p.deps.Served }, Run: p.start},
		{Keys: []string{"D"}, Title: "dead letters", Help: "open the rows that couldn't be read", Enabled: dead, Run: func() tea.Cmd {
			return ui.OpenPage("messages", p.pic.facts.DeadTopic)
		}},
		{Keys: []string{"x"}, Title: "stop", Help: "stop what this console runs of the job, after what is in hand", Enabled: here, Run: p.askStop},
		{Keys: []string{"enter", "d"}, Title: "open", Help: "open the records behind the row, why a source failed, or the worker's group",
			Enabled: func() bool { return p.known && p.rows(p.focus) > 0 }, Run: p.open},
		{Keys: []string{"b"}, Title: "bars", Help: "results as bars of one value, or as a table of all", Enabled: onResults, Run: func() tea.Cmd {
			p.wide = !p.wide
			p.shape()
			return nil
		}},
		{Keys: []string{"v"}, Title: "value", Help: "bars of the next value",
			Enabled: func() bool { return onResults() && !p.wide && len(p.pic.facts.Job.Values) > 1 }, Run: p.nextValue},
		{Keys: []string{"tab"}, Action: "next-pane", Title: "pane", Help: "next pane", Run: func() tea.Cmd { return p.turn(1) }},
		{Keys: []string{"shift+tab"}, Action: "previous-pane", Title: "previous pane", Quiet: true, Run: func() tea.Cmd { return p.turn(-1) }},
		{Keys: []string{"c"}, Title: "copy", Help: "copy the results as text, separated by tabs", Quiet: true, Enabled: onResults, Run: func() tea.Cmd {
			return ui.Copy(safetext.Const("the results"), p.text())
		}},
		{Keys: []string{"y"}, Action: "copy-command", Title: "copy command", Help: "copy the krapp command that shows this", Quiet: true,
			Enabled: func() bool { return p.known }, Run: func() tea.Cmd {
				return ui.Copy(safetext.Const("the command"), "krapp results "+p.pic.facts.Job.Ref+" --watch")
			}},
		{Keys: []string{"r"}, Title: "refresh", Quiet: true, Run: func() tea.Cmd { p.poller.Refresh(); return nil }},
		ui.SortBinding(func() ui.Sorter { return p.list() }),
	}
	for pane := range panes {
		name := strconv.Itoa(pane + 1)
		all = append(all, ui.Binding{Keys: []string{name}, Action: "pane-" + name, Title: "pane " + name, Quiet: true, Run: func() tea.Cmd {
			p.setFocus(pane)
			return nil
		}})
	}
	return append(all, ui.ListBindings(func() ui.Navigator { return p.list() })...)
}

// start opens the form, which comes back here.
func (p *Page) start() tea.Cmd {
	return ui.Open(ui.Route{Page: "read", Args: strings.Fields(p.ref()), Value: opener{p.job}})
}

// ref is what the job is called by.
func (p *Page) ref() string {
	if p.known {
		return p.pic.facts.Job.Ref
	}
	return p.job
}

// list is what keys do to the table in focus.
type list interface {
	ui.Navigator
	ui.Sorter
	Filter() string
	SetFilter(string)
}

func (p *Page) list() list {
	switch p.focus {
	case sourcesPane:
		return p.sources
	case workersPane:
		return p.workers
	}
	return p.results
}

// Filter is that of the pane in focus.
func (p *Page) Filter() string { return p.list().Filter() }

// SetFilter filters the pane in focus.
func (p *Page) SetFilter(text string) { p.list().SetFilter(text) }

func (p *Page) turn(by int) tea.Cmd {
	next := (p.focus + by + panes) % panes
	if next == sourcesPane && p.streams() {
		next = (next + by + panes) % panes
	}
	p.setFocus(next)
	return nil
}

// nextValue makes bars of another aggregate.
func (p *Page) nextValue() tea.Cmd {
	p.value = (p.value + 1) % len(p.pic.facts.Job.Values)
	p.measure()
	p.shape()
	return nil
}

// open opens the records behind what is under the cursor.
func (p *Page) open() tea.Cmd {
	f := &p.pic.facts
	switch p.focus {
	case sourcesPane:
		if s, ok := p.sources.Selected(); ok && s.Phase == Failed {
			const hint = "Mend what is wrong and start the job again with n: it goes on where the source failed."
			return ui.Fail(kafkaops.Errorf(kafkaops.Unavailable, "reading source", s.URL, hint, "%s", s.Failure))
		}
		return ui.OpenPage("messages", f.SourcesTopic)
	case workersPane:
		if w, ok := p.workers.Selected(); ok {
			return ui.OpenPage("group", w.group)
		}
	case resultsPane:
		return ui.OpenPage("messages", f.ResultsTopic)
	}
	return nil
}

func (p *Page) askStop() tea.Cmd {
	return ui.Ask(ui.Confirm{
		Title: safetext.Join(safetext.Const("Stop "), ui.T(p.pic.facts.Job.Name)),
		Body: []safetext.Text{
			safetext.Const("This console stops reading and computing, after the transactions in hand. Workers elsewhere go on."),
			safetext.Const("Nothing is lost and nothing counted twice: another start, here or elsewhere, goes on where this one ends."),
		},
		Yes: safetext.Const("stop"), No: safetext.Const("let it go on"),
		Run: p.stop,
	})
}

// text is the results for a spreadsheet.
func (p *Page) text() string {
	f := &p.pic.facts
	var b strings.Builder
	clean := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	write := func(cells []string) {
		for i, c := range cells {
			cells[i] = clean.Replace(c)
		}
		b.WriteString(strings.Join(cells, "\t") + "\n")
	}
	head := append([]string{}, f.Job.GroupBy...)
	if p.labels {
		head = append(head, "Description")
	}
	write(append(head, f.Job.Values...))
	for _, r := range f.Results {
		row := append([]string{}, r.Key...)
		if p.labels {
			row = append(row, labelOf(r))
		}
		for _, v := range r.Values {
			row = append(row, v.Text)
		}
		write(row)
	}
	b.WriteString(f.Sentence + "\n")
	return b.String()
}
