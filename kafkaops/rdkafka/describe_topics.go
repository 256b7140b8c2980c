package rdkafka

import (
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// DescribeTopics describes the named topics with their topic IDs, in the order of the names. A topic that can't be described has Err set
// (NotFound when it doesn't exist, Invalid when no topic can have that name); the error returned is for the request as a whole.
func (c *Client) DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error) {
	ctx, done, err := c.begin(ctx, "describing topics", "")
	if err != nil {
		return nil, err
	}
	defer done()
	return settled(ctx, func() ([]kafkaops.Topic, error) { return c.describe(ctx, names) }, func(topics []kafkaops.Topic) bool {
		return slices.ContainsFunc(topics, func(t kafkaops.Topic) bool { return c.own.stale(t.Name, countOf(&t)) })
	})
}

// describe asks once.
func (c *Client) describe(ctx context.Context, names []string) ([]kafkaops.Topic, error) {
	var askable []string
	for _, name := range names {
		if checkTopic("describing topic", name) == nil {
			askable = append(askable, name)
		}
	}
	found := map[string]kafkaops.Topic{}
	if len(askable) > 0 {
		r, err := c.admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(askable),
			kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)))
		if err != nil {
			return nil, c.fail("describing topics", "", err)
		}
		for _, d := range r.TopicDescriptions {
			found[d.Name] = described(d)
		}
	}
	topics := make([]kafkaops.Topic, len(names))
	for i, name := range names {
		t, ok := found[name]
		if !ok {
			err := checkTopic("describing topic", name)
			if err == nil {
				err = kafkaops.NewError(kafkaops.NotFound, "describing topic", name, "", nil)
			}
			t = kafkaops.Topic{Name: name, Err: err}
		}
		topics[i] = t
	}
	return topics, nil
}

func described(d kafka.TopicDescription) kafkaops.Topic {
	t := kafkaops.Topic{Name: d.Name, Internal: d.IsInternal, Err: fail("describing topic", d.Name, codeError(d.Error))}
	if t.Err != nil {
		return t
	}
	t.ID = d.TopicID.String()
	for _, p := range d.Partitions {
		part := kafkaops.Partition{ID: int32(p.Partition), Leader: -1, Replicas: ids(p.Replicas), ISR: ids(p.Isr)}
		if p.Leader != nil {
			part.Leader = int32(p.Leader.ID)
		}
		t.Partitions = append(t.Partitions, part)
	}
	sortPartitions(t.Partitions)
	return t
}

func ids(nodes []kafka.Node) []int32 {
	out := make([]int32, len(nodes))
	for i, n := range nodes {
		out[i] = int32(n.ID)
	}
	return out
}
