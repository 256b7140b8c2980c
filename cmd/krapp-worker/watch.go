package main

import (
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/watch"
)

func (h *host) watchCommand() *cobra.Command {
	var o watch.Options
	cmd := &cobra.Command{Use: "watch", Short: "Tell Prometheus how far groups are behind, in records and seconds, and what became of runs", Args: cobra.NoArgs,
		Long: `watch only reads: groups, their commits and the ends of their topics, one record of each partition that lags, and krapp's own topics.
One instance a cluster is enough; a second one tells the same. It serves /metrics at --monitor-listen, and nothing else.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			if h.monitor == noMonitor {
				return cli.Usagef("Give an address, as in --monitor-listen 127.0.0.1:9123.", "without a monitor nobody could see what it watches")
			}
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				o.Cluster, o.Ledger = client, ledger.New(client, ledger.Options{ReadOnly: true})
				o.Registry, o.Log = h.registry, h.log
				return watch.New(o)
			})
		}}
	f := cmd.Flags()
	f.StringSliceVar(&o.Groups, "groups", nil, "groups to watch, names or globs (default: all)")
	f.DurationVar(&o.Interval, "interval", watch.DefaultInterval, "between two looks")
	f.DurationVar(&o.RunAge, "run-age", watch.DefaultRunAge, "runs registered longer ago are not told")
	f.IntVar(&o.MaxGroups, "max-groups", watch.DefaultMaxGroups, "groups told, at most")
	f.IntVar(&o.MaxTopics, "max-topics", watch.DefaultMaxTopics, "pairs of group and topic told, at most")
	f.IntVar(&o.MaxRuns, "max-runs", watch.DefaultMaxRuns, "runs told one by one, at most: those that went wrong first, then the newest")
	return cmd
}
