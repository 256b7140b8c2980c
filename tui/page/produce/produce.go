// Package produce is the form that sends one message and says where it was stored.
package produce

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
	ProduceSync(ctx context.Context, records []kafkaops.Record) ([]kafkaops.Delivery, error)
}

// Deps is what the page is made from.
type Deps struct {
	Client   Client
	ReadOnly bool // nothing may be produced in this context
	Served   bool // the console is shown to somebody else, who may be read-only in the context's place
}

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "produce", Title: "produce one message", Args: "[TOPIC]", New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

const (
	listTimeout = 5 * time.Second
	sendTimeout = 30 * time.Second
)

// The fields, in order.
const (
	topicField = iota
	keyField
	valueField
	headersField
	partitionField
	fields
)

// maxStored is how many of the messages sent from here are listed.
const maxStored = 50

type page struct {
	env       ui.Env
	deps      Deps
	inputs    [fields]ui.Input
	focus     int
	tombstone bool // the value is null

	topics  map[string]int // partitions by name; nil: not known yet
	names   []string
	listErr error
	sending bool
	stored  []stored // newest first
}

// stored is what became of a message.
type stored struct {
	record   kafkaops.Record
	delivery kafkaops.Delivery
	at       time.Time
}

// New makes the form, with the topic that the route names.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &page{env: env, deps: d}
	p.inputs[topicField].SetValue(r.Arg(0))
	p.inputs[topicField].Complete = p.complete
	p.inputs[topicField].Placeholder = safetext.Const("an existing topic; Tab completes")
	p.inputs[keyField].Placeholder = safetext.Const("none")
	p.inputs[headersField].Placeholder = safetext.Const(`name=value "other=with blanks"`)
	p.inputs[partitionField].Placeholder = safetext.Const("chosen by the key")
	if r.Arg(0) != "" {
		p.focus = keyField
	}
	return p
}

func (p *page) Title() safetext.Text { return safetext.Const("Produce") }

// CapturesText is always true: the page is a form.
func (p *page) CapturesText() bool { return true }

// topicList is the answer to Init.
type topicList struct {
	topics []kafkaops.Topic
	err    error
}

// Init lists the topics, for completion.
func (p *page) Init() tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(p.env.Ctx, listTimeout)
		defer cancel()
		topics, err := p.deps.Client.ListTopics(ctx)
		return topicList{topics, err}
	}
}

func (p *page) complete(prefix string) []string {
	var all []string
	for _, n := range p.names {
		if strings.HasPrefix(n, prefix) {
			all = append(all, n)
		}
	}
	return all
}

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	step := func(by int) func() tea.Cmd {
		return func() tea.Cmd {
			p.focus = (p.focus + by + fields) % fields
			return nil
		}
	}
	completes := func() bool {
		return p.focus == topicField && p.topics[p.value(topicField)] == 0 && len(p.complete(p.value(topicField))) > 0
	}
	return []ui.Binding{
		{Keys: []string{"enter"}, Title: "send", Help: "show what will be sent, then send it", Enabled: func() bool { return !p.sending }, Run: p.submit},
		{Keys: []string{"tab"}, Title: "complete", Enabled: completes, Run: func() tea.Cmd {
			p.inputs[topicField].Update(tea.KeyPressMsg{Code: tea.KeyTab})
			return nil
		}},
		{Keys: []string{"tab", "down"}, Action: "next-field", Title: "next", Run: step(1)},
		{Keys: []string{"shift+tab", "up"}, Action: "previous-field", Title: "previous", Quiet: true, Run: step(-1)},
		{Keys: []string{"ctrl+t"}, Title: "tombstone", Help: "make the value null, or text again", Run: func() tea.Cmd {
			p.tombstone = !p.tombstone
			return nil
		}},
		{Keys: []string{"ctrl+o"}, Title: "open stored", Help: "open the message that was stored last", Enabled: func() bool { return p.lastStored() != nil }, Run: p.openStored},
	}
}

func (p *page) value(field int) string { return p.inputs[field].Value() }

// record reads the form; field is the one in which the error is.
func (p *page) record() (r kafkaops.Record, field int, err error) {
	r.Topic = strings.TrimSpace(p.value(topicField))
	if err := p.checkTopic(r.Topic); err != nil {
		return r, topicField, err
	}
	if k := p.value(keyField); k != "" {
		r.Key = []byte(k)
	}
	if !p.tombstone {
		r.Value = []byte(p.value(valueField))
	}
	if r.Headers, err = parseHeaders(p.value(headersField)); err != nil {
		return r, headersField, err
	}
	if r.Partition, err = parsePartition(p.value(partitionField)); err != nil {
		return r, partitionField, err
	}
	if n, known := p.topics[r.Topic]; known && int(r.Partition) >= n {
		return r, partitionField, kafkaops.Errorf(kafkaops.NotFound, "choosing partition", r.Topic, "", "it has the partitions 0 to %d", n-1)
	}
	return r, 0, nil
}

func (p *page) checkTopic(name string) error {
	if name == "" {
		return kafkaops.Errorf(kafkaops.Invalid, "producing", "", "", "it needs a topic")
	}
	if _, known := p.topics[name]; p.topics != nil && !known {
		return kafkaops.Errorf(kafkaops.NotFound, "producing to", name, "", "there is no such topic: C on the topics page creates one")
	}
	return nil
}

// submit shows the plan. It is the one place where a read-only context refuses.
func (p *page) submit() tea.Cmd {
	if p.deps.ReadOnly && p.deps.Served {
		return ui.Fail(ui.LookOnly("producing to", p.value(topicField)))
	}
	if p.deps.ReadOnly {
		return ui.Fail(kafkaops.Errorf(kafkaops.Unauthorised, "producing to", p.value(topicField),
			"Choose a context that may be changed with :contexts.", "this context is read-only"))
	}
	r, field, err := p.record()
	if err != nil {
		p.focus = field
		return ui.Fail(kafkaops.NewError(kafkaops.Invalid, "producing to", r.Topic, "Correct the field and press Enter again.", causeOf(err)))
	}
	return ui.AskPlan(plan(r), func() tea.Cmd { return p.send(r) })
}

// causeOf is why, without what is said around it anyway.
func causeOf(err error) error {
	if op, ok := err.(*kafkaops.OpError); ok && op.Err != nil { //nolint:errorlint // only its own errors, which nothing wraps
		return op.Err
	}
	return err
}

func plan(r kafkaops.Record) kafkaops.Plan {
	where := "the partition that the key chooses"
	if r.Key == nil {
		where = "any partition"
	}
	if r.Partition != kafkaops.AnyPartition {
		where = safetext.Sprintf("partition %d", r.Partition).String()
	}
	what := ui.Bytes(int64(len(r.Key) + len(r.Value))).String()
	pl := kafkaops.Plan{
		Title:   "Produce one message to " + r.Topic,
		Effects: []string{"One message of " + what + " goes to " + where + "; every group that reads the topic gets it."},
		Lost:    []string{"what is stored stays until the topic's retention removes it"},
		Command: command(r),
	}
	if r.Value == nil {
		pl.Effects = append(pl.Effects, "It is a tombstone: compaction removes the messages of this key.")
		pl.Command = "" // krapp produce sends no nulls
	}
	return pl
}

func (p *page) send(r kafkaops.Record) tea.Cmd {
	p.sending = true
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(p.env.Ctx, sendTimeout)
		defer cancel()
		s := stored{record: r, at: p.env.Now()}
		deliveries, err := p.deps.Client.ProduceSync(ctx, []kafkaops.Record{r})
		switch {
		case len(deliveries) == 1:
			s.delivery = deliveries[0]
		case err != nil:
			s.delivery = kafkaops.Delivery{Err: err}
		}
		return s
	}
}

func (p *page) got(s stored) tea.Cmd {
	p.sending = false
	p.stored = append([]stored{s}, p.stored[:min(len(p.stored), maxStored-1)]...)
	if s.delivery.Err != nil {
		return ui.Fail(s.delivery.Err)
	}
	return nil
}

func (p *page) lastStored() *stored {
	for i := range p.stored {
		if p.stored[i].delivery.Err == nil {
			return &p.stored[i]
		}
	}
	return nil
}

func (p *page) openStored() tea.Cmd {
	s := p.lastStored()
	if s == nil {
		return nil
	}
	return ui.OpenPage("record", s.record.Topic, safetext.Sprintf("%d", s.delivery.Partition).String(), safetext.Sprintf("%d", s.delivery.Offset).String())
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case topicList:
		if p.listErr = msg.err; msg.err == nil {
			p.topics, p.names = map[string]int{}, nil
			for _, t := range msg.topics {
				p.topics[t.Name] = len(t.Partitions)
				if !t.Internal && !strings.HasPrefix(t.Name, "krapp.") {
					p.names = append(p.names, t.Name)
				}
			}
		}
	case stored:
		return p, p.got(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		p.inputs[p.focus].Update(msg)
		if p.focus == valueField && p.value(valueField) != "" {
			p.tombstone = false
		}
	}
	return p, nil
}
