package tui

import (
	"io"
	"time"

	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Options is all that the console is made from.
type Options struct {
	// Pages is the registry of pages. Home, and every page that another opens,
	// must be in it.
	Pages []ui.Maker
	// Home is the first page, and the one that q quits; {"dashboard"} if zero.
	Home ui.Route
	// Status feeds the header; nil: nothing is known of a connection.
	Status *ui.Mailbox[ui.Status]
	// Global are bindings in force on every page: n, i, a.
	Global []ui.Binding
	// Outside delivers what others than pages ask of the app: a notice that a
	// port was taken, the failure of a worker. Never closed; nil for none.
	Outside <-chan ui.ForApp
	// Keys remaps: the name of an action to the keys that do it instead.
	Keys map[string][]string
	// Theme says what the terminal can do. Run finds out by itself.
	Theme theme.Options
	// Times is how times are shown at first; Zone is Local's (nil: time.Local).
	Times ui.TimeMode
	Zone  *time.Location
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	// Input, Output and Environ are those of a terminal that is not the
	// process's own (SSH); nil: stdin, stdout and the environment. Such a console
	// runs nothing on this machine and never stops it. The output has to do what a
	// terminal's line does: \n goes out as \r\n. For Run only.
	Input   io.Reader
	Output  io.Writer
	Environ []string
	// Size is that terminal's size at first, and Resize delivers the later ones.
	Size   Size
	Resize <-chan Size
}

// Size is a terminal's, in cells.
type Size struct{ Width, Height int }

func (o Options) withDefaults() Options {
	if o.Home.Page == "" {
		o.Home = ui.To("dashboard")
	}
	if o.Status == nil {
		o.Status = ui.NewMailbox(ui.SameStatus)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) maker(page string) (ui.Maker, bool) {
	for _, m := range o.Pages {
		if m.Page == page {
			return m, true
		}
		for _, a := range m.Aliases {
			if a == page {
				return m, true
			}
		}
	}
	return ui.Maker{}, false
}

func (o Options) has(page string) bool {
	_, ok := o.maker(page)
	return ok
}
