package main

import (
	"context"
	"strings"
	"sync"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/tui"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/page/dashboard"
	"github.com/krapp-io/krapp/tui/page/group"
	"github.com/krapp-io/krapp/tui/page/groups"
	"github.com/krapp-io/krapp/tui/page/topic"
	"github.com/krapp-io/krapp/tui/page/topics"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// console shows the pages over the session until it is quit, or until ctx ends.
func console(ctx context.Context, s *session, r *config.Resolved) error {
	ctx, cancel := context.WithCancel(ctx)
	var feeds sync.WaitGroup
	defer feeds.Wait()
	defer cancel()
	client := lateClient{s}
	name := r.Context.Name
	if name == "" {
		name = "embedded"
		if len(r.Context.Brokers) > 0 {
			name = r.Context.Brokers[0]
		}
	}
	runs := live.NewRuns(ledger.New(client, ledger.Options{ReadOnly: r.Context.ReadOnly}))
	watch := live.NewWatch(client, live.Options{
		Context: safetext.Of(name), ReadOnly: r.Context.ReadOnly, Address: safetext.Of(strings.Join(r.Context.Brokers, ",")), Runs: runs, Stops: s.Stops,
	})
	feeds.Go(func() { runs.Run(ctx) })
	feeds.Go(func() { watch.Run(ctx) })
	return tui.Run(ctx, tui.Options{
		Pages: []ui.Maker{
			dashboard.Maker(dashboard.Deps{Runs: runs, Watch: watch, Client: client}),
			topics.Maker(topics.Deps{Client: client, ReadOnly: r.Context.ReadOnly}),
			topic.Maker(topic.Deps{Client: client}),
			groups.Maker(groups.Deps{Client: client}),
			group.Maker(group.Deps{Client: client}),
		},
		Status: watch.Status(),
		Keys:   s.conf.Keys(),
	})
}
