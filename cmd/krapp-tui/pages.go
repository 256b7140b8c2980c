package main

import (
	"context"
	"os"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/tui"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/page/brokers"
	"github.com/krapp-io/krapp/tui/page/contexts"
	"github.com/krapp-io/krapp/tui/page/dashboard"
	"github.com/krapp-io/krapp/tui/page/doit"
	"github.com/krapp-io/krapp/tui/page/group"
	"github.com/krapp-io/krapp/tui/page/groups"
	"github.com/krapp-io/krapp/tui/page/messages"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/tui/page/produce"
	"github.com/krapp-io/krapp/tui/page/record"
	"github.com/krapp-io/krapp/tui/page/run"
	"github.com/krapp-io/krapp/tui/page/runs"
	seerpage "github.com/krapp-io/krapp/tui/page/seer"
	"github.com/krapp-io/krapp/tui/page/topic"
	"github.com/krapp-io/krapp/tui/page/topics"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// console shows the pages over a place's session until it is quit, until another place is chosen, or until ctx ends.
func console(ctx context.Context, d *desk, p *place) error {
	ctx, cancel := context.WithCancel(ctx)
	var feeds sync.WaitGroup
	defer feeds.Wait()
	defer cancel()
	s, may, served := p.session, d.guard(p), d.house.served
	heard, leave := s.listen()
	defer leave()
	client, readOnly, all, known := guardedClient{lateClient{s}, may}, may.ReadOnly(), p.hub.Runs(), p.names
	watch := p.hub.Watch(live.Options{
		Context: safetext.Of(p.name), Mark: markOf(p.resolved.Colour), ReadOnly: readOnly, Address: firstOf(s.Brokers()), Stops: d.stops,
	})
	talk := live.NewSeer(p.seer)
	jobs := guardedJobs{s.jobs, may}
	feeds.Go(func() { watch.Run(ctx) })
	feeds.Go(func() { talk.Run(ctx) })
	return tui.Run(ctx, d.onTerminal(ctx, tui.Options{
		Pages: known.complete(append([]ui.Maker{
			dashboard.Maker(dashboard.Deps{Runs: all, Watch: watch, Seer: talk, Topics: known.topics, Groups: known.groups}),
			runs.Maker(runs.Deps{Runs: all}),
			run.Maker(run.Deps{Runs: all, Actions: runActions{lateClient{s}, may, all}, ReadOnly: readOnly}),
			doit.Maker(doit.Deps{
				Client: client, Starter: starter{s, may, all, heard}, Runs: all, Plan: launch.Plan, Machine: d.machine(may), Served: served, ReadOnly: readOnly,
			}),
			topics.Maker(topics.Deps{Client: client, ReadOnly: readOnly, Served: served}),
			topic.Maker(topic.Deps{Client: client}),
			groups.Maker(groups.Deps{Client: client}),
			group.Maker(group.Deps{Client: client}),
			messages.Maker(messages.Deps{Client: client}),
			record.Maker(record.Deps{Client: client, JSON: recordJSON}),
			produce.Maker(produce.Deps{Client: client, ReadOnly: readOnly, Served: served}),
			brokers.Maker(brokers.Deps{Client: client}),
			contexts.Maker(contexts.Deps{Lister: d, Switcher: d}),
			seerpage.Maker(seerpage.Deps{Seer: talk}),
		}, pipeline.Makers(pipeline.Deps{Jobs: jobs, Starter: jobs, Client: client, Workers: workersHere(s), ReadOnly: readOnly, Served: served})...)),
		Global: []ui.Binding{
			{Keys: []string{"n"}, Title: "DoIt", Help: "send messages and follow each one", Quiet: true, Run: func() tea.Cmd { return ui.OpenPage("doit") }},
			{Keys: []string{"i"}, Title: "IsDone", Help: "what became of the newest run", Quiet: true, Run: func() tea.Cmd { return ui.OpenPage("run") }},
			{Keys: []string{"a"}, Title: "ask", Help: "ask the seer", Quiet: true, Run: func() tea.Cmd { return ui.OpenPage("seer") }},
			{Keys: []string{"P"}, Title: "produce one", Help: "produce one message", Quiet: true, Run: func() tea.Cmd { return ui.OpenPage("produce") }},
		},
		Status:  watch.Status(),
		Keys:    d.house.keys,
		Outside: heard,
	}))
}

// onTerminal shows the console on the client's terminal, where there is one.
func (d *desk) onTerminal(ctx context.Context, o tui.Options) tui.Options {
	if d.terminal != nil {
		d.terminal.show(ctx, &o)
	}
	return o
}

// machine is what the console may do on the machine it runs on. The environment of a server is nobody's business.
func (d *desk) machine(may *guard.Guard) doit.Machine {
	if d.house.served {
		return guardedMachine{guard: may}
	}
	return guardedMachine{doit.Local{Command: os.Getenv("EDITOR")}, may}
}

// workersHere is how many computing workers a job is proposed to be started with: on a cluster there may be others.
func workersHere(s *session) int {
	if s.embedded() {
		return 2
	}
	return 1
}

// markOf is the role of a context's colour: the theme has no others, so that meaning stays apart from taste.
func markOf(colour string) theme.Role {
	switch colour {
	case "red":
		return theme.Bad
	case "yellow":
		return theme.Warn
	case "green":
		return theme.Good
	case "blue":
		return theme.Accent
	}
	return theme.Text
}

func firstOf(brokers []string) safetext.Text {
	if len(brokers) == 0 {
		return safetext.Text{}
	}
	return safetext.Of(brokers[0])
}
