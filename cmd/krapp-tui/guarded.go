package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/doit"
)

// guardedClient is the Kafka client that pages get: what changes the cluster passes the guard. A test knows every method of it.
type guardedClient struct {
	lateClient
	guard *guard.Guard
}

// CreateTopics creates topics, if that may be done here.
func (c guardedClient) CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error {
	list := make([]string, len(topics))
	for i, t := range topics {
		list[i] = t.Name
	}
	return c.guard.Do(ctx, guard.Action{Kind: guard.CreateTopic, Resource: strings.Join(list, " ")}, func(ctx context.Context) error {
		return c.lateClient.CreateTopics(ctx, topics...)
	})
}

// DeleteTopics deletes topics, if that may be done here.
func (c guardedClient) DeleteTopics(ctx context.Context, list ...string) error {
	return c.guard.Do(ctx, guard.Action{Kind: guard.DeleteTopic, Resource: strings.Join(list, " ")}, func(ctx context.Context) error {
		return c.lateClient.DeleteTopics(ctx, list...)
	})
}

// ProduceSync produces messages, if that may be done here. The log says where they went, not what they hold.
func (c guardedClient) ProduceSync(ctx context.Context, records []kafkaops.Record) (deliveries []kafkaops.Delivery, err error) {
	topic := ""
	if len(records) > 0 {
		topic = records[0].Topic
	}
	a := guard.Action{Kind: guard.Produce, Resource: topic, Detail: plural(len(records), "message"), Result: func() string { return stored(deliveries) }}
	err = c.guard.Do(ctx, a, func(ctx context.Context) (err error) {
		deliveries, err = c.lateClient.ProduceSync(ctx, records)
		return err
	})
	return deliveries, err
}

// stored says where messages went, and of those that were refused why.
func stored(deliveries []kafkaops.Delivery) string {
	var said []string
	for i := range deliveries {
		if len(said) == 8 {
			break
		}
		if err := deliveries[i].Err; err != nil {
			said = append(said, "not stored: "+err.Error())
			continue
		}
		said = append(said, fmt.Sprintf("%d@%d", deliveries[i].Partition, deliveries[i].Offset))
	}
	return strings.Join(said, " ")
}

// guardedMachine is the machine that the console runs on, for those it belongs to.
type guardedMachine struct {
	doit.Local
	guard *guard.Guard
}

// Lines looks into a file, if there are files here.
func (m guardedMachine) Lines(path string, most int) (count int64, first []string, err error) {
	err = m.guard.Do(context.Background(), guard.Action{Kind: guard.ReadFile, Resource: path}, func(context.Context) (err error) {
		count, first, err = m.Local.Lines(path, most)
		return err
	})
	return count, first, err
}

// Edit prepares an editor, if there is one here.
func (m guardedMachine) Edit(ctx context.Context, text string) (doit.Editing, error) {
	e, err := guard.Get(ctx, m.guard, guard.Action{Kind: guard.Edit, Resource: m.Command}, func(ctx context.Context) (doit.Editing, error) {
		return m.Local.Edit(ctx, text)
	})
	if err != nil {
		return nil, err
	}
	return guardedEditing{e, m.guard}, nil
}

// guardedEditing asks again before anything is run.
type guardedEditing struct {
	doit.Editing
	guard *guard.Guard
}

// Editor is the command; one that fails where there is no editor.
func (e guardedEditing) Editor() *exec.Cmd {
	if err := e.guard.Check(guard.Action{Kind: guard.Edit}); err != nil {
		return &exec.Cmd{Err: err}
	}
	return e.Editing.Editor()
}
