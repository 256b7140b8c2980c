package rdkafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// CreateTopics creates the topics and returns when each has partitions with leaders, so that they can be used at once. Topics that fail are
// joined in the error (AlreadyExists, Invalid …); the others exist.
func (c *Client) CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error {
	const op = "creating topic"
	if len(topics) == 0 {
		return nil
	}
	specs := make([]kafka.TopicSpecification, len(topics))
	for i, t := range topics {
		if err := checkTopic(op, t.Name); err != nil {
			return err
		}
		if t.Partitions == 0 || t.Partitions < -1 || t.ReplicationFactor == 0 || t.ReplicationFactor < -1 {
			return kafkaops.Errorf(kafkaops.Invalid, op, t.Name, "ask for at least 1 of each, or -1 for the broker's default",
				"%d partitions with %d replicas", t.Partitions, t.ReplicationFactor)
		}
		specs[i] = kafka.TopicSpecification{
			Topic: t.Name, NumPartitions: t.Partitions, ReplicationFactor: t.ReplicationFactor, Config: t.Configs,
		}
	}
	ctx, done, err := c.begin(ctx, op, topics[0].Name)
	if err != nil {
		return err
	}
	defer done()
	timeout := remaining(ctx, c.timeout)
	results, err := c.admin.CreateTopics(ctx, specs, kafka.SetAdminRequestTimeout(timeout), kafka.SetAdminOperationTimeout(timeout))
	if err != nil {
		return c.fail(op, topics[0].Name, err)
	}
	var errs []error
	wanted := make(map[string]int, len(topics))
	for _, t := range topics {
		wanted[t.Name] = t.Partitions
	}
	created := map[string]int{}
	for _, r := range results {
		if err := codeError(r.Error); err != nil {
			errs = append(errs, fail(op, r.Topic, err))
		} else {
			created[r.Topic] = wanted[r.Topic]
			c.own.note(r.Topic, max(1, wanted[r.Topic]))
		}
	}
	if err := c.awaitPartitions(ctx, op, created); err != nil {
		errs = append(errs, err)
	}
	for topic, partitions := range created { // the caller's time begins now
		c.own.note(topic, max(1, partitions))
	}
	return joined(errs)
}

// awaitPartitions waits until each topic has at least that many partitions and all of them have leaders.
func (c *Client) awaitPartitions(ctx context.Context, op string, want map[string]int) error {
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	for wait := 5 * time.Millisecond; len(names) > 0; wait = min(2*wait, 200*time.Millisecond) {
		topics, err := c.DescribeTopics(ctx, names...)
		if err != nil {
			return err
		}
		names = names[:0]
		for _, t := range topics {
			if t.Err != nil || len(t.Partitions) < max(1, want[t.Name]) || t.Leaderless() > 0 {
				names = append(names, t.Name)
			}
		}
		if len(names) == 0 {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return c.fail(op, names[0], fmt.Errorf("it exists but has no leaders yet: %w", err))
		}
	}
	return nil
}

// joined returns one error as it is, several as one whose parts errors.As finds.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
