package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func (a *app) topicsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "List, describe, create and delete topics"}
	cmd.AddCommand(a.topicsListCommand(), a.topicsDescribeCommand(), a.topicsCreateCommand(), a.topicsDeleteCommand())
	return cmd
}

// topicRow is a topic in the list.
type topicRow struct {
	Topic             string `json:"topic"`
	Internal          bool   `json:"internal"`
	PartitionCount    int    `json:"partition_count"`
	ReplicationFactor int    `json:"replication_factor"`
	UnderReplicated   int    `json:"under_replicated"`
	Leaderless        int    `json:"leaderless"`
	Error             string `json:"error,omitempty"`
}

func topicRowOf(t kafkaops.Topic) topicRow {
	row := topicRow{Topic: t.Name, Internal: t.Internal, PartitionCount: len(t.Partitions), UnderReplicated: t.UnderReplicated(), Leaderless: t.Leaderless(), Error: errText(t.Err)}
	for _, p := range t.Partitions {
		row.ReplicationFactor = max(row.ReplicationFactor, len(p.Replicas))
	}
	return row
}

func (a *app) topicsListCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "list", Short: "List topics", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), func(client *rdkafka.Client) error {
			topics, err := client.ListTopics(cmd.Context())
			if err != nil {
				return err
			}
			rows := []topicRow{}
			for _, t := range topics {
				if all || !isInternal(t) {
					rows = append(rows, topicRowOf(t))
				}
			}
			return cli.List(a.output(), rows, topicColumns()...)
		})
	}}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "also Kafka's own topics and krapp's (krapp.*)")
	return cmd
}

func isInternal(t kafkaops.Topic) bool {
	return t.Internal || strings.HasPrefix(t.Name, "__") || strings.HasPrefix(t.Name, "krapp.")
}

func topicColumns() []cli.Column[topicRow] {
	return []cli.Column[topicRow]{
		{Title: "topic", Text: func(r topicRow) string { return r.Topic }},
		{Title: "partitions", Right: true, Text: func(r topicRow) string { return strconv.Itoa(r.PartitionCount) }},
		{Title: "replicas", Right: true, Text: func(r topicRow) string { return strconv.Itoa(r.ReplicationFactor) }},
		{Title: "state", Text: topicState},
	}
}

func topicState(r topicRow) string {
	switch {
	case r.Error != "":
		return r.Error
	case r.Leaderless > 0:
		return fmt.Sprintf("%d without a leader", r.Leaderless)
	case r.UnderReplicated > 0:
		return fmt.Sprintf("%d under-replicated", r.UnderReplicated)
	}
	return "ok"
}

// topicDetail is a topic described.
type topicDetail struct {
	Topic          string          `json:"topic"`
	ID             string          `json:"id"`
	Internal       bool            `json:"internal"`
	PartitionCount int             `json:"partition_count"`
	Partitions     []partitionJSON `json:"partitions"`
	Configs        []configJSON    `json:"configs"`
}

type partitionJSON struct {
	Partition int32   `json:"partition"`
	Leader    *int32  `json:"leader"` // null: none
	Replicas  []int32 `json:"replicas"`
	ISR       []int32 `json:"isr"`
	Error     string  `json:"error,omitempty"`
}

type configJSON struct {
	Name      string  `json:"name"`
	Value     *string `json:"value"` // null: sensitive
	Default   bool    `json:"default"`
	ReadOnly  bool    `json:"read_only"`
	Sensitive bool    `json:"sensitive"`
}

func (a *app) topicsDescribeCommand() *cobra.Command {
	return &cobra.Command{Use: "describe TOPIC…", Short: "Describe topics: partitions, replicas, configuration", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(client *rdkafka.Client) error {
				return a.describeTopics(cmd.Context(), client, args)
			})
		}}
}

func (a *app) describeTopics(ctx context.Context, client *rdkafka.Client, names []string) error {
	topics, err := client.DescribeTopics(ctx, names...)
	if err != nil {
		return err
	}
	var failed error // the others are shown, and the first that failed decides the exit code
	for _, t := range topics {
		if t.Err != nil {
			failed = firstError(failed, withHint(t.Err, "See krapp topics list."))
			continue
		}
		configs, err := client.TopicConfigs(ctx, t.Name)
		if err != nil {
			failed = firstError(failed, err)
			continue
		}
		if err := cli.Item(a.output(), topicDetailOf(t, configs), writeTopic); err != nil {
			return err
		}
	}
	return failed
}

func topicDetailOf(t kafkaops.Topic, configs []kafkaops.ConfigEntry) topicDetail {
	d := topicDetail{Topic: t.Name, ID: t.ID, Internal: t.Internal, PartitionCount: len(t.Partitions), Partitions: []partitionJSON{}, Configs: []configJSON{}}
	for _, p := range t.Partitions {
		row := partitionJSON{Partition: p.ID, Replicas: orNone(p.Replicas), ISR: orNone(p.ISR), Error: errText(p.Err)}
		if p.Leader >= 0 {
			row.Leader = &p.Leader
		}
		d.Partitions = append(d.Partitions, row)
	}
	for _, c := range configs {
		row := configJSON{Name: c.Name, Default: c.Default, ReadOnly: c.ReadOnly, Sensitive: c.Sensitive}
		if !c.Sensitive {
			row.Value = &c.Value
		}
		d.Configs = append(d.Configs, row)
	}
	return d
}

func writeTopic(w io.Writer, d topicDetail) error {
	if err := cli.Fields(w, cli.Field{Name: "Topic", Text: d.Topic}, cli.Field{Name: "ID", Text: d.ID}); err != nil {
		return err
	}
	out := cli.Output{W: w, Format: cli.Table}
	err := cli.List(out, d.Partitions,
		cli.Column[partitionJSON]{Title: "partition", Right: true, Text: func(p partitionJSON) string { return strconv.Itoa(int(p.Partition)) }},
		cli.Column[partitionJSON]{Title: "leader", Right: true, Text: func(p partitionJSON) string { return numberOr(p.Leader, "none") }},
		cli.Column[partitionJSON]{Title: "replicas", Text: func(p partitionJSON) string { return joinInts(p.Replicas) }},
		cli.Column[partitionJSON]{Title: "isr", Text: func(p partitionJSON) string { return joinInts(p.ISR) }},
		cli.Column[partitionJSON]{Title: "error", Text: func(p partitionJSON) string { return p.Error }},
	)
	if err != nil {
		return err
	}
	var set []configJSON
	for _, c := range d.Configs {
		if !c.Default {
			set = append(set, c)
		}
	}
	if len(set) == 0 {
		return nil
	}
	return cli.List(out, set,
		cli.Column[configJSON]{Title: "config", Text: func(c configJSON) string { return c.Name }},
		cli.Column[configJSON]{Title: "value", Text: func(c configJSON) string {
			if c.Value == nil {
				return "(sensitive)"
			}
			return *c.Value
		}},
	)
}
