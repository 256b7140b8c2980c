package doit

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

// begun is a text that is ready to be edited, and left is one that the editor was left with.
type begun struct{ editing Editing }

type left struct {
	editing Editing
	err     error // of the editor
}

type editedText string

// startEdit gives the value to the machine's editor.
func (p *Page) startEdit() tea.Cmd {
	machine := p.deps.Machine
	if p.deps.Served || machine == nil {
		return ui.Fail(kafkaops.NewError(kafkaops.Unsupported, "editing", "the value", "type it into the field", errors.New("this console is served: it has no editor")))
	}
	value := p.fields[valueField].Value()
	return ui.Load(p.env.Ctx, func(context.Context) (begun, error) {
		e, err := machine.Edit(p.env.Ctx, value)
		return begun{e}, err
	})
}

// edit gives the terminal to the editor. Bubble Tea tells its program, not the page, that the editor is done; so the page hears of it
// through a mailbox.
func (p *Page) edit(e Editing) tea.Cmd {
	run := tea.ExecProcess(e.Editor(), func(err error) tea.Msg {
		p.edited.Put(left{e, err})
		return nil
	})
	return tea.Batch(run, p.done.Next())
}

// readBack takes the text that came of it.
func (p *Page) readBack(l left) tea.Cmd {
	return ui.Load(p.env.Ctx, func(context.Context) (editedText, error) {
		text, err := l.editing.Finish(l.err)
		return editedText(text), err
	})
}
