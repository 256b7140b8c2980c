package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// DescribeGroups describes the groups in the order of the IDs, each with its own Err. A group that never existed has the state Dead and no
// members, as the brokers say.
func (c *Client) DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	for _, id := range ids {
		if err := checkGroup("describing group", id); err != nil {
			return nil, err
		}
	}
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	r, err := askGroup(ctx, c, "describing group", ids[0], func(ctx context.Context, admin *kafka.AdminClient) (kafka.DescribeConsumerGroupsResult, error) {
		return admin.DescribeConsumerGroups(ctx, unique, unlimited)
	})
	if err != nil {
		return nil, c.fail("describing group", ids[0], err)
	}
	found := map[string]kafkaops.Group{}
	for _, d := range r.ConsumerGroupDescriptions {
		g := groupOf(d)
		g.Err = c.fail("describing group", d.GroupID, g.Err)
		found[d.GroupID] = g
	}
	groups := make([]kafkaops.Group, len(ids))
	for i, id := range ids {
		g, ok := found[id]
		if !ok {
			g = kafkaops.Group{ID: id, Err: kafkaops.NewError(kafkaops.NotFound, "describing group", id, "", nil)}
		}
		groups[i] = g
	}
	return groups, nil
}

func groupOf(d kafka.ConsumerGroupDescription) kafkaops.Group {
	g := kafkaops.Group{
		ID: d.GroupID, State: d.State.String(), Type: groupType(d.Type), Assignor: d.PartitionAssignor,
		Coordinator: brokerOf(d.Coordinator),
		Err:         fail("describing group", d.GroupID, codeError(d.Error)),
	}
	if d.Error.Code() == kafka.ErrGroupIDNotFound { // since Kafka 4.0 where older brokers say Dead
		g.State, g.Err = "Dead", nil
	}
	for _, m := range d.Members {
		assigned := partitionsOf(m.Assignment.TopicPartitions)
		slices.SortFunc(assigned, kafkaops.TopicPartition.Compare)
		g.Members = append(g.Members, kafkaops.Member{
			ID: m.ConsumerID, InstanceID: m.GroupInstanceID, ClientID: m.ClientID, Host: m.Host, Assigned: assigned,
		})
	}
	slices.SortFunc(g.Members, func(a, b kafkaops.Member) int { return cmp.Compare(a.ID, b.ID) })
	return g
}
