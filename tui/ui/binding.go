package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Binding is something that can be done: by a key, from the command line, or
// both. Dispatch, footer, help and completion are made from it.
type Binding struct {
	// Keys as Bubble Tea names them: "n", "enter", "esc", "space", "ctrl+r",
	// "P", "tab", "shift+tab", "pgdown". The first one is shown.
	Keys []string
	// Action is the name under which the user's configuration remaps the keys;
	// the Title in lower case when empty.
	Action string
	// Title is one or two words for the footer: "open", "DoIt".
	Title string
	// Help is a sentence for the help page; the Title when empty.
	Help string
	// Enabled says whether it can be done now; nil: always. What cannot be
	// done is not in the footer, muted in the help, and does nothing.
	Enabled func() bool
	// Quiet keeps it out of the footer: what fingers know anyway.
	Quiet bool
	// Run does it. It may change the page, and returns what is to be done
	// outside Update; nil with a Command only.
	Run func() tea.Cmd
	// Command is its form on the command line; the zero value for none.
	Command Command
}

// Command is a binding's form on the command line, ":name args".
type Command struct {
	Name string
	Args string // usage: "OFFSET|TIME|start|end"; "" for none
	// Complete proposes values for the last of args; no I/O. nil for none.
	Complete func(args []string) []string
	// Run gets the words after the name; nil: Binding.Run.
	Run func(args []string) tea.Cmd
}

// On says whether the binding can be used now.
func (b Binding) On() bool { return b.Enabled == nil || b.Enabled() }

// ActionName is the name for remapping.
func (b Binding) ActionName() string {
	if b.Action != "" {
		return b.Action
	}
	return strings.ReplaceAll(strings.ToLower(b.Title), " ", "-")
}

// HelpText is the sentence for the help.
func (b Binding) HelpText() safetext.Text {
	if b.Help != "" {
		return safetext.Of(b.Help)
	}
	return safetext.Of(b.Title)
}

// KeyLabel is how a key is written on the screen: ↵, Esc, Ctrl-E.
func KeyLabel(th theme.Theme, key string) safetext.Text {
	mods := ""
	for {
		mod, rest, found := strings.Cut(key, "+")
		if !found || rest == "" {
			break
		}
		mods += strings.ToUpper(mod[:1]) + mod[1:] + "-"
		key = rest
	}
	switch key {
	case "enter":
		if mods == "" {
			return th.Glyphs().Enter
		}
	case "up", "down", "left", "right", "esc", "tab", "space", "home", "end", "delete", "backspace", "insert":
	case "pgup":
		key = "PgUp"
	case "pgdown":
		key = "PgDn"
	}
	if mods != "" || len(key) > 1 {
		key = strings.ToUpper(key[:1]) + key[1:]
	}
	return safetext.Of(mods + key)
}

// Navigator is what list keys move: a *table.Table, or a page's own viewport.
type Navigator interface {
	Move(rows int)
	Page(windows int)
	Top()
	Bottom()
}

// ListBindings are the keys that move through a list. at is asked at each key,
// so that a page with several panes can answer with the one in focus.
func ListBindings(at func() Navigator) []Binding {
	quiet := func(help string, run func(Navigator), keys ...string) Binding {
		return Binding{Keys: keys, Action: strings.ReplaceAll(help, " ", "-"), Title: help, Quiet: true, Run: func() tea.Cmd {
			if n := at(); n != nil {
				run(n)
			}
			return nil
		}}
	}
	return []Binding{
		quiet("down", func(n Navigator) { n.Move(1) }, "j", "down"),
		quiet("up", func(n Navigator) { n.Move(-1) }, "k", "up"),
		quiet("first", Navigator.Top, "g", "home"),
		quiet("last", Navigator.Bottom, "G", "end"),
		quiet("page down", func(n Navigator) { n.Page(1) }, "pgdown", "ctrl+f"),
		quiet("page up", func(n Navigator) { n.Page(-1) }, "pgup", "ctrl+b"),
	}
}

// Sorter is what the sort key cycles: a *table.Table.
type Sorter interface{ CycleSort() }

// Marker is what the mark key marks: a *table.Table.
type Marker interface{ ToggleMark() }

// SortBinding is "s".
func SortBinding(at func() Sorter) Binding {
	return Binding{Keys: []string{"s"}, Title: "sort", Help: "sort by the next column", Quiet: true, Run: func() tea.Cmd {
		at().CycleSort()
		return nil
	}}
}

// MarkBinding is Space.
func MarkBinding(at func() Marker) Binding {
	return Binding{Keys: []string{"space"}, Title: "mark", Help: "mark the row for an action on several", Quiet: true, Run: func() tea.Cmd {
		at().ToggleMark()
		return nil
	}}
}
