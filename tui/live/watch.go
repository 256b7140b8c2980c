package live

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// Cluster is what Watch asks of a Kafka client; *rdkafka.Client satisfies it.
type Cluster interface {
	Cluster(ctx context.Context) (kafkaops.Cluster, error)
	TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error)
	Ends(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error)
	Lag(ctx context.Context, group string) ([]kafkaops.Lag, error)
	Tail(ctx context.Context, topics []string, n int) ([]kafkaops.Record, error)
}

// Target is what is watched. Without a group there is no lag; without a topic there is nothing but the connection.
type Target struct{ Topic, Group string }

// Options of a Watch.
type Options struct {
	Context  safetext.Text // the context's name, for the header
	Mark     theme.Role    // its name's
	ReadOnly bool
	Address  safetext.Text // the first broker's as configured, until a broker has told
	// Runs is where the target comes from as long as none is chosen: the newest run's topic and group. nil: from nowhere.
	Runs *Runs
	// Stops says what ends with this console (ui.Status.QuitStops); called at each poll, so it should be quick. nil: nothing.
	Stops func() []safetext.Text
	// Messages is how many of the newest messages are kept at first; 0 means DefaultMessages.
	Messages int
}

// How many of the newest messages may be kept.
const (
	DefaultMessages = 20
	MaxMessages     = 200
)

// Watch is a console's view of one topic's partitions and newest messages and of the connection's state, over a hub's feeds. Its methods may
// be called from any goroutine.
type Watch struct {
	hub     *Hub
	lone    bool // the hub is this Watch's only
	options Options
	kick    chan struct{}
	again   atomic.Bool // somebody asked for a look

	partitions *ui.Mailbox[Partitions]
	messages   *ui.Mailbox[Messages]
	status     *ui.Mailbox[ui.Status]

	mu     sync.Mutex
	chosen Target
	pinned bool
	count  int
	shown  int // how many pages want the messages
}

// NewWatch makes a view with a hub of its own, for a console that is alone; Run starts both.
func NewWatch(c Cluster, o Options) *Watch {
	w := newWatch(NewHub(c, nil, HubOptions{}), o)
	w.lone = true
	return w
}

func newWatch(h *Hub, o Options) *Watch {
	if o.Messages <= 0 {
		o.Messages = DefaultMessages
	}
	w := &Watch{hub: h, options: o, kick: make(chan struct{}, 1), count: min(o.Messages, MaxMessages)}
	w.partitions = ui.NewMailbox(samePartitions)
	w.messages = ui.NewMailbox(sameMessages)
	w.status = ui.NewMailbox(ui.SameStatus)
	w.status.Put(w.blankStatus())
	return w
}

// Status is the mailbox for the header: tui.Options.Status.
func (w *Watch) Status() *ui.Mailbox[ui.Status] { return w.status }

// Partitions delivers the pictures of the partitions from the present one on.
func (w *Watch) Partitions(ctx context.Context) *ui.Stream[Partitions] {
	return w.partitions.Subscribe(ctx)
}

// Messages delivers the pictures of the newest messages from the present one on. They are fetched only while someone shows them.
func (w *Watch) Messages(ctx context.Context) *ui.Stream[Messages] { return w.messages.Subscribe(ctx) }

// Choose watches a topic, and a group's progress on it if one is named, until the next choice.
func (w *Watch) Choose(t Target) {
	w.mu.Lock()
	w.chosen, w.pinned = t, true
	w.mu.Unlock()
	w.Refresh()
}

// Follow watches the newest run's topic and group again.
func (w *Watch) Follow() {
	w.mu.Lock()
	w.pinned = false
	w.mu.Unlock()
	w.Refresh()
}

// Target is what is watched now, and whether it was chosen (or is the newest run's).
func (w *Watch) Target() (t Target, chosen bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.pinned {
		w.follow()
	}
	return w.chosen, w.pinned
}

// follow takes the newest run's topic and group. With w.mu held.
func (w *Watch) follow() {
	if w.options.Runs == nil {
		return
	}
	if p, ok := w.options.Runs.Latest(); ok && len(p.Runs) > 0 {
		run := p.Runs[0].Run
		w.chosen = Target{Topic: run.Topic, Group: run.Evidence.Group}
	}
}

// SetCount sets how many of the newest messages are kept: 1 to MaxMessages.
func (w *Watch) SetCount(n int) {
	w.mu.Lock()
	w.count = max(1, min(n, MaxMessages))
	w.mu.Unlock()
	poke(w.kick)
}

// Count is how many of the newest messages are kept.
func (w *Watch) Count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// Show says that a page shows the messages, or no longer does.
func (w *Watch) Show(on bool) {
	w.mu.Lock()
	if on {
		w.shown++
	} else {
		w.shown = max(0, w.shown-1)
	}
	w.mu.Unlock()
	if on {
		poke(w.kick)
	}
}

func (w *Watch) wanted() (messages int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shown == 0 {
		return 0
	}
	return w.count
}

// Refresh looks now, for everybody who is at the same target. It does not block; impatience is bounded (see tempo).
func (w *Watch) Refresh() {
	w.again.Store(true)
	poke(w.kick)
}

// Run attends until ctx ends: what this console is at is polled. It is called once.
func (w *Watch) Run(ctx context.Context) {
	if w.lone {
		var hub sync.WaitGroup
		defer hub.Wait()
		hub.Go(func() { w.hub.Run(ctx) })
	}
	if r := w.options.Runs; r != nil {
		defer r.attend(w.kick)() // a new run's topic is shown at once, not at the next look
	}
	v := &view{watch: w}
	defer v.leave()
	for asked := true; ctx.Err() == nil; asked = v.wait(ctx) {
		v.move(asked)
		v.take()
	}
}

// LatestMessages is the newest picture of the messages; false when there has been none.
func (w *Watch) LatestMessages() (Messages, bool) { return w.messages.Latest() }

// Wanted says whether a page shows the messages.
func (w *Watch) Wanted() bool { return w.wanted() > 0 }
