package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Page is one screen of the console. Update never blocks and does no I/O;
// View is pure and returns exactly f.H lines of f.W cells. A page is a
// pointer type: its bindings' Run functions change it, inside Update's turn.
type Page interface {
	// Title is the page's part of the breadcrumb: "Topics", "orders".
	Title() safetext.Text
	// Init starts the page's streams. It is called once.
	Init() tea.Cmd
	// Bindings is what can be done here and now, most important first: the
	// footer, the help, the command line and the dispatch of keys come from it.
	Bindings() []Binding
	// Update receives what the page's own commands returned, SizeMsg, FocusMsg,
	// mouse messages with (0,0) at the page's top left, and the keys that no
	// binding took. It usually returns the page itself.
	Update(tea.Msg) (Page, tea.Cmd)
	View(f Frame) string
}

// Capturer is a page (or part of one) that takes text. While CapturesText says
// true, keys that type something go to Update, not to bindings, and the
// console's own letters (q, ?, :, /, [, ]) are out of force. Esc, Enter, Tab
// and keys with Ctrl or Alt still go to the page's bindings first.
type Capturer interface{ CapturesText() bool }

// Filterer is a page with something to filter: it gets the "/" key. SetFilter
// is called with each change of the text, and with "" to show all.
type Filterer interface {
	Filter() string
	SetFilter(text string)
}

// Closer is a page with something to release other than what ends with its
// context. Close is called once, when the page cannot come back, and must not block.
type Closer interface{ Close() }

// Frame is where and how a page draws.
type Frame struct {
	W, H  int
	Theme theme.Theme
	Times Times
}

// In is the frame for a part of it.
func (f Frame) In(r Rect) Frame {
	f.W, f.H = max(r.W, 0), max(r.H, 0)
	return f
}

// SizeMsg tells a page its size: first after Init and then whenever it
// changes. Tables and inputs take their sizes from it.
type SizeMsg struct{ W, H int }

// Rect is the page's whole area.
func (m SizeMsg) Rect() Rect { return Rect{W: m.W, H: m.H} }

// FocusMsg tells a page that it is in sight, or no longer. A hidden page keeps
// getting its messages; one that costs the cluster something while it watches
// stops watching on Visible false.
type FocusMsg struct{ Visible bool }

// Env is what the app gives a page when it makes it.
type Env struct {
	// Ctx ends when the page cannot come back. Streams and loads hang on it.
	Ctx context.Context
	// Now is the clock; tests set it.
	Now func() time.Time
	// Status is the connection's state, as the header shows it.
	Status *Mailbox[Status]
}
