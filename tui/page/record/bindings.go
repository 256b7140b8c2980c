package record

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	have := func() bool { return p.have }
	raw := func() bool { return p.have && p.part != headers }
	own := []ui.Binding{
		{Keys: []string{".", "l", "right"}, Title: "next", Help: "the next record of the partition", Enabled: have, Run: func() tea.Cmd { return p.step(true) }},
		{Keys: []string{",", "h", "left"}, Title: "previous", Help: "the previous record of the partition", Enabled: have, Run: func() tea.Cmd { return p.step(false) }},
		{Keys: []string{"tab"}, Title: "value, key, headers", Action: "next-part", Enabled: have, Run: func() tea.Cmd { return p.choose((p.part + 1) % parts) }},
		{Keys: []string{"shift+tab"}, Title: "previous part", Quiet: true, Enabled: have, Run: func() tea.Cmd { return p.choose((p.part + parts - 1) % parts) }},
		{Keys: []string{"v"}, Title: "JSON, text, hex", Action: "view", Help: "show the bytes as JSON, text or hex", Enabled: raw, Run: p.cycle},
		{Keys: []string{"u"}, Title: "raw", Help: "show the bytes as they were sent, and back", Quiet: true, Enabled: raw, Run: p.raw},
		{Keys: []string{"c"}, Title: "copy", Help: "copy what is shown: value, key or headers", Enabled: have, Run: p.copyPart},
		{Keys: []string{"y"}, Title: "copy record", Help: "copy the whole record as JSON", Quiet: true, Enabled: func() bool { return p.have && p.deps.JSON != nil }, Run: p.copyRecord},
		{Keys: []string{"m"}, Title: "messages", Help: "the partition's messages from here on", Quiet: true, Enabled: have, Run: func() tea.Cmd {
			r := p.now.record
			return ui.OpenPage("messages", r.Topic, strconv.Itoa(int(r.Partition)), strconv.FormatInt(r.Offset, 10))
		}},
		{Keys: []string{"r"}, Title: "refresh", Help: "read again", Quiet: true, Run: func() tea.Cmd { return p.load(p.offset(), p.fetch.at) }},
	}
	for i, title := range []string{"value", "key", "headers"} {
		own = append(own, ui.Binding{Keys: []string{strconv.Itoa(i + 1)}, Title: title, Quiet: true, Enabled: have, Run: func() tea.Cmd { return p.choose(part(i)) }})
	}
	return append(own, ui.ListBindings(func() ui.Navigator { return p })...)
}

func (p *page) choose(to part) tea.Cmd {
	p.part = to
	return p.layOut(true)
}

func (p *page) isJSON() bool { return p.suits[p.part] == asJSON }

// cycle goes on to the next format; JSON is offered only for what is JSON.
func (p *page) cycle() tea.Cmd {
	f := (p.chosen[p.part] + 1) % formats
	if f == asJSON && !p.isJSON() {
		f = asText
	}
	p.chosen[p.part] = f
	return p.layOut(true)
}

func (p *page) raw() tea.Cmd {
	switch {
	case p.chosen[p.part] != asText:
		p.chosen[p.part] = asText
	case p.isJSON():
		p.chosen[p.part] = asJSON
	default:
		p.chosen[p.part] = asHex
	}
	return p.layOut(true)
}

func (p *page) copyPart() tea.Cmd {
	switch p.part {
	case value:
		return ui.Copy(safetext.Const("value"), string(p.now.record.Value))
	case key:
		return ui.Copy(safetext.Const("key"), string(p.now.record.Key))
	}
	data := ""
	for _, h := range p.now.record.Headers {
		data += h.Key + "=" + string(h.Value) + "\n"
	}
	return ui.Copy(safetext.Const("headers"), data)
}

// copyRecord encodes outside Update: a record can be large.
func (p *page) copyRecord() tea.Cmd {
	record, encode := p.now.record, p.deps.JSON
	return func() tea.Msg {
		data, err := encode(&record)
		if err != nil {
			return ui.FailMsg{Err: err}
		}
		return ui.CopyMsg{What: safetext.Const("record"), Data: string(data)}
	}
}
