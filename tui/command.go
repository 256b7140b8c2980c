package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// command is something the command line can do: a page, or a binding's command.
type command struct {
	name, args string
	title      safetext.Text
	complete   func(args []string) []string
	run        func(args []string) tea.Cmd
}

// commands are those in force here: the page's first, then the app's and the
// pages to go to.
func (a *app) commands() []command {
	var all []command
	e := a.router.current()
	for _, b := range e.page.Bindings() {
		all = appendCommand(all, b, func(cmd tea.Cmd) tea.Cmd { return own(e.id, cmd) })
	}
	for _, b := range a.global() {
		all = appendCommand(all, b, func(cmd tea.Cmd) tea.Cmd { return cmd })
	}
	for _, m := range a.options.Pages {
		for _, name := range append([]string{m.Page}, m.Aliases...) {
			all = append(all, command{name: name, args: m.Args, title: safetext.Of(m.Title), complete: m.Complete, run: func(args []string) tea.Cmd {
				return a.open(ui.Route{Page: m.Page, Args: args}, false)
			}})
		}
	}
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(c command) bool {
		dup := seen[c.name]
		seen[c.name] = true
		return dup
	})
	slices.SortStableFunc(all, func(x, y command) int { return cmp.Compare(x.name, y.name) })
	return all
}

func appendCommand(all []command, b ui.Binding, wrap func(tea.Cmd) tea.Cmd) []command {
	c := b.Command
	if c.Name == "" || !b.On() {
		return all
	}
	return append(all, command{name: c.Name, args: c.Args, title: b.HelpText(), complete: c.Complete, run: func(args []string) tea.Cmd {
		switch {
		case c.Run != nil:
			return wrap(c.Run(args))
		case b.Run != nil:
			return wrap(b.Run())
		}
		return nil
	}})
}

// runLine does what a command line says.
func (a *app) runLine(line string) tea.Cmd {
	words := splitWords(line)
	if len(words) == 0 {
		return nil
	}
	a.said = append(slices.DeleteFunc(a.said, func(s string) bool { return s == line }), line)
	if len(a.said) > 100 {
		a.said = a.said[1:]
	}
	for _, c := range a.commands() {
		if c.name == words[0] {
			return c.run(words[1:])
		}
	}
	hint := "Press ? for the commands there are."
	if near := a.nearest(words[0]); near != "" {
		hint = "Did you mean :" + near + "? " + hint
	}
	return a.fail(kafkaops.Errorf(kafkaops.NotFound, "running command", ":"+words[0], hint, "there is no such command here"))
}

// nearest is the command that begins most like a word, "" if none does.
func (a *app) nearest(word string) string {
	best, score := "", 0
	for _, c := range a.commands() {
		n := 0
		for n < len(word) && n < len(c.name) && word[n] == c.name[n] {
			n++
		}
		if s := 100*n - max(len(c.name)-len(word), len(word)-len(c.name)); n > 0 && s > score {
			best, score = c.name, s
		}
	}
	return best
}

// proposals are whole lines that may be meant by the beginning of one.
func (a *app) proposals(line string) []string {
	words := splitWords(line)
	if len(words) == 0 || len(words) == 1 && !strings.HasSuffix(line, " ") {
		var names []string
		for _, c := range a.commands() {
			if strings.HasPrefix(c.name, strings.TrimSpace(line)) {
				if c.args != "" {
					names = append(names, c.name+" ")
				} else {
					names = append(names, c.name)
				}
			}
		}
		return names
	}
	args := words[1:]
	if strings.HasSuffix(line, " ") {
		args = append(args, "")
	}
	last := args[len(args)-1]
	stem := strings.TrimSuffix(line, last)
	var lines []string
	for _, c := range a.commands() {
		if c.name != words[0] || c.complete == nil {
			continue
		}
		for _, v := range c.complete(args) {
			if strings.HasPrefix(v, last) {
				lines = append(lines, stem+quoteWord(v))
			}
		}
	}
	return lines
}

// usage is what the command that a line begins with expects.
func (a *app) usage(line string) safetext.Text {
	words := splitWords(line)
	if len(words) == 0 {
		return safetext.Const("a command; Tab completes")
	}
	for _, c := range a.commands() {
		if c.name == words[0] {
			if c.args == "" {
				return c.title
			}
			return safetext.Join(safetext.Of(c.args), safetext.Const("  "), c.title)
		}
	}
	return safetext.Text{}
}

// splitWords splits at blanks; a word with blanks is written in double quotes.
func splitWords(s string) []string {
	var words []string
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

func quoteWord(s string) string {
	if strings.Contains(s, " ") {
		return `"` + s + `"`
	}
	return s
}
