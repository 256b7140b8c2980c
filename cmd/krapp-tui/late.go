package main

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// lateClient is the Kafka client for what is drawn before there is a connection: each request waits for the session's client, or says why there
// is none. It is the service's own, for feeds and the ledger; pages get a guardedClient.
type lateClient struct{ session *session }

// ask makes one request with the client, once it is there.
func ask[T any](ctx context.Context, l lateClient, request func(*rdkafka.Client) (T, error)) (T, error) {
	client, err := l.session.Client(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return request(client)
}

// do is ask for requests that return nothing.
func do(ctx context.Context, l lateClient, request func(*rdkafka.Client) error) error {
	_, err := ask(ctx, l, func(c *rdkafka.Client) (struct{}, error) { return struct{}{}, request(c) })
	return err
}

func (l lateClient) Cluster(ctx context.Context) (kafkaops.Cluster, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Cluster, error) { return c.Cluster(ctx) })
}

func (l lateClient) ListTopics(ctx context.Context) ([]kafkaops.Topic, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Topic, error) { return c.ListTopics(ctx) })
}

func (l lateClient) DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Topic, error) { return c.DescribeTopics(ctx, names...) })
}

func (l lateClient) TopicConfigs(ctx context.Context, topic string) ([]kafkaops.ConfigEntry, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.ConfigEntry, error) { return c.TopicConfigs(ctx, topic) })
}

func (l lateClient) CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error {
	return do(ctx, l, func(c *rdkafka.Client) error { return c.CreateTopics(ctx, topics...) })
}

func (l lateClient) DeleteTopics(ctx context.Context, names ...string) error {
	return do(ctx, l, func(c *rdkafka.Client) error { return c.DeleteTopics(ctx, names...) })
}

func (l lateClient) Extents(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Extents, error) { return c.Extents(ctx, iso, tps) })
}

func (l lateClient) Ends(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Offsets, error) { return c.Ends(ctx, iso, tps) })
}

func (l lateClient) TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Extents, error) { return c.TopicExtents(ctx, iso, topics...) })
}

func (l lateClient) OffsetsAt(ctx context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Offsets, error) { return c.OffsetsAt(ctx, when, tps) })
}

func (l lateClient) ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.GroupListing, error) { return c.ListGroups(ctx) })
}

func (l lateClient) DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Group, error) { return c.DescribeGroups(ctx, ids...) })
}

func (l lateClient) Committed(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Offsets, error) { return c.Committed(ctx, group, tps) })
}

func (l lateClient) Lag(ctx context.Context, group string) ([]kafkaops.Lag, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Lag, error) { return c.Lag(ctx, group) })
}

func (l lateClient) Lags(ctx context.Context, groups []string) (map[string][]kafkaops.Lag, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (map[string][]kafkaops.Lag, error) { return c.Lags(ctx, groups) })
}

func (l lateClient) Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, most int) ([]kafkaops.Record, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Record, error) { return c.Fetch(ctx, tp, offset, most) })
}

func (l lateClient) Tail(ctx context.Context, topics []string, n int) ([]kafkaops.Record, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Record, error) { return c.Tail(ctx, topics, n) })
}

func (l lateClient) Follow(ctx context.Context, topics []string, from kafkaops.Offsets, each func([]kafkaops.Record) error) error {
	return do(ctx, l, func(c *rdkafka.Client) error { return c.Follow(ctx, topics, from, each) })
}

func (l lateClient) ScanRecords(
	ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	return ask(ctx, l, func(c *rdkafka.Client) (kafkaops.Offsets, error) { return c.ScanRecords(ctx, from, to, iso, each) })
}

func (l lateClient) ProduceSync(ctx context.Context, recs []kafkaops.Record) ([]kafkaops.Delivery, error) {
	return ask(ctx, l, func(c *rdkafka.Client) ([]kafkaops.Delivery, error) { return c.ProduceSync(ctx, recs) })
}
