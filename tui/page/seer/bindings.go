package seer

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done; while a question is typed, letters are typed.
func (p *Page) Bindings() []ui.Binding {
	typing := p.CapturesText
	choosing := func() bool { return p.chosen != nil }
	citing := func() bool { return p.chosen != nil && p.chosen.turn > 0 }
	some := func() bool { return len(p.spots()) > 0 }
	answered := func() bool { _, ok := p.answered(); return ok }
	if p.now.Absent {
		return nil
	}
	open := "open"
	if p.chosen != nil && p.chosen.turn == 0 {
		open = "ask"
	}
	all := []ui.Binding{
		{Keys: []string{"esc"}, Action: "stop", Title: "stop", Help: "stop the answer", Enabled: p.now.Asking, Run: p.halt},
		{Keys: []string{"enter"}, Action: "ask", Title: "ask", Enabled: func() bool { return typing() && p.input.Value() != "" }, Run: p.send},
		{Keys: []string{"enter", "d"}, Title: open, Help: "the record that is cited", Enabled: choosing, Run: p.open},
		{Keys: []string{"tab"}, Action: "next-citation", Title: p.choiceTitle(), Help: "choose the next citation, or suggested question", Enabled: some, Run: func() tea.Cmd { return p.turnTo(1) }},
		{Keys: []string{"shift+tab"}, Action: "previous-citation", Title: "previous", Quiet: true, Enabled: some, Run: func() tea.Cmd { return p.turnTo(-1) }},
		{Keys: []string{"c", "y", "ctrl+y"}, Title: "copy", Help: "copy the answer with its citations", Enabled: answered, Run: p.copy},
		{Keys: []string{"a", "esc"}, Action: "question", Title: "question", Help: "go back to the question", Enabled: choosing, Run: func() tea.Cmd {
			p.chosen = nil
			return nil
		}},
		{Keys: []string{"ctrl+n"}, Action: "new-conversation", Title: "new", Help: "begin a new conversation: follow-up questions forget this one", Enabled: func() bool { return len(p.now.Turns) > 0 }, Run: p.anew},
		{Keys: []string{"up"}, Action: "earlier-question", Title: "earlier", Help: "the question before", Quiet: true, Enabled: typing, Run: func() tea.Cmd { return p.recall(1) }},
		{Keys: []string{"down"}, Action: "later-question", Title: "later", Help: "the question after", Quiet: true, Enabled: typing, Run: func() tea.Cmd { return p.recall(-1) }},
		{Keys: []string{"down", "j", "right"}, Action: "down", Title: "next", Quiet: true, Enabled: choosing, Run: func() tea.Cmd { return p.step(1) }},
		{Keys: []string{"up", "k", "left"}, Action: "up", Title: "previous", Quiet: true, Enabled: choosing, Run: func() tea.Cmd { return p.step(-1) }},
		{Keys: []string{"m"}, Title: "messages", Help: "the messages from the cited one on", Quiet: true, Enabled: citing, Run: p.around},
		{Keys: []string{"r"}, Title: "refresh", Help: "look at the seer's state now", Quiet: true, Enabled: choosing, Run: func() tea.Cmd {
			p.seer.Refresh()
			return nil
		}},
	}
	return append(all, p.scrolling()...)
}

func (p *Page) choiceTitle() string {
	if len(p.now.Turns) == 0 {
		return "suggestions"
	}
	return "citations"
}

// scrolling are the list keys that are not taken by choosing.
func (p *Page) scrolling() []ui.Binding {
	var out []ui.Binding
	for _, b := range ui.ListBindings(func() ui.Navigator { return p }) {
		switch b.Action {
		case "page-down", "page-up":
			if p.CapturesText() {
				b.Keys = b.Keys[:1] // Ctrl-F and Ctrl-B are the field's
			}
			out = append(out, b)
		case "first", "last":
			b.Enabled = func() bool { return p.chosen != nil }
			out = append(out, b)
		}
	}
	return out
}

// send asks what was typed.
func (p *Page) send() tea.Cmd { return p.put(p.input.Value()) }

func (p *Page) put(text string) tea.Cmd {
	switch {
	case strings.TrimSpace(text) == "":
		return nil
	case p.now.Asking():
		return ui.Notify(ui.Warning, safetext.Const("An answer is being given. Esc stops it."))
	case len(text) > seer.MaxQuestion:
		return ui.Notify(ui.Warning, safetext.Join(safetext.Const("The question is longer than "), ui.Bytes(seer.MaxQuestion), safetext.Const(".")))
	case !p.seer.Ask(text):
		return ui.Notify(ui.Warning, safetext.Const("The answer that was stopped has not ended yet. Try again in a moment."))
	}
	p.input.SetValue("")
	p.recalled, p.typed, p.chosen = 0, "", nil
	return nil
}

// halt stops the running answer; the question comes back to be changed, unless another is being typed.
func (p *Page) halt() tea.Cmd {
	if p.seer.Stop() && p.input.Value() == "" {
		p.input.SetValue(newest(p.now).Question)
	}
	return nil
}

func (p *Page) anew() tea.Cmd {
	p.seer.Clear()
	p.chosen, p.top, p.follow = nil, 0, true
	return nil
}

// recall goes back (1) and forth (-1) among the questions that were asked. What was typed is kept as the newest.
func (p *Page) recall(by int) tea.Cmd {
	asked := p.seer.Asked()
	if p.recalled == 0 {
		p.typed = p.input.Value()
		if by < 0 && p.typed == "" && len(p.now.Turns) == 0 {
			return p.turnTo(1) // down into the suggestions
		}
	}
	p.recalled = max(0, min(p.recalled+by, len(asked)))
	if p.recalled == 0 {
		p.input.SetValue(p.typed)
		return nil
	}
	p.input.SetValue(asked[len(asked)-p.recalled])
	return nil
}

// open opens the record that is cited, or asks the suggestion.
func (p *Page) open() tea.Cmd {
	if p.chosen != nil && p.chosen.turn == 0 {
		if all := p.now.Status.Suggestions; p.chosen.i < len(all) {
			return p.put(oneLine(all[p.chosen.i]))
		}
		return nil
	}
	c, ok := p.cited()
	if !ok {
		return nil
	}
	route, there := live.OpenCitation(c)
	if !there {
		return ui.Notify(ui.Warning, safetext.Join(live.PlaceOf(c), safetext.Const(" is gone: "), ui.T(c.Gone)))
	}
	return ui.Open(route)
}

// around opens the messages of the cited record's partition.
func (p *Page) around() tea.Cmd {
	c, ok := p.cited()
	if !ok {
		return nil
	}
	return ui.OpenPage("messages", c.Place.Topic, fmt.Sprint(c.Place.Partition), fmt.Sprint(c.Place.Offset))
}

// answered is the turn of the chosen citation, or the newest that has an answer.
func (p *Page) answered() (live.SeerTurn, bool) {
	if p.chosen != nil && p.chosen.turn > 0 {
		return p.turn(p.chosen.turn)
	}
	for i := len(p.now.Turns) - 1; i >= 0; i-- {
		if p.now.Turns[i].State == live.Answered {
			return p.now.Turns[i], true
		}
	}
	return live.SeerTurn{}, false
}

// copy copies an answer as it was given, with where its citations point.
func (p *Page) copy() tea.Cmd {
	t, ok := p.answered()
	if !ok {
		return nil
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(t.Answer.Text, "\n") + "\n")
	for i, c := range t.Answer.Citations {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%d] %s %d@%d\n", c.N, c.Place.Topic, c.Place.Partition, c.Place.Offset)
	}
	for _, c := range t.Answer.Counted {
		fmt.Fprintf(&b, "read %s %d@%d–%d: %d records\n", c.Topic, c.Partition, c.From, max(c.From, c.To-1), c.Records)
	}
	return ui.Copy(safetext.Const("the answer"), b.String())
}
