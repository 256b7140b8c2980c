package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// Cluster describes the brokers, sorted by ID.
func (c *Client) Cluster(ctx context.Context) (kafkaops.Cluster, error) {
	ctx, done, err := c.begin(ctx, "describing cluster", c.brokers())
	if err != nil {
		return kafkaops.Cluster{}, err
	}
	defer done()
	r, err := c.admin.DescribeCluster(ctx, kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)))
	if err != nil {
		return kafkaops.Cluster{}, c.fail("describing cluster", c.brokers(), err)
	}
	cluster := kafkaops.Cluster{Controller: -1}
	if r.ClusterID != nil {
		cluster.ID = *r.ClusterID
	}
	if r.Controller != nil {
		cluster.Controller = int32(r.Controller.ID)
	}
	for _, n := range r.Nodes {
		cluster.Brokers = append(cluster.Brokers, brokerOf(n))
	}
	slices.SortFunc(cluster.Brokers, func(a, b kafkaops.Broker) int { return cmp.Compare(a.ID, b.ID) })
	return cluster, nil
}

func brokerOf(n kafka.Node) kafkaops.Broker {
	b := kafkaops.Broker{ID: int32(n.ID), Host: n.Host, Port: n.Port}
	if n.Rack != nil {
		b.Rack = *n.Rack
	}
	return b
}
