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

// changed is the result of a change to a topic.
type changed struct {
	Topic  string `json:"topic"`
	Change string `json:"change"` // created, deleted
}

func (a *app) showChanged(c changed) error {
	return cli.One(a.output(), c, func(w io.Writer, c changed) error {
		_, err := fmt.Fprintf(w, "%s %s\n", c.Change, c.Topic) // the name was accepted by Kafka: [a-zA-Z0-9._-]
		return err
	})
}

func (a *app) topicsCreateCommand() *cobra.Command {
	var c change
	topic := kafkaops.NewTopic{}
	cmd := &cobra.Command{Use: "create TOPIC", Short: "Create a topic", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		topic.Name = args[0]
		if err := checkNewTopic(topic); err != nil {
			return err
		}
		create := guard.Action{Kind: guard.CreateTopic, Resource: topic.Name}
		return a.withChange(cmd.Context(), "creating topic "+topic.Name, create, func(client *rdkafka.Client, may *guard.Guard) error {
			if topics, err := client.DescribeTopics(cmd.Context(), topic.Name); err == nil && len(topics) == 1 && topics[0].Err == nil {
				return kafkaops.NewError(kafkaops.AlreadyExists, "creating topic", topic.Name, "See krapp topics describe "+topic.Name+".", nil)
			}
			ok, err := a.confirm(cmd.Context(), c, planCreate(topic))
			if !ok || err != nil {
				return err
			}
			if err := may.Do(cmd.Context(), create, func(ctx context.Context) error { return client.CreateTopics(ctx, topic) }); err != nil {
				return err
			}
			return a.showChanged(changed{topic.Name, "created"})
		})
	}}
	c.addTo(cmd)
	cmd.Flags().IntVarP(&topic.Partitions, "partitions", "p", -1, "number of partitions (default: the broker's)")
	cmd.Flags().IntVarP(&topic.ReplicationFactor, "replication-factor", "r", -1, "replicas of each partition (default: the broker's)")
	cmd.Flags().StringToStringVar(&topic.Configs, "set", nil, "configuration, as retention.ms=3600000")
	return cmd
}

func checkNewTopic(t kafkaops.NewTopic) error {
	if t.Partitions == 0 || t.Partitions < -1 {
		return cli.Usagef("Give --partitions 1 or more, or leave it out for the broker's default.", "%d is not a number of partitions", t.Partitions)
	}
	if t.ReplicationFactor == 0 || t.ReplicationFactor < -1 {
		return cli.Usagef("Give --replication-factor 1 or more, or leave it out for the broker's default.", "%d is not a replication factor", t.ReplicationFactor)
	}
	return nil
}

// planCreate says what creating a topic does.
func planCreate(t kafkaops.NewTopic) kafkaops.Plan {
	partitions, replicas := "the broker's default number of partitions", "the broker's default replication"
	command := "krapp topics create " + t.Name
	if t.Partitions > 0 {
		partitions = fmt.Sprintf("%d partitions", t.Partitions)
		command += fmt.Sprintf(" --partitions %d", t.Partitions)
	}
	if t.ReplicationFactor > 0 {
		replicas = fmt.Sprintf("%d replicas of each", t.ReplicationFactor)
		command += fmt.Sprintf(" --replication-factor %d", t.ReplicationFactor)
	}
	effects := []string{"with " + partitions + " and " + replicas}
	for _, k := range sortedKeys(t.Configs) {
		effects = append(effects, k+" = "+t.Configs[k])
		command += " --set " + k + "=" + t.Configs[k]
	}
	return kafkaops.Plan{Title: "Create topic " + t.Name, Effects: effects, Undo: "krapp topics delete " + t.Name, Command: command}
}

func (a *app) topicsDeleteCommand() *cobra.Command {
	var c change
	cmd := &cobra.Command{Use: "delete TOPIC", Short: "Delete a topic and all its records", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		remove := guard.Action{Kind: guard.DeleteTopic, Resource: args[0]}
		return a.withChange(cmd.Context(), "deleting topic "+args[0], remove, func(client *rdkafka.Client, may *guard.Guard) error {
			return a.deleteTopic(cmd.Context(), client, may, c, remove)
		})
	}}
	c.addConfirmTo(cmd, "topic")
	return cmd
}

func (a *app) deleteTopic(ctx context.Context, client *rdkafka.Client, may *guard.Guard, c change, remove guard.Action) error {
	name := remove.Resource
	topics, err := client.DescribeTopics(ctx, name)
	if err != nil {
		return err
	}
	if topics[0].Err != nil {
		return withHint(topics[0].Err, "See krapp topics list.")
	}
	extents, err := client.TopicExtents(ctx, kafkaops.ReadUncommitted, name)
	if err != nil {
		return err
	}
	ok, err := a.confirm(ctx, c, planDelete(topics[0], extents))
	if !ok || err != nil {
		return err
	}
	if err := may.Do(ctx, remove, func(ctx context.Context) error { return client.DeleteTopics(ctx, name) }); err != nil {
		return err
	}
	return a.showChanged(changed{name, "deleted"})
}

// planDelete says what deleting a topic does. The number of records is an upper bound: offsets are also taken by transaction markers.
func planDelete(t kafkaops.Topic, extents kafkaops.Extents) kafkaops.Plan {
	var records int64
	for _, x := range extents {
		if x.Err == nil {
			records += x.End - x.Start
		}
	}
	plan := kafkaops.Plan{
		Title:   "Delete topic " + t.Name,
		Effects: []string{fmt.Sprintf("its %d partitions go, with about %d records", len(t.Partitions), records), "groups that read it keep committed offsets that mean nothing any more"},
		Lost:    []string{"every record in it is gone"},
		Command: fmt.Sprintf("krapp topics delete %s --yes %s", t.Name, t.Name),
		Typed:   t.Name,
	}
	if strings.HasPrefix(t.Name, "krapp.") {
		plan.Lost = append(plan.Lost, "krapp's own facts about every run are gone")
	}
	return plan
}
