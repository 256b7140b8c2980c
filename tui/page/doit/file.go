package doit

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

// fileInfo is what was found in a file: its number of lines and the first three, or why it cannot be sent.
type fileInfo struct {
	path  string
	count int64
	first []string
	err   error
}

// readFile looks into the file that is named, in the background: it may be large.
func (p *Page) readFile() tea.Cmd {
	path, machine := p.value(fileField), p.deps.Machine
	if path == "" || path == p.file.path || p.deps.Served || machine == nil {
		return nil
	}
	return ui.Load(p.env.Ctx, func(context.Context) (fileInfo, error) {
		info := fileInfo{path: path}
		info.count, info.first, info.err = machine.Lines(path, 3)
		return info, nil
	})
}

func (p *Page) tookFile(info fileInfo) tea.Cmd {
	if info.path != p.value(fileField) {
		return nil // another one is named by now
	}
	p.file = info
	p.check()
	if p.asked {
		p.asked = false
		return p.enter()
	}
	return nil
}

// fileCount is the number of messages in the file, as far as it is known; 1 stands in while it is being read.
func (p *Page) fileCount(path string) (int64, error) {
	switch {
	case p.deps.Served || p.deps.Machine == nil:
		return 0, kafkaops.NewError(kafkaops.Unsupported, "reading the file", path, "use krapp doit --file on your own machine",
			errors.New("this console is served: it has no files"))
	case p.file.path != path:
		return 1, nil
	}
	return p.file.count, p.file.err
}
