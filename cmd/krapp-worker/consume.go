package main

import (
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/consume"
	"github.com/krapp-io/krapp/worker/httpd"
)

func (h *host) consumeCommand() *cobra.Command {
	var o consume.Options
	var bodyLimit int64 = httpd.DefaultBodyLimit
	cmd := &cobra.Command{Use: "consume", Short: "Consume topics exactly once, report what was processed, show what passes over HTTP", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				o.Client, o.HTTP, o.Worker, o.Slot, o.Registry, o.Log = client, h.http, h.name, h.slot, h.registry, h.log
				o.HTTP.BodyLimit = bodyLimit
				return consume.New(o)
			})
		}}
	f := cmd.Flags()
	f.StringSliceVar(&o.Topics, "topics", nil, "topics to consume")
	f.StringVar(&o.Regex, "regex", "", "pattern of topics to consume; never takes in krapp.*, __* and *.dlq")
	f.StringSliceVar(&o.Except, "except", nil, "names or globs of topics that --regex leaves out")
	f.StringSliceVar(&o.Allow, "allow", nil, "topics that may be consumed and shown, names or globs (default: every topic but krapp.* and __*)")
	f.StringVar(&o.Group, "group", roundtrip.DefaultGroup, "consumer group")
	f.StringVar(&o.Validate, "validate", "", "which records are good: json, or an expression such as 'json.amount > 0' or 'int(json.seq) % 2 == 0' (numbers in JSON are not whole by themselves); others go to TOPIC"+consume.DeadLetterSuffix)
	f.DurationVar(&o.SessionTimeout, "session-timeout", 0, "after which a silent member is out (default 10s)")
	f.DurationVar(&o.BatchTime, "batch-time", eos.DefaultBatchTime, "least time between the starts of two transactions")
	f.IntVar(&o.BatchRecords, "batch-records", eos.DefaultBatchRecords, "records a transaction at most")
	f.IntVar(&o.Last, "last", consume.DefaultLast, "records that the page shows")
	f.IntVar(&o.MaxStreams, "max-streams", 0, "clients of GET /consume at a time (default: the shell's)")
	f.BoolVar(&o.NoHTTP, "no-http", false, "serve nothing but health and metrics")
	return cmd
}
