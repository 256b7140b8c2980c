package messages

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// target is what a window shows.
type target struct {
	part      int32
	at        place
	ascending bool
}

// loaded is a window that was read.
type loaded struct {
	number int
	move   move
	win    window
	err    error
}

// move says where the cursor goes, and whether nothing is an answer.
type move uint8

const (
	jump move = iota
	toOlder
	toNewer
)

// load reads the window that a place names.
func (p *page) load(at place) tea.Cmd {
	n := p.n
	return p.fetch(jump, func(ctx context.Context, r reader) (window, error) { return r.at(ctx, at, n) })
}

// fetch reads a window outside Update; what was being read before is given up.
func (p *page) fetch(m move, read func(context.Context, reader) (window, error)) tea.Cmd {
	p.halt()
	p.following, p.loading = false, true
	p.loads++
	number, r := p.loads, reader{p.client, p.topic, p.part}
	ctx, cancel := context.WithTimeout(p.env.Ctx, loadTimeout)
	p.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		win, err := read(ctx, r)
		return loaded{number: number, move: m, win: win, err: err}
	}
}

func (p *page) gotWindow(l loaded) tea.Cmd {
	if l.number != p.loads || p.following {
		return nil // something else was asked for since
	}
	p.loading = false
	if l.err != nil {
		p.err = l.err
		if p.seen {
			p.err = nil
			if l.move == jump {
				p.part, p.at, p.ascending = p.was.part, p.was.at, p.was.ascending // the picture is still that
			}
			return ui.Fail(l.err)
		}
		return nil
	}
	if l.move != jump && len(l.win.rows) == 0 {
		return ui.Notify(ui.Info, p.edge(l.move))
	}
	p.win, p.unread, p.seen, p.err = l.win, l.win.unread, true, nil
	if l.move != jump {
		p.at = place{kind: atEnd, partition: p.part} // no longer where it went to
	}
	p.fill()
	// The cursor goes on where it left.
	if (l.move == toOlder) == p.ascending && l.move != jump {
		p.table.Bottom()
	} else {
		p.table.Top()
	}
	return nil
}

func (p *page) edge(m move) safetext.Text {
	if m == toOlder {
		return safetext.Const("These are the oldest messages there are.")
	}
	return safetext.Const("No newer messages yet. f follows what comes.")
}
