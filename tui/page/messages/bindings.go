package messages

import (
	"context"
	"errors"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// Bindings is what can be done, most important first.
func (p *page) Bindings() []ui.Binding {
	some := func() bool { return p.table.Len() > 0 }
	own := []ui.Binding{
		{Keys: []string{"enter", "d"}, Title: "open", Help: "the whole message", Enabled: some, Run: p.open},
		{Keys: []string{"p"}, Title: p.pauseTitle(), Action: "pause", Help: "freeze the screen, and go on", Enabled: func() bool { return p.following }, Run: p.pause},
		{Keys: []string{"f"}, Title: "follow", Help: "go to the end and follow what comes", Enabled: func() bool { return !p.following || p.paused }, Run: p.follow},
		{Keys: []string{"o"}, Title: "go to", Action: "go-to", Help: "go to an offset, a time, the start or the end", Run: p.ask,
			Command: ui.Command{Name: "at", Args: "OFFSET|PARTITION@OFFSET|TIME|-AGO|start|end", Run: func(args []string) tea.Cmd { return p.goTo(strings.Join(args, " ")) }}},
		{Keys: []string{"<"}, Title: "older", Help: "the messages before these", Enabled: func() bool { return p.seen }, Run: p.older},
		{Keys: []string{">"}, Title: "newer", Help: "the messages after these", Enabled: func() bool { return p.seen && !p.following }, Run: p.newer},
		{Keys: []string{"#"}, Title: "partition", Help: "show one partition only, or all", Quiet: true, Run: p.askPartition},
		{Keys: []string{"+"}, Action: "more-messages", Title: "more", Help: "show twice as many messages", Quiet: true, Enabled: func() bool { return p.n < maxRows }, Run: func() tea.Cmd { return p.count(min(2*p.n, maxRows)) }},
		{Keys: []string{"-"}, Action: "fewer-messages", Title: "fewer", Help: "show half as many messages", Quiet: true, Enabled: func() bool { return p.n > 10 }, Run: func() tea.Cmd { return p.count(max(p.n/2, 10)) }},
		{Keys: []string{"O"}, Action: "order", Title: "order", Help: "newest first or oldest first", Quiet: true, Run: p.turn},
		{Keys: []string{"c", "y"}, Title: "copy", Help: "copy the message's value", Enabled: some, Quiet: true, Run: p.copy},
		{Keys: []string{"P"}, Title: "produce", Help: "produce one message to the topic", Quiet: true, Run: func() tea.Cmd { return ui.OpenPage("produce", p.topic) }},
		{Keys: []string{"r"}, Title: "refresh", Help: "read again", Quiet: true, Run: p.again},
	}
	own = append(own, p.edges()...)
	return append(own, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

// edges reads on when a page is turned at an end of what is here.
func (p *page) edges() []ui.Binding {
	down, up := p.older, p.newer
	if p.ascending {
		down, up = p.newer, p.older
	}
	still := func() bool { return p.seen && !p.following && p.table.Len() > 0 }
	return []ui.Binding{
		{Keys: []string{"pgdown", "ctrl+f"}, Action: "page-down", Title: "page down", Quiet: true, Enabled: func() bool { return still() && p.table.Cursor() == p.table.Len()-1 }, Run: down},
		{Keys: []string{"pgup", "ctrl+b"}, Action: "page-up", Title: "page up", Quiet: true, Enabled: func() bool { return still() && p.table.Cursor() == 0 }, Run: up},
	}
}

func (p *page) pauseTitle() string {
	if p.paused {
		return "go on"
	}
	return "pause"
}

func (p *page) open() tea.Cmd {
	r, ok := p.table.Selected()
	if !ok {
		return nil
	}
	return ui.OpenPage("record", p.topic, strconv.Itoa(int(r.tp.Partition)), strconv.FormatInt(r.offset, 10))
}

// pause freezes the screen: nothing is read meanwhile. Going on starts at the end; what came meanwhile counts as skipped when it is no
// longer among the newest.
func (p *page) pause() tea.Cmd {
	if p.paused {
		return p.follow()
	}
	p.halt()
	p.paused = true
	return nil
}

func (p *page) again() tea.Cmd {
	switch {
	case p.following:
		return p.follow()
	case p.seen:
		lo, n := p.win.lo.Clone(), p.n
		return p.fetch(jump, func(ctx context.Context, r reader) (window, error) {
			extents, unread, err := r.extents(ctx)
			if err != nil {
				return window{}, err
			}
			w, err := r.after(ctx, extents, within(extents, lo), n)
			w.unread = unread
			return w, err
		})
	}
	return p.load(p.at)
}

func (p *page) older() tea.Cmd {
	hi, n := p.win.lo.Clone(), p.n
	return p.fetch(toOlder, func(ctx context.Context, r reader) (window, error) {
		extents, unread, err := r.extents(ctx)
		if err != nil {
			return window{}, err
		}
		w, err := r.before(ctx, extents, within(extents, hi), n)
		w.unread = unread
		return w, err
	})
}

func (p *page) newer() tea.Cmd {
	lo, n := p.win.hi.Clone(), p.n
	return p.fetch(toNewer, func(ctx context.Context, r reader) (window, error) {
		extents, unread, err := r.extents(ctx)
		if err != nil {
			return window{}, err
		}
		w, err := r.after(ctx, extents, within(extents, lo), n)
		w.unread = unread
		return w, err
	})
}

// within are the offsets of the partitions that there are now; a new one is read from its start.
func within(extents kafkaops.Extents, at kafkaops.Offsets) kafkaops.Offsets {
	out := make(kafkaops.Offsets, len(extents))
	for tp, x := range extents {
		out[tp] = x.Start
		if o, known := at[tp]; known {
			out[tp] = min(max(o, x.Start), x.End)
		}
	}
	return out
}

// ask is the "go to" prompt.
func (p *page) ask() tea.Cmd {
	return ui.AskText(ui.Prompt{
		Title: safetext.Const("Go to"), Label: safetext.Const("Where:"), Hint: safetext.Of(placeHint),
		Check: func(text string) error {
			_, err := parsePlace(text, p.env.Now())
			return err
		},
		Complete: func(prefix string) []string {
			var all []string
			for _, s := range []string{"start", "end", "-15m", "-1h", "-100"} {
				if strings.HasPrefix(s, prefix) {
					all = append(all, s)
				}
			}
			return all
		},
		Run: p.goTo,
	})
}

func (p *page) goTo(text string) tea.Cmd {
	at, err := parsePlace(text, p.env.Now())
	if err != nil {
		return ui.Fail(p.invalid(text, err.Error()))
	}
	p.place(at)
	if p.following {
		return p.follow()
	}
	return p.load(p.at)
}

func (p *page) askPartition() tea.Cmd {
	return ui.AskText(ui.Prompt{
		Title: safetext.Const("Partition"), Label: safetext.Const("Number:"), Hint: safetext.Const("nothing for all partitions"),
		Check: func(text string) error {
			_, err := partitionOf(text)
			return err
		},
		Run: func(text string) tea.Cmd {
			n, err := partitionOf(text)
			if err != nil {
				return ui.Fail(p.invalid(text, err.Error()))
			}
			was, at := target{p.part, p.at, p.ascending}, p.at
			at.partition, p.part, p.skipped = n, n, 0
			p.place(at)
			p.was = was
			if p.following {
				p.seen = false // what is shown is of other partitions
				return p.follow()
			}
			return p.load(p.at)
		},
	})
}

func partitionOf(text string) (int32, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "all" {
		return kafkaops.AnyPartition, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, errors.New("give a partition's number, or nothing for all")
	}
	return int32(n), nil
}

// count changes how many messages are shown.
func (p *page) count(n int) tea.Cmd {
	p.n = n
	if p.paused {
		return nil
	}
	return p.again()
}

func (p *page) turn() tea.Cmd {
	p.ascending = !p.ascending
	p.fill()
	p.table.Top()
	if p.ascending && p.following {
		p.table.Bottom()
	}
	return nil
}

func (p *page) copy() tea.Cmd {
	r, ok := p.table.Selected()
	if !ok {
		return nil
	}
	if !r.whole() {
		return ui.Notify(ui.Warning, safetext.Const("The list keeps the beginning of a value only: Enter opens the whole of it, c copies it there."))
	}
	return ui.Copy(safetext.Const("value"), string(r.value))
}
