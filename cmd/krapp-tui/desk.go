package main

import (
	"context"
	"log/slog"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/tui/page/contexts"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// embeddedName is how the embedded broker is listed among the contexts.
const embeddedName = "embedded"

// place is a cluster that the console is at, or has been at.
type place struct {
	name     string
	source   string // where it was named
	resolved *config.Resolved
	session  *session
}

// desk is the console over all the places it goes to. The one it began with goes on running meanwhile: an embedded broker has other clients.
type desk struct {
	ctx     context.Context
	cluster *cli.Cluster
	log     *slog.Logger

	mu     sync.Mutex
	places map[string]*place
	first  *place
	now    *place
	leave  context.CancelFunc // ends the console at the present place
}

func newDesk(ctx context.Context, cluster *cli.Cluster, conf *config.Config, r *config.Resolved, o stack.Options) *desk {
	p := &place{name: r.Context.Name, resolved: r, source: conf.Path}
	switch {
	case len(r.Context.Brokers) == 0:
		p.name, p.source = embeddedName, embeddedName
	case p.name == "":
		p.name, p.source = r.Context.Brokers[0], r.OriginOf(config.Brokers)
	}
	p.session = open(ctx, conf, o)
	for _, note := range r.Notes {
		p.session.note(note)
	}
	return &desk{ctx: ctx, cluster: cluster, log: o.Log, places: map[string]*place{p.name: p}, first: p, now: p}
}

// run shows the console, at one place after the other, until it is quit.
func (d *desk) run() error {
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

// close ends every session; the first one, which others may depend on, last.
func (d *desk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var failed error
	for _, p := range d.places {
		if p != d.first {
			if err := p.session.Close(); failed == nil {
				failed = err
			}
		}
	}
	if err := d.first.session.Close(); failed == nil {
		failed = err
	}
	return failed
}

// Contexts lists where the console can go: the configured contexts, and where it began.
func (d *desk) Contexts() ([]contexts.Item, error) {
	conf, err := d.cluster.LoadContext("")
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var items []contexts.Item
	listed := false
	for _, c := range conf.Contexts() {
		items = append(items, contexts.Item{
			Name: c.Name, Brokers: c.Brokers, Source: conf.Path, Security: c.Security, ReadOnly: c.ReadOnly, Current: c.Name == d.now.name,
		})
		listed = listed || c.Name == d.first.name
	}
	if !listed {
		r := d.first.resolved
		items = append(items, contexts.Item{
			Name: d.first.name, Brokers: d.first.session.Brokers(), Source: d.first.source, ReadOnly: r.Context.ReadOnly, Current: d.now == d.first,
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
	p, known := d.places[name]
	d.mu.Unlock()
	if !known {
		var err error
		if p, err = d.connect(name); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if again, raced := d.places[name]; raced {
		p = again
	} else {
		p.session = open(d.ctx, nil, stack.Options{Context: p.resolved.Context, Seer: p.resolved.Seer, Console: true, Log: d.log})
		d.places[name] = p
	}
	d.now = p
	d.leave()
	return nil
}

// stops says what ends with this console, wherever it is now.
func (d *desk) stops() []safetext.Text {
	d.mu.Lock()
	defer d.mu.Unlock()
	var stops []safetext.Text
	for _, p := range d.places {
		stops = append(stops, p.session.Stops()...)
	}
	return stops
}

// connect reads a context and proves that its cluster answers.
func (d *desk) connect(name string) (*place, error) {
	conf, err := d.cluster.LoadContext(name)
	if err != nil {
		return nil, err
	}
	r, err := conf.Resolve("")
	if err != nil {
		return nil, err
	}
	if len(r.Context.Brokers) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "going to context", name, "Add brokers: to it in "+conf.Path+".", "it names no brokers")
	}
	client, err := rdkafka.Connect(d.ctx, r.Context, d.log)
	if err != nil {
		return nil, err
	}
	client.Close()
	return &place{name: name, resolved: r, source: conf.Path}, nil
}
