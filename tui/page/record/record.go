// Package record is the page of one record: its key, value and headers in full, and where it is.
package record

import (
	"context"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Deps is what the page is made from.
type Deps struct {
	Client Client
	// JSON writes a record as krapp tail -o json does; nil: there is no copying of whole records.
	JSON func(*kafkaops.Record) ([]byte, error)
}

// Maker registers the page.
func Maker(d Deps) ui.Maker {
	return ui.Maker{Page: "record", Title: "one message", Args: "TOPIC PARTITION OFFSET", Required: 3, New: func(e ui.Env, r ui.Route) ui.Page { return New(e, d, r) }}
}

// part is what of the record is in the lower pane.
type part uint8

const (
	value part = iota
	key
	headers
	parts
)

type page struct {
	env    ui.Env
	deps   Deps
	fetch  fetcher
	asked  int64 // the offset that was asked for
	now    found
	have   bool
	err    error
	busy   bool
	loads  int // so far: answers to older ones are dropped
	cancel context.CancelFunc

	part   part
	suits  [parts]format // how each is shown best
	chosen [parts]format // how each is shown
	body   body          // nil while it is being made
	top    int
	w, h   int
}

// New makes the page of the record that the route names.
func New(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &page{env: env, deps: d}
	partition, err := strconv.ParseInt(r.Arg(1), 10, 32)
	if err == nil {
		p.asked, err = strconv.ParseInt(r.Arg(2), 10, 64)
	}
	if err != nil || partition < 0 || p.asked < 0 {
		p.err = kafkaops.Errorf(kafkaops.Invalid, "opening record", r.Arg(0), "Type :record TOPIC PARTITION OFFSET, with numbers.",
			"%q is no partition, or %q no offset", r.Arg(1), r.Arg(2))
	}
	p.fetch = fetcher{client: d.Client, tp: kafkaops.TopicPartition{Topic: r.Arg(0), Partition: int32(partition)}}
	return p
}

func (p *page) Title() safetext.Text {
	return safetext.Sprintf("%s %d@%d", p.fetch.tp.Topic, p.fetch.tp.Partition, p.offset())
}

// offset is that of the record shown, or the one asked for.
func (p *page) offset() int64 {
	if p.have {
		return p.now.record.Offset
	}
	return p.asked
}

// Init fetches the record: once, as it can't change.
func (p *page) Init() tea.Cmd {
	if p.err != nil {
		return nil
	}
	return p.load(p.asked, p.fetch.at)
}

// answer is a record that was fetched, with the formats that suit it.
type answer struct {
	number  int
	asked   int64
	got     found
	formats [parts]format
	err     error
}

// load fetches outside Update; what was being fetched before is given up.
func (p *page) load(offset int64, fetch func(context.Context, int64) (found, error)) tea.Cmd {
	if p.cancel != nil {
		p.cancel()
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(p.env.Ctx)
	p.loads++
	p.busy = true
	number := p.loads
	return func() tea.Msg {
		got, err := fetch(ctx, offset)
		a := answer{number: number, asked: offset, got: got, err: err}
		if err == nil {
			a.formats = [parts]format{value: detect(got.record.Value), key: detect(got.record.Key)}
		}
		return a
	}
}

func (p *page) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.SizeMsg:
		same := p.w == msg.W
		p.w, p.h = msg.W, msg.H
		if same {
			p.scrollTo(p.top)
			return p, nil
		}
		return p, p.layOut(false)
	case answer:
		return p, p.got(msg)
	case made:
		if msg.number == p.loads && msg.part == p.part && msg.format == p.chosen[p.part] && msg.w == p.bodyWidth() {
			p.body = msg.body
			p.scrollTo(p.top)
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			p.Move(-3)
		case tea.MouseWheelDown:
			p.Move(3)
		}
	}
	return p, nil
}

func (p *page) got(a answer) tea.Cmd {
	if a.number != p.loads {
		return nil
	}
	p.busy = false
	if a.err != nil {
		if p.have {
			return ui.Fail(a.err)
		}
		p.err = a.err
		return nil
	}
	p.now, p.have, p.err, p.asked, p.top = a.got, true, nil, a.asked, 0
	p.suits, p.chosen = a.formats, a.formats
	return p.layOut(true)
}

// step goes to the next or the previous record of the partition.
func (p *page) step(next bool) tea.Cmd {
	if !p.have {
		return nil
	}
	at := p.now.record.Offset
	if next {
		return p.load(at+1, p.fetch.at)
	}
	return p.load(at, p.fetch.before)
}
