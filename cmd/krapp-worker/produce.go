package main

import (
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/produce"
)

func (h *host) produceCommand() *cobra.Command {
	var o produce.Options
	cmd := &cobra.Command{Use: "produce", Short: "Take messages over HTTP, and send the messages of runs that are registered for workers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			if o.HTTP.BodyLimit <= 0 {
				return cli.Usagef("Give a number of bytes above zero.", "--body-limit is %d", o.HTTP.BodyLimit)
			}
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				limit := o.HTTP.BodyLimit
				o.Client, o.HTTP, o.Worker, o.Slot, o.Registry, o.Log = client, h.http, h.name, h.slot, h.registry, h.log
				o.HTTP.BodyLimit = limit
				return produce.New(o)
			})
		}}
	f := cmd.Flags()
	f.StringVar(&o.Topic, "topic", produce.DefaultTopic, "topic of POST /send")
	f.StringSliceVar(&o.Topics, "topics", nil, "topics that may be sent to, names or globs (default: every topic but krapp.* and __*)")
	f.BoolVar(&o.CreateTopics, "create-topics", false, "create a topic that is missing")
	f.IntVar(&o.Partitions, "partitions", 0, "with --create-topics: number of partitions (default: the broker's)")
	f.DurationVar(&o.AckTimeout, "ack-timeout", produce.DefaultAckTimeout, "how long an acknowledgement may take")
	f.Int64Var(&o.HTTP.BodyLimit, "body-limit", httpd.DefaultBodyLimit, "largest body of a request, in bytes")
	f.IntVar(&o.QueueMessages, "queue-messages", 100_000, "messages that wait for the broker; more get 503")
	f.IntVar(&o.IdempotencyKeys, "idempotency-keys", produce.DefaultIdempotencyKeys, "idempotency keys remembered at a time")
	f.DurationVar(&o.SessionTimeout, "session-timeout", 0, "of the group membership (default: the client's)")
	f.BoolVar(&o.NoHTTP, "no-http", false, "only send the messages of runs")
	f.BoolVar(&o.NoRuns, "no-runs", false, "only serve HTTP")
	return cmd
}
