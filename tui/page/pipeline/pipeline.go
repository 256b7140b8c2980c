// Package pipeline is the page of a job's pipeline, read → compute → results: how far each stage is, who works, what came of it, and how much of
// the answer is there. The form that starts one is here too.
package pipeline

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the pages are made from.
type Deps struct {
	Jobs    Jobs
	Starter Starter
	Client  Client
	// Workers is how many computing workers the form proposes to run here.
	Workers int
	// ReadOnly refuses to start.
	ReadOnly bool
	// Served says that the console is shown to somebody else: it runs no jobs then.
	Served bool
}

// Makers are the entries in the registry: the page, and the form.
func Makers(d Deps) []ui.Maker {
	complete := func(args []string) []string {
		if len(args) > 1 {
			return nil
		}
		return d.Jobs.Names()
	}
	return []ui.Maker{
		{Page: "pipeline", Aliases: []string{"results"}, Title: "a job: its sources, workers and results", Args: "[JOB]", Complete: complete,
			New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }},
		{Page: "read", Aliases: []string{"start"}, Title: "start a job: read its sources and compute them", Args: "[JOB]", Complete: complete,
			New: func(e ui.Env, r ui.Route) ui.Page { return NewForm(e, d, r) }},
	}
}

// The panes.
const (
	resultsPane = iota
	sourcesPane
	workersPane
	panes
)

const stopTimeout = 30 * time.Second

// Page is the page of one pipeline.
type Page struct {
	env    ui.Env
	deps   Deps
	job    string
	feed   *feed
	poller *ui.Poller[picture]
	stream *ui.Stream[ui.Polled[picture]]

	looked  bool // there has been an answer
	known   bool // pic is one
	pic     picture
	err     error // why there is none, or no newer one
	wide    bool  // results as a table of all values, not as bars of one
	value   int   // the aggregate that bars are of
	labels  bool  // the results have labels
	keys    []int // cells of what they are grouped by
	largest float64

	focus   int
	size    ui.SizeMsg
	frame   ui.Frame
	results *table.Table[Result]
	sources *table.Table[Source]
	workers *table.Table[worker]
}

type stopped struct{}

// New makes the page. Without a job it is the one that was named last, or a built-in one.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &Page{env: env, deps: d, job: strings.Join(r.Args, " ")}
	if names := d.Jobs.Names(); p.job == "" && len(names) > 0 {
		p.job = names[0]
	}
	p.feed = &feed{jobs: d.Jobs, client: d.Client, job: p.job, now: env.Now}
	p.feed.visible.Store(true)
	p.poller = ui.NewPoller(every, same, p.feed.fetch)
	p.stream = p.poller.Subscribe(env.Ctx)
	frame := func() ui.Frame { return p.frame }
	p.sources, p.workers = sourcesTable(frame), workersTable()
	p.shape()
	p.setFocus(resultsPane)
	return p
}

// Title is the job's name.
func (p *Page) Title() safetext.Text {
	name := p.job
	if p.known {
		name = p.pic.facts.Job.Name
	}
	return safetext.Join(safetext.Const("Pipeline "), ui.T(name))
}

// Init begins to look.
func (p *Page) Init() tea.Cmd {
	if p.job == "" {
		return nil
	}
	return tea.Batch(p.poller.Run(p.env.Ctx), p.stream.Next())
}

// Update takes in pictures and mouse messages.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.size = msg
		p.layout()
	case ui.FocusMsg:
		p.feed.visible.Store(msg.Visible)
	case ui.Snapshot[ui.Polled[picture]]:
		p.take(msg.Value)
		return p, p.stream.Next()
	case ui.Loaded[stopped]:
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		p.poller.Refresh()
		return p, ui.Notify(ui.Success, safetext.Const("Stopped. Another start goes on where it was."))
	case tea.MouseMsg:
		return p, p.mouse(msg)
	}
	return p, nil
}

// take takes in a look.
func (p *Page) take(polled ui.Polled[picture]) {
	p.looked, p.err = true, polled.Err
	if polled.At.IsZero() {
		return
	}
	before, was := p.pic.facts.Job, p.known
	p.pic, p.known = polled.Value, true
	f := &p.pic.facts
	labels := slices.ContainsFunc(f.Results, func(r Result) bool { return slices.ContainsFunc(r.Labels, func(l string) bool { return l != "" }) })
	if p.widen() || !was || labels != p.labels || !slices.Equal(before.GroupBy, f.Job.GroupBy) || !slices.Equal(before.Values, f.Job.Values) {
		p.labels, p.value = labels, min(p.value, max(0, len(f.Job.Values)-1))
		p.shape()
	}
	p.measure()
	p.results.SetRows(f.Results)
	p.sources.SetRows(f.Sources)
	p.workers.SetRows(append(slices.Clone(p.pic.groups.read.workers), p.pic.groups.compute.workers...))
}

// measure finds the longest bar.
func (p *Page) measure() {
	p.largest = 0
	for i := range p.pic.facts.Results {
		if v := p.pic.facts.Results[i].Values; p.value < len(v) {
			p.largest = max(p.largest, v[p.value].Number)
		}
	}
}

// shape makes the table of results anew: its columns are the job's. The cursor stays where it was.
func (p *Page) shape() {
	var key string
	filter := ""
	if p.results != nil {
		if r, ok := p.results.Selected(); ok {
			key = keyOf(r)
		}
		filter = p.results.Filter()
	}
	p.results = p.resultsTable()
	p.results.SetFilter(filter)
	p.results.SetRows(p.pic.facts.Results)
	p.setFocus(p.focus)
	p.results.Select(key)
}

// mouse: a click chooses a pane and a row, a second one opens it, the wheel scrolls.
func (p *Page) mouse(msg tea.MouseMsg) tea.Cmd {
	for pane, r := range p.rects() {
		m, ok := ui.Within(r, msg)
		if !ok {
			continue
		}
		if _, click := msg.(tea.MouseClickMsg); click {
			p.setFocus(pane)
		}
		again := false
		m = ui.Shift(m, 0, -1) // the pane's rule
		switch pane {
		case resultsPane:
			again = p.results.Mouse(m)
		case sourcesPane:
			again = p.sources.Mouse(m)
		case workersPane:
			again = p.workers.Mouse(m)
		}
		if again {
			return p.open()
		}
		return nil
	}
	return nil
}

// stop ends what this console runs of the job.
func (p *Page) stop() tea.Cmd {
	jobs, name := p.deps.Jobs, p.pic.facts.Job.Ref
	return ui.Load(p.env.Ctx, func(ctx context.Context) (stopped, error) {
		ctx, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		return stopped{}, jobs.Stop(ctx, name)
	})
}
