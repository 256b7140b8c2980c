package doit

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done in the form; letters are typed.
func (p *Page) Bindings() []ui.Binding {
	edits := func() bool { return p.value(fileField) == "" && !p.deps.Served }
	return []ui.Binding{
		{Keys: []string{"enter"}, Title: "send", Help: "register the run and send it", Enabled: func() bool { return !p.sending }, Run: p.enter},
		{Keys: []string{"tab"}, Action: "next-field", Title: "next", Help: "complete, or go to the next field", Run: p.tab},
		{Keys: []string{"ctrl+e"}, Action: "edit", Title: "edit in $EDITOR", Help: "edit the value in $EDITOR", Enabled: edits, Run: p.startEdit},
		{Keys: []string{"ctrl+y"}, Action: "copy-command", Title: "copy command", Help: "copy the krapp command that does the same", Enabled: func() bool { return p.problem == nil }, Run: func() tea.Cmd {
			return ui.Copy(safetext.Const("the command"), p.deps.Plan(p.spec).Command)
		}},
		{Keys: []string{"shift+tab", "up"}, Action: "previous-field", Title: "previous", Quiet: true, Run: func() tea.Cmd { return p.move(-1) }},
		{Keys: []string{"down"}, Action: "next-row", Title: "next", Quiet: true, Run: func() tea.Cmd { return p.move(1) }},
		{Keys: []string{"esc"}, Action: "back", Title: "cancel", Run: ui.Back},
	}
}

// tab completes the field if there is something to complete, else goes on.
func (p *Page) tab() tea.Cmd {
	if !p.focus.isChoice() && p.fields[p.focus].Update(tea.KeyPressMsg{Code: tea.KeyTab}) {
		p.check()
		return nil
	}
	return p.move(1)
}

// move goes to another field in sight. A file that was named is looked into.
func (p *Page) move(by int) tea.Cmd {
	var all []field
	for _, r := range p.rows() {
		all = append(all, r...)
	}
	at := 0
	for i, f := range all {
		if f == p.focus {
			at = i
		}
	}
	p.focus = all[(at+by+len(all))%len(all)]
	return p.readFile()
}

// click goes to the field that was clicked; on a choice it takes the next.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	rows := p.rows()
	y := msg.Y - 1 // the rule
	if y < 0 || y >= len(rows) {
		return nil
	}
	row := rows[y]
	at := row[0]
	if len(row) == 2 && msg.X >= indent+label+p.half()+2 {
		at = row[1]
	}
	if at.isChoice() {
		p.focus = at
		p.choice("right")
		p.check()
		return nil
	}
	p.focus = at
	return p.readFile()
}
