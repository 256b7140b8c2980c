package rdkafka

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// DeleteGroups deletes the groups with their committed offsets. The broker refuses (Conflict) while a group has members. Failures are joined.
func (c *Client) DeleteGroups(ctx context.Context, ids ...string) error {
	const op = "deleting group"
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if err := checkGroup(op, id); err != nil {
			return err
		}
	}
	r, err := askGroup(ctx, c, op, ids[0], func(ctx context.Context, admin *kafka.AdminClient) (kafka.DeleteConsumerGroupsResult, error) {
		return admin.DeleteConsumerGroups(ctx, ids, unlimited)
	})
	if err != nil {
		return c.fail(op, ids[0], err)
	}
	var errs []error
	for _, g := range r.ConsumerGroupResults {
		if err := codeError(g.Error); err != nil {
			errs = append(errs, fail(op, g.Group, err))
		}
	}
	return joined(errs)
}
