package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
)

const (
	// embeddedName is how the embedded broker is listed among the contexts.
	embeddedName = "embedded"
	// placeGrace is how long a served place that nobody is at any more stays open.
	placeGrace = time.Minute
	// mostSending is how many runs of a place a served console sends at once.
	mostSending = 8
)

// place is a cluster that consoles are at, or have been at: one client, one stack and one set of feeds, whoever looks at it.
type place struct {
	name     string
	source   string // where it was named
	resolved *config.Resolved
	session  *session
	hub      *live.Hub
	seer     seer.Asker
	names    *names

	people int // desks that are here; the house's lock guards it
}

// house opens each place once a process, for all the consoles in it. The one it began with stays open to the end: an embedded broker has other
// clients. Its context bounds all that is done in it.
type house struct {
	ctx     context.Context
	cluster *cli.Cluster
	audit   audit.Log
	served  bool // the consoles are shown to others

	log   *slog.Logger
	keys  map[string][]string // remapped in the configuration
	first *place

	closing sync.WaitGroup
	mu      sync.Mutex
	places  map[string]*place
}

// begin opens the first place.
func (h *house) begin(conf *config.Config, r *config.Resolved, o stack.Options) {
	p := &place{name: r.Context.Name, resolved: r, source: conf.Path}
	switch {
	case len(r.Context.Brokers) == 0:
		p.name, p.source = embeddedName, embeddedName
	case p.name == "":
		p.name, p.source = r.Context.Brokers[0], r.OriginOf(config.Brokers)
	}
	h.log, h.keys, h.first, h.places = o.Log, conf.Keys(), p, map[string]*place{p.name: p}
	h.open(p, o)
	for _, note := range r.Notes {
		p.session.note(note)
	}
}

// open starts what a place consists of.
func (h *house) open(p *place, o stack.Options) {
	p.session = open(h.ctx, o)
	if h.served {
		p.session.quiet, p.session.most = true, mostSending
	}
	client := lateClient{p.session}
	p.hub = live.NewHub(client, ledger.New(client, ledger.Options{ReadOnly: p.resolved.Context.ReadOnly}), live.HubOptions{})
	p.seer = live.ShareSeer(lateSeer{p.session})
	p.names = &names{ctx: p.session.ctx, lister: client}
	p.session.work.Go(func() { p.hub.Run(p.session.ctx) })
}

// enter opens a place, unless it is open, and counts who is there. prove has a new one answer first.
func (h *house) enter(ctx context.Context, name string, prove bool) (*place, error) {
	if p := h.join(name); p != nil {
		return p, nil
	}
	p, err := h.find(name)
	if err != nil {
		return nil, err
	}
	if prove {
		client, err := rdkafka.Connect(ctx, p.resolved.Context, h.log)
		if err != nil {
			return nil, err
		}
		client.Close()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if again := h.places[name]; again != nil { // somebody was quicker
		p = again
	} else {
		h.open(p, stack.Options{Context: p.resolved.Context, Seer: p.resolved.Seer, Console: true, Log: h.log})
		h.places[name] = p
	}
	p.people++
	return p, nil
}

func (h *house) join(name string) *place {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.places[name]
	if p != nil {
		p.people++
	}
	return p
}

// leave has one less at a place. In a served house one that nobody is at is closed after a while, unless it is sending.
func (h *house) leave(p *place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.people--; p.people == 0 && h.served && p != h.first {
		time.AfterFunc(placeGrace, func() { h.closeIdle(p) })
	}
}

func (h *house) closeIdle(p *place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case p.people > 0 || p == h.first || h.places[p.name] != p:
	case p.session.sending.Load() > 0:
		time.AfterFunc(placeGrace, func() { h.closeIdle(p) })
	default:
		delete(h.places, p.name)
		h.closing.Go(func() {
			if err := p.session.Close(); err != nil {
				h.log.Warn("closing a context", "context", p.name, "error", err)
			}
		})
	}
}

// find reads a context of the configuration.
func (h *house) find(name string) (*place, error) {
	conf, err := h.cluster.LoadContext(name)
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
	return &place{name: name, resolved: r, source: conf.Path}, nil
}

// all are the open places.
func (h *house) all() []*place {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*place, 0, len(h.places))
	for _, p := range h.places {
		list = append(list, p)
	}
	return list
}

// close ends every place; the first one, which others may depend on, last.
func (h *house) close() error {
	var failed []error
	for _, p := range h.all() {
		if p != h.first {
			failed = append(failed, p.session.Close())
		}
	}
	failed = append(failed, h.first.session.Close())
	h.closing.Wait()
	return errors.Join(failed...)
}
