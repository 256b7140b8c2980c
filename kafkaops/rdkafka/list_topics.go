package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// ListTopics lists all topics with their partitions, sorted by name, from one metadata request. It knows no topic IDs: DescribeTopics does.
func (c *Client) ListTopics(ctx context.Context) ([]kafkaops.Topic, error) {
	ctx, done, err := c.begin(ctx, "listing topics", "")
	if err != nil {
		return nil, err
	}
	defer done()
	return settled(ctx, func() ([]kafkaops.Topic, error) { return c.list(ctx) }, c.own.anyStale)
}

// list asks once.
func (c *Client) list(ctx context.Context) ([]kafkaops.Topic, error) {
	timeout := remaining(ctx, c.timeout)
	c.gate.calls.Add(1) // the request may outlive this call
	m, err := bounded(ctx, func() (*kafka.Metadata, error) {
		defer c.gate.leave()
		return c.handle.GetMetadata(nil, true, int(timeout.Milliseconds()))
	})
	if err != nil {
		return nil, c.fail("listing topics", "", err)
	}
	topics := make([]kafkaops.Topic, 0, len(m.Topics))
	for _, t := range m.Topics {
		topics = append(topics, topicOf(t))
	}
	slices.SortFunc(topics, func(a, b kafkaops.Topic) int { return cmp.Compare(a.Name, b.Name) })
	return topics, nil
}

func topicOf(t kafka.TopicMetadata) kafkaops.Topic {
	topic := kafkaops.Topic{
		Name:     t.Topic,
		Internal: internal(t.Topic),
		Err:      fail("describing topic", t.Topic, codeError(t.Error)),
	}
	for _, p := range t.Partitions {
		topic.Partitions = append(topic.Partitions, kafkaops.Partition{
			ID: p.ID, Leader: p.Leader, Replicas: p.Replicas, ISR: p.Isrs,
			Err: fail("describing topic", t.Topic, codeError(p.Error)),
		})
	}
	sortPartitions(topic.Partitions)
	return topic
}

func sortPartitions(ps []kafkaops.Partition) {
	slices.SortFunc(ps, func(a, b kafkaops.Partition) int { return cmp.Compare(a.ID, b.ID) })
}

// internal knows the brokers' own topics by name: the metadata that librdkafka hands out does not carry the flag.
func internal(topic string) bool {
	switch topic {
	case "__consumer_offsets", "__transaction_state", "__share_group_state":
		return true
	}
	return false
}
