package run

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

// Bindings is what can be done with the run.
func (p *Page) Bindings() []ui.Binding {
	known := func() bool { return p.known }
	_, title, placed := p.place()
	all := []ui.Binding{
		{Keys: []string{"enter", "d"}, Action: "open", Title: title, Help: "open the first missing message, or the record a member stands before",
			Enabled: func() bool { return placed }, Run: p.openPlace},
		{Keys: []string{"x"}, Title: "cancel", Help: "ask the sender to stop", Enabled: p.cancellable, Run: p.askCancel},
		{Keys: []string{"v"}, Title: "verify", Help: "judge again after scanning the whole topic", Enabled: func() bool { return p.known && !p.verifying }, Run: p.verify},
		{Keys: []string{"c"}, Title: "copy", Help: "copy the verdict as text", Enabled: known, Run: func() tea.Cmd {
			return ui.Copy(safetext.Const("the verdict"), p.text())
		}},
		{Keys: []string{"y"}, Action: "copy-command", Title: "copy command", Help: "copy the krapp command that shows this", Enabled: known, Run: func() tea.Cmd {
			return ui.Copy(safetext.Const("the command"), p.command())
		}},
		{Keys: []string{"n"}, Title: "DoIt", Help: "send messages to the run's topic", Run: func() tea.Cmd {
			if !p.known {
				return ui.OpenPage("doit")
			}
			return ui.OpenPage("doit", p.j.Run.Topic)
		}},
		{Keys: []string{"o"}, Action: "topic", Title: "topic", Help: "open the run's topic", Quiet: true, Enabled: known, Run: func() tea.Cmd { return ui.OpenPage("topic", p.j.Run.Topic) }},
		{Keys: []string{"r"}, Title: "refresh", Quiet: true, Run: func() tea.Cmd { p.deps.Runs.Refresh(); return nil }},
	}
	return append(all, ui.ListBindings(func() ui.Navigator { return p })...)
}

// place is the record worth opening, and what opening it is called.
func (p *Page) place() (at roundtrip.Place, title string, ok bool) {
	j := p.shown()
	switch {
	case !p.known:
	case j.StuckAt != nil:
		return *j.StuckAt, "open where it stands", true
	case len(j.MissingAt) > 0:
		return j.MissingAt[0], "open missing", true
	}
	return at, "open", false
}

func (p *Page) openPlace() tea.Cmd {
	at, _, ok := p.place()
	if !ok {
		return nil
	}
	return ui.OpenPage("record", p.j.Run.Topic, strconv.Itoa(int(at.Partition)), strconv.FormatInt(at.Offset, 10))
}

// cancellable says that there is something left to send. What is sent already cannot be called back.
func (p *Page) cancellable() bool {
	return p.known && !p.j.Final && !p.deps.ReadOnly && p.j.Stored+p.j.Failed+p.j.PossiblyStored < p.j.Run.Count
}

func (p *Page) askCancel() tea.Cmd {
	id := p.j.Run.ID
	return ui.Ask(ui.Confirm{
		Title: safetext.Join(safetext.Const("Cancel run "), ui.T(p.j.Run.Short())),
		Body: []safetext.Text{
			safetext.Const("Whoever sends it stops sending. Messages that are stored already stay in the topic and may still be processed."),
			safetext.Const("Its verdict will be: cancelled. It cannot be resumed."),
		},
		Yes: safetext.Const("cancel the run"), No: safetext.Const("let it go on"),
		Run: func() tea.Cmd {
			return ui.Load(p.env.Ctx, func(ctx context.Context) (cancelled, error) {
				ctx, cancel := context.WithTimeout(ctx, cancelTimeout)
				defer cancel()
				return cancelled{}, p.deps.Actions.Cancel(ctx, id)
			})
		},
	})
}

func (p *Page) verify() tea.Cmd {
	p.verifying = true
	id := p.j.Run.ID
	return ui.Load(p.env.Ctx, func(ctx context.Context) (verifiedMsg, error) {
		ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
		defer cancel()
		j, err := p.deps.Actions.Verify(ctx, id)
		return verifiedMsg{j}, err
	})
}

// command is what shows the same in a script.
func (p *Page) command() string {
	cmd := "krapp isdone " + p.j.Run.ID
	if p.verified != nil {
		cmd += " --verify"
	}
	return cmd
}

// text is the verdict for a message to a colleague.
func (p *Page) text() string {
	j := p.shown()
	var b strings.Builder
	fmt.Fprintf(&b, "run %s on topic %s: %s\n", j.Run.ID, j.Run.Topic, verdict.Word(j.Verdict))
	for _, s := range []string{verdict.Numbers(j).String(), j.Said, j.Cause, j.Hint} {
		if s != "" {
			b.WriteString(s + "\n")
		}
	}
	for _, r := range ranges(j) {
		if r.count > 0 {
			fmt.Fprintf(&b, "%s: %s (%s)\n", r.name, ui.Count(r.count), list(r.ranges, len(r.ranges)))
		}
	}
	if j.Latency.Count > 0 {
		l := j.Latency
		fmt.Fprintf(&b, "latency: p50 %s, p90 %s, p99 %s, max %s\n", ui.Duration(l.P50), ui.Duration(l.P90), ui.Duration(l.P99), ui.Duration(l.Max))
	}
	fmt.Fprintf(&b, "judged %s; %s\n", j.At.UTC().Format("2006-01-02 15:04:05 MST"), p.command())
	return b.String()
}
