package main

import (
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/oracle"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer/serve"
	"github.com/krapp-io/krapp/worker"
)

// noSnapshot is the --snapshot that keeps nothing.
const noSnapshot = "none"

func (h *host) seerCommand() *cobra.Command {
	var o oracle.Options
	snapshot := ""
	cmd := &cobra.Command{Use: "seer", Short: "Learn what flows through topics and answer questions about it, with citations", Args: cobra.NoArgs,
		Long: "Learn from topics, at offsets of its own, and from texts it is given; answer over HTTP and over the topics seer-question and seer-answer.\n" +
			"Without a model nothing leaves this machine. With one (--seer-model), questions and the evidence for their answers go to it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			if len(o.Learn.Topics) == 0 && o.Learn.Regex == "" {
				return cli.Usagef("Name topics with --topics or --regex; --regex '.*' is all but krapp's and Kafka's own, and dead letters.", "there is nothing to learn from")
			}
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				o.Client, o.Seer, o.Registry, o.Log = client, h.resolved.Seer, h.registry, h.log
				o.Serve.HTTP, o.Serve.Slot = h.http, h.slot
				switch snapshot {
				case noSnapshot:
				case "":
					o.Learn.SnapshotFile = oracle.SnapshotFile(cmd.Context(), client)
				default:
					o.Learn.SnapshotFile = snapshot
				}
				return oracle.New(cmd.Context(), o)
			})
		}}
	f := cmd.Flags()
	h.cluster.AddModel(f)
	f.StringSliceVar(&o.Learn.Topics, "topics", nil, "topics to learn from")
	f.StringVar(&o.Learn.Regex, "regex", "", "pattern of topics to learn from; never takes in krapp.*, __* and *.dlq")
	f.StringSliceVar(&o.Learn.Except, "except", nil, "names or globs of topics to leave out")
	f.StringVar(&snapshot, "snapshot", "", "file that keeps what was learned, or "+noSnapshot+" (default: seer/CLUSTER.snapshot in the state directory)")
	f.DurationVar(&o.Learn.SnapshotEvery, "snapshot-every", 0, "between two snapshots, while something is learned (default 30s)")
	f.IntVar(&o.MaxPassages, "max-passages", 0, "passages of prose kept, the newest (default 50000)")
	f.IntVar(&o.MaxTemplates, "max-templates", 0, "kinds of machine messages kept (default 20000)")
	f.StringVar(&o.Serve.LoadDir, "load-dir", "", "folder whose files POST /load may have it learn")
	f.IntVar(&o.Serve.MaxText, "max-text", 0, "bytes of a text that is accepted (default 1 MiB)")
	f.BoolVar(&o.Serve.NoTopics, "no-topics", false, "answer over HTTP only")
	f.IntVar(&o.Serve.Partitions, "partitions", 0, "of the seer's topics that it makes (default 4)")
	f.IntVar(&o.Serve.Replicas, "replication-factor", 0, "of the seer's topics that it makes (default: as many as there are brokers, at most 3)")
	f.IntVar(&o.Serve.MaxAsks, "max-asks", serve.DefaultMaxAsks, "questions at work on at a time")
	f.DurationVar(&o.Serve.AnswerTimeout, "answer-timeout", serve.DefaultAnswerTimeout, "how long one answer may take")
	f.IntVar(&o.Serve.MaxStreams, "max-streams", 0, "clients that stream answers at a time (default: the shell's)")
	return cmd
}
