package doit

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

// editing is a value in a file of its own, in a directory of its own.
type editing struct {
	dir string
	err error // of the editor
}

type editedText string

// editLimit is the largest value that is read back.
const editLimit = 1 << 20

func (e editing) file() string { return filepath.Join(e.dir, "value.json") }

// startEdit writes the value to a file that only this user can read.
func (p *Page) startEdit() tea.Cmd {
	if p.deps.Served {
		return ui.Fail(kafkaops.NewError(kafkaops.Unsupported, "editing", "the value", "type it into the field", errors.New("this console is served: it has no editor")))
	}
	value := p.fields[valueField].Value()
	return ui.Load(p.env.Ctx, func(context.Context) (editing, error) {
		dir, err := os.MkdirTemp("", "krapp-value-")
		if err != nil {
			return editing{}, err
		}
		e := editing{dir: dir}
		return e, os.WriteFile(e.file(), []byte(value+"\n"), 0o600)
	})
}

// edit gives the terminal to the editor. Bubble Tea tells its program, not the page, that the editor is done; so the page hears of it
// through a mailbox.
func (p *Page) edit(e editing) tea.Cmd {
	words := strings.Fields(p.deps.Editor)
	if len(words) == 0 {
		words = []string{"vi"}
	}
	words = append(words, e.file())
	cmd := exec.CommandContext(p.env.Ctx, words[0], words[1:]...)
	run := tea.ExecProcess(cmd, func(err error) tea.Msg {
		p.edited.Put(editing{dir: e.dir, err: err})
		return nil
	})
	return tea.Batch(run, p.done.Next())
}

// readBack takes the value out of the file and removes it. The line's end that editors add is not part of it.
func (p *Page) readBack(e editing) tea.Cmd {
	return ui.Load(p.env.Ctx, func(context.Context) (editedText, error) {
		defer os.RemoveAll(e.dir)
		if e.err != nil {
			return "", kafkaops.NewError(kafkaops.Internal, "editing", "the value", "set EDITOR to an editor that is installed", e.err)
		}
		info, err := os.Stat(e.file())
		if err != nil {
			return "", err
		}
		if info.Size() > editLimit {
			return "", kafkaops.Errorf(kafkaops.Invalid, "editing", "the value", "send it from a file", "it has %d bytes", info.Size())
		}
		b, err := os.ReadFile(e.file())
		return editedText(strings.TrimSuffix(string(b), "\n")), err
	})
}
