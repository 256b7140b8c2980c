package doit

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Machine is the one that the console runs on: its files and its editor. Where the console is served to somebody else, it refuses.
type Machine interface {
	// Lines counts the lines of a file and reads the first ones.
	Lines(path string, most int) (count int64, first []string, err error)
	// Edit puts a text where an editor can change it.
	Edit(ctx context.Context, text string) (Editing, error)
}

// Editing is a text that is being edited.
type Editing interface {
	// Editor is the command that changes it; it takes the terminal.
	Editor() *exec.Cmd
	// Finish reads the text back and leaves nothing behind. err is how the editor ended.
	Finish(err error) (string, error)
}

// Local is the machine that this process runs on.
type Local struct {
	Command string // the editor, with its arguments; "" means vi
}

// Lines counts the lines of a file and reads the first ones.
func (Local) Lines(path string, most int) (int64, []string, error) {
	lines, err := roundtrip.OpenLines(path)
	if err != nil {
		return 0, nil, err
	}
	defer lines.Close()
	var first []string
	for len(first) < most {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, nil, err
		}
		first = append(first, line)
	}
	return lines.Count(), first, nil
}

// editing is a text in a file of its own, in a directory of its own.
type editing struct {
	ctx     context.Context // of the page
	dir     string
	command string
}

// editLimit is the largest value that is read back.
const editLimit = 1 << 20

func (e editing) file() string { return filepath.Join(e.dir, "value.json") }

// Edit writes the text to a file that only this user can read.
func (l Local) Edit(ctx context.Context, text string) (Editing, error) {
	dir, err := os.MkdirTemp("", "krapp-value-")
	if err != nil {
		return nil, err
	}
	e := editing{ctx: ctx, dir: dir, command: l.Command}
	return e, os.WriteFile(e.file(), []byte(text+"\n"), 0o600)
}

// Editor is the command, with the file as its last argument.
func (e editing) Editor() *exec.Cmd {
	words := strings.Fields(e.command)
	if len(words) == 0 {
		words = []string{"vi"}
	}
	words = append(words, e.file())
	return exec.CommandContext(e.ctx, words[0], words[1:]...)
}

// Finish takes the text out of the file and removes it. The line's end that editors add is not part of it.
func (e editing) Finish(err error) (string, error) {
	defer os.RemoveAll(e.dir)
	if err != nil {
		return "", kafkaops.NewError(kafkaops.Internal, "editing", "the value", "set EDITOR to an editor that is installed", err)
	}
	info, err := os.Stat(e.file())
	if err != nil {
		return "", err
	}
	if info.Size() > editLimit {
		return "", kafkaops.Errorf(kafkaops.Invalid, "editing", "the value", "send it from a file", "it has %d bytes", info.Size())
	}
	b, err := os.ReadFile(e.file())
	return strings.TrimSuffix(string(b), "\n"), err
}
