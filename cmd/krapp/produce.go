package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// produce is one run of the command.
type produce struct {
	app       *app
	topic     string
	key       *string
	value     *string
	headers   []string
	separator string
	partition int32
}

func (a *app) produceCommand() *cobra.Command {
	p := produce{app: a}
	var key, value string
	cmd := &cobra.Command{Use: "produce TOPIC", Short: "Produce one message, or a message for each line of stdin", Args: cobra.ExactArgs(1),
		Long: "Produce one message (--value), or a message for each line of stdin. It succeeds only after all in-sync replicas have acknowledged.\n" +
			"Keys and values are taken literally; krapp doit renders templates.",
		Example: "  krapp produce orders --key o-1 --value '{\"total\":12}' -H source=till\n  seq 1000 | krapp produce numbers\n  krapp produce orders --key-separator : < keyed.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.topic = args[0]
			if cmd.Flags().Changed("key") {
				p.key = &key
			}
			if cmd.Flags().Changed("value") {
				p.value = &value
			}
			headers, err := parseHeaders(p.headers)
			if err != nil {
				return err
			}
			return a.withChange(cmd.Context(), "producing to "+p.topic, p.action(), func(client *rdkafka.Client, may *guard.Guard) error {
				return p.run(cmd.Context(), client, may, headers)
			})
		}}
	f := cmd.Flags()
	f.StringVarP(&key, "key", "k", "", "key of every message (none: no key)")
	f.StringVar(&value, "value", "", "the message's value; without it the lines of stdin are sent")
	f.StringArrayVarP(&p.headers, "header", "H", nil, "header as NAME=VALUE; may be repeated")
	f.StringVar(&p.separator, "key-separator", "", "what divides the key from the value in each line")
	f.Int32Var(&p.partition, "partition", kafkaops.AnyPartition, "partition (default: by the key, as Java's clients choose)")
	return cmd
}

// parseHeaders reads NAME=VALUE pairs.
func parseHeaders(pairs []string) ([]kafkaops.Header, error) {
	var headers []kafkaops.Header
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, cli.Usagef("Give -H NAME=VALUE.", "%q is no header", pair)
		}
		headers = append(headers, kafkaops.Header{Key: name, Value: []byte(value)})
	}
	return headers, nil
}

func (p *produce) run(ctx context.Context, client *rdkafka.Client, may *guard.Guard, headers []kafkaops.Header) error {
	topics, err := client.DescribeTopics(ctx, p.topic)
	if err != nil {
		return err
	}
	if err := topics[0].Err; err != nil {
		return withHint(err, "Create it with krapp topics create "+p.topic+".")
	}
	if n := len(topics[0].Partitions); p.partition != kafkaops.AnyPartition && (p.partition < 0 || int(p.partition) >= n) {
		return kafkaops.Errorf(kafkaops.NotFound, "producing to", p.topic, "See krapp topics describe "+p.topic+".",
			"there is no partition %d: it has %d, from 0 on", p.partition, n)
	}
	record := kafkaops.Record{Topic: p.topic, Partition: p.partition, Headers: headers}
	if p.key != nil {
		record.Key = []byte(*p.key)
	}
	if p.value != nil {
		record.Value = []byte(*p.value)
		return p.one(ctx, client, may, record)
	}
	return may.Do(ctx, p.action(), func(ctx context.Context) error { return p.lines(ctx, client, record) })
}

// action is what is done, for the audit log: not what the messages hold.
func (p *produce) action() guard.Action {
	a := guard.Action{Kind: guard.Produce, Resource: p.topic, Detail: "1 message"}
	if p.value == nil {
		a.Detail = "a message for each line of stdin"
	}
	return a
}

// producedRow is where a message was stored.
type producedRow struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// one produces a single message and shows where it was stored.
func (p *produce) one(ctx context.Context, client *rdkafka.Client, may *guard.Guard, record kafkaops.Record) error {
	var stored kafkaops.Delivery
	a := p.action()
	a.Result = func() string { return fmt.Sprintf("stored at %d@%d", stored.Partition, stored.Offset) }
	err := may.Do(ctx, a, func(ctx context.Context) error {
		deliveries, err := client.ProduceSync(ctx, []kafkaops.Record{record})
		if err != nil {
			return err
		}
		stored = deliveries[0]
		return stored.Err
	})
	if err != nil {
		return err
	}
	return p.show(stored)
}

// show writes where a message was stored.
func (p *produce) show(d kafkaops.Delivery) error {
	return cli.Item(p.app.output(), producedRow{p.topic, d.Partition, d.Offset}, func(w io.Writer, r producedRow) error {
		_, err := fmt.Fprintf(w, "%s %d@%d\n", r.Topic, r.Partition, r.Offset)
		return err
	})
}

func (p *produce) summary(total int) error {
	if p.app.format != cli.Table {
		return nil
	}
	_, err := fmt.Fprintf(p.app.out, "%d messages acknowledged by %s\n", total, p.topic)
	return err
}
