package main

import (
	"context"
	"slices"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/tui/page/contexts"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// desk is one console, going from place to place. What is shown on it is its own; the places are the house's.
type desk struct {
	ctx      context.Context
	house    *house
	who      audit.Actor
	lookOnly bool     // whoever sits here may change nothing
	contexts []string // where they may go; nil: anywhere
	terminal *remote  // the client's terminal; nil: this process's

	mu    sync.Mutex
	now   *place
	been  []*place           // places that it was at, in a house that isn't served: they stay open
	leave context.CancelFunc // ends the console at the present place
}

// run shows the console, at one place after the other, until it is quit.
func (d *desk) run() error {
	defer d.rise()
	for {
		ctx, leave := context.WithCancel(d.ctx)
		d.mu.Lock()
		at := d.now
		d.leave = leave
		d.mu.Unlock()
		err := console(ctx, d, at)
		leave()
		d.mu.Lock()
		moved := d.now != at
		d.mu.Unlock()
		if err != nil || !moved || d.ctx.Err() != nil {
			return err
		}
	}
}

// rise leaves every place.
func (d *desk) rise() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range append(d.been, d.now) {
		d.house.leave(p)
	}
}

// guard decides what may be done from this desk at a place.
func (d *desk) guard(p *place) *guard.Guard {
	return &guard.Guard{
		Who: d.who, Context: p.name, Contexts: d.contexts, ContextReadOnly: p.resolved.Context.ReadOnly, LookOnly: d.lookOnly, Served: d.house.served,
		Log: d.house.audit,
		Unlogged: func(err error) {
			d.house.log.Error("a change is not in the audit log", "error", err)
			p.session.note("This change is not in the audit log: " + err.Error())
		},
	}
}

func (d *desk) mayGo(name string) bool { return d.contexts == nil || slices.Contains(d.contexts, name) }

// Contexts lists where the console can go: the configured contexts, and where it began. A visitor sees only those that the key allows, and not
// where they are configured.
func (d *desk) Contexts() ([]contexts.Item, error) {
	conf, err := d.house.cluster.LoadContext("")
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	first := d.house.first
	source := func(text string) string {
		if d.house.served {
			return ""
		}
		return text
	}
	var items []contexts.Item
	listed := false
	for _, c := range conf.Contexts() {
		listed = listed || c.Name == first.name
		if d.mayGo(c.Name) {
			items = append(items, contexts.Item{
				Name: c.Name, Brokers: c.Brokers, Source: source(conf.Path), Security: c.Security, ReadOnly: c.ReadOnly || d.lookOnly, Current: c.Name == d.now.name,
			})
		}
	}
	if !listed && d.mayGo(first.name) {
		items = append(items, contexts.Item{
			Name: first.name, Brokers: first.session.Brokers(), Source: source(first.source), ReadOnly: first.resolved.Context.ReadOnly || d.lookOnly, Current: d.now == first,
		})
	}
	return items, nil
}

// Switch goes to another context. It connects first: while that fails, the present one stays.
func (d *desk) Switch(name string) tea.Cmd {
	return func() tea.Msg {
		if err := d.move(name); err != nil {
			return ui.Fail(err)()
		}
		return nil
	}
}

func (d *desk) move(name string) error {
	d.mu.Lock()
	at := d.now
	d.mu.Unlock()
	return d.guard(at).Do(d.ctx, guard.Action{Kind: guard.GoToContext, Resource: name}, func(ctx context.Context) error {
		p, err := d.house.enter(ctx, name, true)
		if err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		switch {
		case p == d.now:
			d.house.leave(p) // it was here already
			return nil
		case d.house.served:
			d.house.leave(d.now)
		default:
			d.been = append(d.been, d.now)
		}
		d.now = p
		d.leave()
		return nil
	})
}

// stops says what ends with this console, wherever it is now. A served one ends nothing: what it began goes on.
func (d *desk) stops() []safetext.Text {
	if d.house.served {
		return nil
	}
	var stops []safetext.Text
	for _, p := range d.house.all() {
		stops = append(stops, p.session.Stops()...)
	}
	return stops
}
