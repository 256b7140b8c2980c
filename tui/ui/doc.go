// Package ui is what the console's pages and its app share: the Page contract,
// bindings, routes, messages, live data, and helpers that draw and format.
// Pages import ui and the parts (table, chart, theme, safetext), never tui and
// never one another.
//
// # A page
//
// A page is a pointer to a struct that implements [Page]. It is made by the
// constructor in a [Maker], with an [Env] (its context, the clock, the status)
// and the [Route] that led to it. What it needs of the cluster it declares as
// a small interface of its own, that cmd fills.
//
//	Init      start streams and loads; return their commands
//	Update    messages in, state changed, commands out; never I/O, never a wait
//	Bindings  what can be done now; footer, help, ":" and dispatch are made of it
//	View      exactly f.H lines of f.W cells, from state alone
//
// # Messages
//
// What a page's command returns comes back to that page and to no other, also
// while it is hidden: no page can mistake another's message. Messages for the
// app go through functions: [Open], [Back], [Notify], [Fail], [Copy], [Ask],
// [AskPlan], [AskText], [Quit]. Mouse messages are relative to the page; cut
// them down to a pane with [Within].
//
// # Live data
//
// A producer puts immutable snapshots into a [Mailbox]; a page subscribes with
// its context and returns [Stream.Next] from Init and after each [Snapshot].
// At most 30 a second arrive, always the newest, and none while nothing
// changes. Nothing ticks: a page that re-arms a timer is wrong. [Poller]
// fetches at an interval in its own goroutine; [Load] fetches once.
//
// # Text
//
// Strings from outside become safetext.Text at once, with [T]. A line is a
// theme.Line: spans in one of six roles. [Block] makes lines exactly a frame;
// [Rows], [Cols], [Rule] and [Divider] put blocks together; [Rect] cuts areas.
package ui
