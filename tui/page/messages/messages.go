// Package messages is the page of a topic's messages: the newest as they come, or those from any place on.
package messages

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page is made from.
type Deps struct{ Client Client }

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{
		Page: "messages", Aliases: []string{"m"}, Title: "messages of a topic", Args: "TOPIC [PARTITION [OFFSET|TIME]]", Required: 1,
		New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) },
	}
}

// How many messages are shown, and the most that may be.
const (
	firstRows = 100
	maxRows   = 2000
)

const loadTimeout = 20 * time.Second

// page shows either what comes (live) or a window that stands still.
type page struct {
	env    ui.Env
	client Client
	topic  string
	part   int32 // kafkaops.AnyPartition: all
	n      int

	table     *table.Table[*row]
	times     ui.Times // of the frame being drawn: the cells need it
	w, h      int
	visible   bool
	ascending bool // oldest first

	// live
	following bool // a feed is wanted
	paused    bool // by p
	feed      *feed
	stream    *ui.Stream[uint64]
	stop      context.CancelFunc
	skipped   int64

	// a window
	at      place
	was     target // before the newest jump, in case that fails
	win     window
	loading bool
	loads   int // so far: answers to older ones are dropped
	cancel  context.CancelFunc

	seen   bool // anything at all was read
	err    error
	unread []int32
}

// New makes the page of the topic, and perhaps partition and place, that the route names.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &page{env: env, client: d.Client, topic: r.Arg(0), part: kafkaops.AnyPartition, n: firstRows, following: true}
	p.at.partition = kafkaops.AnyPartition
	p.table = p.newTable()
	p.err = p.read(r.Args)
	return p
}

// read takes partition and place from the route's arguments.
func (p *page) read(args []string) error {
	if len(args) < 2 {
		return nil
	}
	switch part := args[1]; part {
	case "", "*", "all":
	default:
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil || n < 0 {
			return p.invalid(part, "give the partition's number, or all")
		}
		p.part = int32(n)
	}
	if len(args) < 3 {
		return nil
	}
	at, err := parsePlace(strings.Join(args[2:], " "), p.env.Now())
	if err != nil {
		return p.invalid(strings.Join(args[2:], " "), err.Error())
	}
	p.place(at)
	return nil
}

func (p *page) invalid(what, why string) error {
	return kafkaops.Errorf(kafkaops.Invalid, "going to", what, "Press o and say where: "+placeHint+".", "%s", why)
}

// place notes where to read: the end is live.
func (p *page) place(at place) {
	p.was = target{p.part, p.at, p.ascending}
	if at.partition != kafkaops.AnyPartition {
		p.part = at.partition
	}
	at.partition = p.part
	p.at, p.paused = at, false
	p.following = at.kind == atEnd
	p.ascending = !p.following && at.kind != lastFew
}

func (p *page) Title() safetext.Text {
	return safetext.Join(ui.T(p.topic), safetext.Const(" messages"))
}

// Init does nothing: the page reads while it is in sight.
func (p *page) Init() tea.Cmd { return nil }

func (p *page) Filter() string { return p.table.Filter() }

// SetFilter hides what does not match; a feed keeps what does from then on.
func (p *page) SetFilter(text string) {
	p.table.SetFilter(text)
	if p.feed != nil {
		p.feed.setFilter(strings.ToLower(text))
		p.show(p.feed.look())
	}
}

// Close ends what reads.
func (p *page) Close() { p.halt() }

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.w, p.h = msg.W, msg.H
		p.table.SetSize(msg.W, msg.H-1)
	case ui.FocusMsg:
		p.visible = msg.Visible
		return p, p.focus()
	case ui.Snapshot[uint64]:
		if p.feed == nil || msg.From != p.stream {
			return p, nil
		}
		p.show(p.feed.look())
		return p, p.stream.Next()
	case loaded:
		return p, p.gotWindow(msg)
	case tea.MouseMsg:
		if m, ok := ui.Within(ui.Rect{Y: 1, W: p.w, H: p.h - 1}, msg); ok && p.table.Mouse(m) {
			return p, p.open()
		}
	}
	return p, nil
}

// focus follows only while the page is in sight; a window that was read stays.
func (p *page) focus() tea.Cmd {
	switch {
	case !p.visible:
		p.halt()
		return nil
	case p.err != nil && !p.seen && p.feed == nil && kafkaops.ClassOf(p.err) == kafkaops.Invalid:
		return nil // the route made no sense: the page says so
	case p.following && !p.paused:
		return p.follow()
	case !p.seen:
		return p.load(p.at)
	}
	return nil
}

// follow starts a feed with the newest messages.
func (p *page) follow() tea.Cmd {
	p.halt()
	p.following, p.paused, p.err = true, false, nil
	ctx, stop := context.WithCancel(p.env.Ctx)
	p.stop = stop
	f := newFeed(reader{p.client, p.topic, p.part}, p.n, strings.ToLower(p.table.Filter()), p.skipped)
	p.feed, p.stream = f, f.news.Subscribe(ctx)
	return tea.Batch(p.stream.Next(), func() tea.Msg {
		f.run(ctx)
		return nil
	})
}

// halt ends the feed and what is being loaded; the picture stays.
func (p *page) halt() {
	if p.stop != nil {
		p.stop()
	}
	if p.cancel != nil {
		p.cancel()
	}
	p.stop, p.cancel, p.feed, p.stream, p.loading = nil, nil, nil, nil, false
}

// show takes over what a feed has.
func (p *page) show(now picture) {
	p.err, p.unread, p.skipped = now.err, now.unread, now.skipped
	if !now.started {
		return
	}
	p.seen = true
	oldestFirst := slices.Clone(now.rows)
	slices.Reverse(oldestFirst)
	p.win = bounded(oldestFirst, now.next, now.next)
	p.fill()
}

// fill puts the window's rows into the table in the order wanted. Where the newest come at the bottom, a cursor on the last row stays there.
func (p *page) fill() {
	rows := slices.Clone(p.win.rows)
	if !p.ascending {
		slices.Reverse(rows)
	}
	last := p.ascending && p.following && p.table.Cursor() >= p.table.Len()-1
	p.table.SetRows(rows)
	if last {
		p.table.Bottom()
	}
}
