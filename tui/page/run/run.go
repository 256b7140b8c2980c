// Package run is the page of one run: IsDone. The verdict comes first, then the numbers it was made from.
package run

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Actions is what can be done to a run. A *ledger.Ledger cancels; one with Options.Verify judges anew by scanning the topic.
type Actions interface {
	// Cancel asks whoever sends the run to stop.
	Cancel(ctx context.Context, runID string) error
	// Verify judges the run after scanning its whole topic.
	Verify(ctx context.Context, runID string) (roundtrip.Judgement, error)
}

// Deps is what the page works on.
type Deps struct {
	Runs    *live.Runs
	Actions Actions
	// ReadOnly refuses to cancel.
	ReadOnly bool
}

// Maker is the page's entry in the registry.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "run", Aliases: []string{"isdone"}, Title: "what became of a run; without an ID, of the newest", Args: "[RUN]",
		Complete: func([]string) []string {
			p, _ := d.Runs.Latest()
			ids := make([]string, len(p.Runs))
			for i := range p.Runs {
				ids[i] = p.Runs[i].Run.Short()
			}
			return ids
		},
		New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// The time that actions may take.
const (
	cancelTimeout = 15 * time.Second
	verifyTimeout = 10 * time.Minute // a scan of the topic; Esc goes elsewhere meanwhile
)

// Page is the page of one run.
type Page struct {
	env    ui.Env
	deps   Deps
	id     string // as asked for; "" means the newest
	stream *ui.Stream[live.RunsPicture]

	known     bool // j holds the run
	j         roundtrip.Judgement
	history   live.History
	err       error
	looked    bool // there has been a picture
	verifying bool
	verified  *roundtrip.Judgement // by a scan from here, of the run as it still is

	frame ui.Frame
	top   int // first line in sight
}

// verifiedMsg and cancelled tell the page's commands apart.
type (
	verifiedMsg struct{ roundtrip.Judgement }
	cancelled   struct{}
)

// New makes the page. The route's value may be the judgement, or the run that was just registered.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &Page{env: env, deps: d, id: r.Arg(0), stream: d.Runs.Subscribe(env.Ctx)}
	switch v := r.Value.(type) {
	case roundtrip.Judgement:
		p.j, p.known = v, true
	case roundtrip.Run:
		p.j, p.known = roundtrip.Judgement{Run: v}, true
	}
	return p
}

// Title is the part of the ID that people read.
func (p *Page) Title() safetext.Text {
	switch {
	case p.known:
		return ui.T(p.j.Run.Short())
	case p.id == "":
		return safetext.Const("newest run")
	}
	return ui.T(p.id[max(0, len(p.id)-5):])
}

// Init starts the stream. A run that was just registered is looked for at once.
func (p *Page) Init() tea.Cmd {
	p.deps.Runs.Refresh()
	return p.stream.Next()
}

// Update takes in pictures and what actions came to.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.frame.W, p.frame.H = msg.W, msg.H
	case ui.Snapshot[live.RunsPicture]:
		p.take(msg.Value)
		return p, p.stream.Next()
	case ui.Loaded[verifiedMsg]:
		p.verifying = false
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		p.verified = &msg.Value.Judgement
	case ui.Loaded[cancelled]:
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		p.deps.Runs.Refresh()
		return p, ui.Notify(ui.Success, safetext.Const("Cancelled: its sender stops within seconds."))
	case tea.MouseWheelMsg:
		p.wheel(msg)
	}
	return p, nil
}

func (p *Page) take(picture live.RunsPicture) {
	p.looked = true
	p.err = picture.Err
	j, found := picture.Find(p.id)
	if p.id == "" && len(picture.Runs) > 0 {
		j, found = picture.Runs[0], true
		p.id = j.Run.ID // stay with it, whatever comes
	}
	if p.known && !found {
		j, found = picture.Find(p.j.Run.ID)
	}
	if !found {
		return
	}
	if p.verified != nil && (j.Outcome != p.j.Outcome || j.Verdict != p.j.Verdict) {
		p.verified = nil // it went on
	}
	p.j, p.known, p.history = j, true, picture.History[j.Run.ID]
}

// shown is the judgement to show.
func (p *Page) shown() roundtrip.Judgement {
	if p.verified != nil {
		return *p.verified
	}
	return p.j
}

func (p *Page) wheel(msg tea.MouseWheelMsg) {
	switch msg.Button {
	case tea.MouseWheelUp:
		p.Move(-3)
	case tea.MouseWheelDown:
		p.Move(3)
	}
}

// Move scrolls by lines, as the list keys do.
func (p *Page) Move(n int) { p.top = max(0, min(p.top+n, len(p.lines(p.frame))-p.frame.H)) }

// Page scrolls by windows.
func (p *Page) Page(n int) { p.Move(n * max(1, p.frame.H-2)) }

// Top scrolls to the verdict.
func (p *Page) Top() { p.top = 0 }

// Bottom scrolls to the end.
func (p *Page) Bottom() { p.Move(1 << 20) }
