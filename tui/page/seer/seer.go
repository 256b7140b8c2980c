// Package seer is the page of the conversation with the seer: questions, answers with their citations, and what the seer has learned.
package seer

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/markdown"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page works with.
type Deps struct {
	Seer *live.Seer // the conversation, run by the app's owner; nil: there is no seer
}

// Maker is the page's entry in the registry. What follows the command's name is asked at once.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "seer", Aliases: []string{"ask"}, Title: "ask the seer, which has read the messages", Args: "[QUESTION]",
		New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// spot is something that can be chosen: a citation of a turn, or, with turn 0, a suggested question.
type spot struct{ turn, i int }

// Page is the conversation.
type Page struct {
	env    ui.Env
	seer   *live.Seer
	ask    string // the route's question
	stream *ui.Stream[live.SeerPicture]
	now    live.SeerPicture
	shown  bool

	input    ui.Input
	recalled int // steps back among the questions asked
	typed    string

	chosen *spot // nil: keys are for the input
	docs   map[int]markdown.Doc
	laying map[int]bool // being rendered outside Update
	w, h   int

	top    int  // first row in sight
	follow bool // the end stays in sight
	reveal int  // the turn whose answer is to be brought into sight
}

// New makes the page.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &Page{env: env, seer: d.Seer, ask: strings.Join(r.Args, " "), follow: true}
	if p.seer == nil {
		p.seer = live.NewSeer(nil)
	}
	p.input.Placeholder = safetext.Const("a question about what was read")
	p.forget()
	p.take(p.seer.Latest())
	p.stream = p.seer.Subscribe(env.Ctx)
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() safetext.Text { return safetext.Const("Seer") }

// CapturesText says that letters are for the question, unless a citation is chosen.
func (p *Page) CapturesText() bool { return p.chosen == nil && !p.now.Absent }

// Init asks what came with the route.
func (p *Page) Init() tea.Cmd {
	if p.ask != "" && !p.seer.Ask(p.ask) {
		p.input.SetValue(p.ask) // another answer is being given
	}
	return p.stream.Next()
}

// Close says that nobody looks any more.
func (p *Page) Close() { p.show(false) }

func (p *Page) show(on bool) {
	if p.shown != on {
		p.shown = on
		p.seer.Show(on)
	}
}

// Update takes in pictures, keys and the mouse.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		if p.w != msg.W {
			p.forget()
		}
		p.w, p.h = msg.W, msg.H
		return p, p.lay()
	case ui.FocusMsg:
		p.show(msg.Visible)
	case ui.Snapshot[live.SeerPicture]:
		p.take(msg.Value)
		return p, tea.Batch(p.lay(), p.stream.Next())
	case laid:
		return p, p.got(msg)
	case tea.KeyPressMsg:
		p.key(msg)
	case tea.PasteMsg:
		if p.CapturesText() {
			p.input.Update(tea.PasteMsg{Content: strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(msg.Content)})
		}
	case tea.MouseMsg:
		return p, p.mouse(msg)
	}
	return p, nil
}

// key types into the question. A digit chooses a suggestion where there is nothing else to do with it.
func (p *Page) key(msg tea.KeyPressMsg) {
	if !p.CapturesText() {
		return
	}
	if s := msg.Text; len(s) == 1 && s[0] >= '1' && s[0] <= '9' && p.input.Value() == "" && len(p.now.Turns) == 0 {
		if i := int(s[0] - '1'); i < len(p.now.Status.Suggestions) {
			p.input.SetValue(oneLine(p.now.Status.Suggestions[i]))
			return
		}
	}
	if p.input.Update(msg) {
		p.recalled = 0
	}
}

// take takes a picture in: a new question brings the end into sight, a new answer its beginning.
func (p *Page) take(next live.SeerPicture) {
	was, is := newest(p.now), newest(next)
	p.now = next
	if is.N != was.N && is.State == live.Asking {
		p.follow, p.chosen = true, nil
	}
	if is.N == was.N && was.State == live.Asking && is.State != live.Asking {
		p.reveal = is.N
	}
	for n := range p.docs {
		if _, kept := p.turn(n); !kept {
			delete(p.docs, n)
		}
	}
	if p.chosen != nil && !p.has(*p.chosen) {
		p.chosen = nil
	}
}

func newest(p live.SeerPicture) live.SeerTurn {
	if n := len(p.Turns); n > 0 {
		return p.Turns[n-1]
	}
	return live.SeerTurn{}
}

// turn finds a turn by its number.
func (p *Page) turn(n int) (live.SeerTurn, bool) {
	for i := range p.now.Turns {
		if p.now.Turns[i].N == n {
			return p.now.Turns[i], true
		}
	}
	return live.SeerTurn{}, false
}

// oneLine is a question from outside as it is put into the field.
func oneLine(s string) string { return markdown.Plain(s).String() }
