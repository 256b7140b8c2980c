package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// TopicConfigs returns the topic's configuration, sorted by name.
func (c *Client) TopicConfigs(ctx context.Context, topic string) ([]kafkaops.ConfigEntry, error) {
	const op = "reading the configuration of topic"
	if err := checkTopic(op, topic); err != nil {
		return nil, err
	}
	ctx, done, err := c.begin(ctx, op, topic)
	if err != nil {
		return nil, err
	}
	defer done()
	rs, err := settled(ctx, func() ([]kafka.ConfigResourceResult, error) {
		return c.admin.DescribeConfigs(ctx, []kafka.ConfigResource{{Type: kafka.ResourceTopic, Name: topic}},
			kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)))
	}, func(rs []kafka.ConfigResourceResult) bool {
		return len(rs) == 1 && classOf(rs[0].Error.Code()) == kafkaops.NotFound && c.own.made(kafkaops.TopicPartition{Topic: topic})
	})
	if err != nil {
		return nil, c.fail(op, topic, err)
	}
	var entries []kafkaops.ConfigEntry
	for _, r := range rs {
		if err := codeError(r.Error); err != nil {
			return nil, fail(op, topic, err)
		}
		for _, e := range r.Config {
			entry := kafkaops.ConfigEntry{
				Name: e.Name, Value: e.Value, ReadOnly: e.IsReadOnly, Sensitive: e.IsSensitive,
				Default: e.Source != kafka.ConfigSourceDynamicTopic,
			}
			if e.IsSensitive {
				entry.Value = ""
			}
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b kafkaops.ConfigEntry) int { return cmp.Compare(a.Name, b.Name) })
	return entries, nil
}
