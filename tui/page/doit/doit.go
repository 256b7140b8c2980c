// Package doit is the form that starts a run: what to send where, how fast, by whom, and what counts as processed. It
// shows three messages as they will be, and the command line that does the same.
package doit

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Client tells what there is on the cluster; *rdkafka.Client satisfies it.
type Client interface {
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
	ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error)
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
}

// Starter registers a run and has it sent. It returns once the run is registered; sending goes on when the page is left, and ends with the
// console at the latest.
type Starter interface {
	Start(ctx context.Context, spec roundtrip.Spec) (roundtrip.Run, error)
}

// Deps is what the form works with.
type Deps struct {
	Client  Client
	Starter Starter
	Runs    *live.Runs // where the templates of the topic's newest run come from; may be nil
	// Plan says what a run will do, and the command line that does the same.
	Plan func(roundtrip.Spec) kafkaops.Plan
	// WorkGroup is the group of the produce workers; "" means krapp-produce.
	WorkGroup string
	// Machine has the files that can be sent, and what Ctrl-E runs; nil: there are none.
	Machine Machine
	// Served says that the console is shown to somebody else: there are no files and no editor then.
	Served bool
	// ReadOnly says that nothing can be sent: the context, or with Served perhaps the visitor, may only look.
	ReadOnly bool
}

// Maker is the form's entry in the registry.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "doit", Title: "send messages and follow each one", Args: "[TOPIC [COUNT]]",
		New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// fetchTimeout bounds each question to the cluster; registering may create topics.
const (
	fetchTimeout = 10 * time.Second
	startTimeout = time.Minute
)

// Page is the form.
type Page struct {
	env  ui.Env
	deps Deps

	fields  [fieldCount]ui.Input
	focus   field
	w       int // the page's width
	proof   int // index into proofs
	workers bool

	seen    seen
	file    fileInfo
	preview []message.Rendered
	problem error // why it cannot be sent as it is
	spec    roundtrip.Spec
	pressed bool // Enter was pressed on a problem: say it louder
	sending bool
	asked   bool // Enter was pressed before the file was read

	edited *ui.Mailbox[left]
	done   *ui.Stream[left]
}

// seen is what is known of the cluster.
type seen struct {
	topics  map[string]int // partitions by name; nil: not known
	names   []string
	groups  []string
	workers int // ready to send; -1: not known
}

// New makes the form.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	if d.WorkGroup == "" {
		d.WorkGroup = "krapp-produce"
	}
	p := &Page{env: env, deps: d, seen: seen{workers: -1}, edited: ui.NewMailbox[left](nil)}
	p.done = p.edited.Subscribe(env.Ctx)
	p.prefill(r)
	p.check()
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() safetext.Text { return safetext.Const("DoIt") }

// CapturesText says that letters are for the fields.
func (p *Page) CapturesText() bool { return true }

// Init looks at what there is.
func (p *Page) Init() tea.Cmd {
	client, group := p.deps.Client, p.deps.WorkGroup
	return ui.Load(p.env.Ctx, func(ctx context.Context) (seen, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		return look(ctx, client, group)
	})
}

// look asks for topics, groups and the produce workers. Groups and workers are helpful, no more: without them the form works.
func look(ctx context.Context, client Client, workGroup string) (seen, error) {
	s := seen{topics: map[string]int{}, workers: -1}
	topics, err := client.ListTopics(ctx)
	if err != nil {
		return seen{workers: -1}, err
	}
	for _, t := range topics {
		s.topics[t.Name] = len(t.Partitions)
		if !t.Internal && !strings.HasPrefix(t.Name, "krapp.") {
			s.names = append(s.names, t.Name)
		}
	}
	if groups, err := client.ListGroups(ctx); err == nil {
		for _, g := range groups {
			s.groups = append(s.groups, g.ID)
		}
	}
	if described, err := client.DescribeGroups(ctx, workGroup); err == nil && len(described) == 1 {
		s.workers = len(described[0].Members)
	}
	return s, nil
}

// Update takes in keys, and what was looked up.
func (p *Page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.w = msg.W
	case tea.KeyPressMsg, tea.PasteMsg:
		p.typed(msg)
	case tea.MouseClickMsg:
		return p, p.click(msg)
	case ui.Loaded[seen]:
		p.took(msg.Value)
		return p, ui.Fail(msg.Err)
	case ui.Loaded[roundtrip.Run]:
		p.sending = false
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		return p, ui.Replace(ui.Route{Page: "run", Args: []string{msg.Value.ID}, Value: msg.Value})
	case ui.Loaded[fileInfo]:
		return p, p.tookFile(msg.Value)
	case ui.Loaded[begun]:
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		return p, p.edit(msg.Value.editing)
	case ui.Snapshot[left]:
		return p, p.readBack(msg.Value)
	case ui.Loaded[editedText]:
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		p.fields[valueField].SetValue(string(msg.Value))
		p.check()
	}
	return p, nil
}

// typed gives a key to the field in focus.
func (p *Page) typed(msg tea.Msg) {
	if key, ok := msg.(tea.KeyPressMsg); ok && p.choice(key.String()) {
		p.check()
		return
	}
	if !p.focus.isChoice() && p.fields[p.focus].Update(msg) {
		p.check()
	}
}

// took takes in what is on the cluster. Where there is no choice to make, the topic is proposed.
func (p *Page) took(s seen) {
	p.seen = s
	if s.topics != nil && p.value(topicField) == "" {
		switch len(s.names) {
		case 0:
			p.fields[topicField].SetValue("demo")
		case 1:
			p.fields[topicField].SetValue(s.names[0])
		}
	}
	p.check()
}

// send registers the run and has it sent.
func (p *Page) send(spec roundtrip.Spec) tea.Cmd {
	if p.sending {
		return nil
	}
	p.sending = true
	starter := p.deps.Starter
	return ui.Load(p.env.Ctx, func(ctx context.Context) (roundtrip.Run, error) {
		ctx, cancel := context.WithTimeout(ctx, startTimeout)
		defer cancel()
		return starter.Start(ctx, spec)
	})
}

// enter sends, asking first where it creates something or where others can see more than the messages.
func (p *Page) enter() tea.Cmd {
	switch {
	case p.sending:
		return nil
	case p.deps.ReadOnly && p.deps.Served:
		return ui.Fail(ui.LookOnly("sending to", p.spec.Topic))
	case p.deps.ReadOnly:
		return ui.Fail(kafkaops.NewError(kafkaops.Unsupported, "sending to", p.spec.Topic, "Use another context, or remove readOnly from this one.",
			errors.New("the context is read-only")))
	case p.value(fileField) != "" && p.file.path != p.value(fileField) && !p.deps.Served && p.deps.Machine != nil:
		p.asked = true
		return p.readFile()
	case p.problem != nil:
		p.pressed = true
		return nil
	}
	spec := p.spec
	if spec.CreateTopic || spec.Sender == roundtrip.SendWorkers {
		return ui.AskPlan(p.deps.Plan(spec), func() tea.Cmd { return p.send(spec) })
	}
	return p.send(spec)
}
