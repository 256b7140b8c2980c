package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
)

// Route names a page and what it shows: {"topic", ["orders"]}. It is also
// what the command line types: ":topic orders". Pages know each other by
// Route only.
type Route struct {
	Page string
	Args []string
	// Value may carry what the opener already has (a record, a snapshot), so
	// that the page need not fetch it again. A page must manage without.
	Value any
}

// To is a short way to write a route.
func To(page string, args ...string) Route { return Route{Page: page, Args: args} }

// Arg is argument i, or "".
func (r Route) Arg(i int) string {
	if i < len(r.Args) {
		return r.Args[i]
	}
	return ""
}

// Same says that two routes lead to the same page.
func (r Route) Same(o Route) bool { return r.Page == o.Page && slices.Equal(r.Args, o.Args) }

// Maker is an entry of the registry: how to get a page for a route, and its
// command on the command line. cmd fills the registry; pages don't see it.
type Maker struct {
	Page    string   // the route's page, and the command's name
	Aliases []string // other names of the command: "t" for topics
	Title   string   // what help says of the command: "all topics"
	Args    string   // usage: "TOPIC", "TOPIC [PARTITION [OFFSET]]"; "" for none
	// Required is how many arguments the page cannot do without.
	Required int
	// Complete proposes values for the last of args. It must be quick and do
	// no I/O (complete from what is known already); nil for none.
	Complete func(args []string) []string
	New      func(Env, Route) Page
}

// Open goes to a page. A route that leads to the present page does nothing.
func Open(r Route) tea.Cmd { return send(OpenMsg{Route: r}) }

// OpenPage is Open for a route without a value.
func OpenPage(page string, args ...string) tea.Cmd { return Open(To(page, args...)) }

// Replace goes to a page that takes the place of the present one: a form that
// is done, for instance, should not come back by Esc.
func Replace(r Route) tea.Cmd { return send(OpenMsg{Route: r, Replace: true}) }

// Back leaves the page, as Esc does.
func Back() tea.Cmd { return send(BackMsg{}) }

// Quit ends the console, asking first when that stops something.
func Quit() tea.Cmd { return send(QuitMsg{}) }

// Notify shows a line at the bottom until the next key or for some seconds.
func Notify(r NoticeKind, text safetext.Text) tea.Cmd {
	return send(NoticeMsg{Kind: r, Text: text})
}

// Fail shows an error: what failed, on what, why, and what to try. A nil error
// and a cancelled context show nothing.
func Fail(err error) tea.Cmd {
	if err == nil {
		return nil
	}
	return send(FailMsg{Err: err})
}

// Copy puts raw data on the user's clipboard (OSC 52) and says so; what names
// it: "value".
func Copy(what safetext.Text, data string) tea.Cmd { return send(CopyMsg{What: what, Data: data}) }

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

// NoticeKind says what a notice means.
type NoticeKind uint8

// Kinds of notice.
const (
	Info NoticeKind = iota
	Success
	Warning
)

// OpenMsg is what Open and Replace send.
type OpenMsg struct {
	Route   Route
	Replace bool
}

// BackMsg is what Back sends.
type BackMsg struct{}

// QuitMsg is what Quit sends.
type QuitMsg struct{}

// NoticeMsg is what Notify sends.
type NoticeMsg struct {
	Kind NoticeKind
	Text safetext.Text
}

// FailMsg is what Fail sends.
type FailMsg struct{ Err error }

// CopyMsg is what Copy sends.
type CopyMsg struct {
	What safetext.Text
	Data string
}

// ForApp is a message that is meant for the app whichever page sent it.
type ForApp interface{ forApp() }

func (OpenMsg) forApp()   {}
func (BackMsg) forApp()   {}
func (QuitMsg) forApp()   {}
func (NoticeMsg) forApp() {}
func (FailMsg) forApp()   {}
func (CopyMsg) forApp()   {}
func (AskMsg) forApp()    {}
func (PlanMsg) forApp()   {}
func (PromptMsg) forApp() {}
