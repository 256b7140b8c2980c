package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// noticeTime is how long a notice stays when no key is pressed. Its end is the
// one timer of the app, and it is set once a notice.
const noticeTime = 6 * time.Second

// maxCopy is what terminals and tmux take through OSC 52.
const maxCopy = 74_000

// notice is a line about what has just happened, or a problem.
type notice struct {
	n       int
	kind    ui.NoticeKind
	text    safetext.Text
	problem *ui.Problem
}

type noticeExpired struct{ n int }

// sticky notices stay until a key is pressed: nobody may miss an error.
func (n *notice) sticky() bool { return n.problem != nil }

func (a *app) notify(kind ui.NoticeKind, text safetext.Text) tea.Cmd {
	a.notices++
	n := a.notices
	a.notice = &notice{n: n, kind: kind, text: text}
	return tea.Tick(noticeTime, func(time.Time) tea.Msg { return noticeExpired{n: n} })
}

func (a *app) fail(err error) tea.Cmd {
	p, ok := ui.ProblemOf(err)
	if !ok {
		return nil
	}
	a.notices++
	a.notice = &notice{n: a.notices, problem: &p}
	return nil
}

func (a *app) copy(msg ui.CopyMsg) tea.Cmd {
	size := ui.Bytes(int64(len(msg.Data)))
	if len(msg.Data) > maxCopy {
		return a.fail(kafkaops.Errorf(kafkaops.Unsupported, "copying", msg.What.String(),
			"Save it with krapp tail -o json instead.", "%s is more than terminals accept (%s)", size, ui.Bytes(maxCopy)))
	}
	say := safetext.Join(msg.What, safetext.Const(" sent to the clipboard, "), size)
	return tea.Batch(tea.SetClipboard(msg.Data), a.notify(ui.Success, say))
}

// line is a notice in the footer's place.
func (n *notice) line(th theme.Theme) theme.Line {
	g := th.Glyphs()
	sign, role := safetext.Spaces(1), theme.Text
	switch n.kind {
	case ui.Success:
		sign, role = g.Done, theme.Good
	case ui.Warning:
		sign, role = g.Attention, theme.Warn
	}
	return theme.Line{{Text: safetext.Spaces(1)}, theme.S(role, sign), {Text: safetext.Spaces(1)}, theme.S(role, n.text)}
}
