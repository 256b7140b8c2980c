package rdkafka

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// ListGroups lists the consumer groups that any broker knows, sorted. When some brokers don't answer it returns what the others know and
// the error.
func (c *Client) ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error) {
	ctx, done, err := c.begin(ctx, "listing groups", "")
	if err != nil {
		return nil, err
	}
	defer done()
	r, err := c.admin.ListConsumerGroups(ctx, kafka.SetAdminRequestTimeout(remaining(ctx, c.timeout)))
	if err != nil {
		return nil, c.fail("listing groups", "", err)
	}
	groups := make([]kafkaops.GroupListing, 0, len(r.Valid))
	for _, g := range r.Valid {
		groups = append(groups, kafkaops.GroupListing{ID: g.GroupID, State: g.State.String(), Type: groupType(g.Type)})
	}
	slices.SortFunc(groups, func(a, b kafkaops.GroupListing) int { return cmp.Compare(a.ID, b.ID) })
	if len(r.Errors) > 0 {
		return groups, c.fail("listing groups", "", r.Errors[0])
	}
	return groups, nil
}

func groupType(t kafka.ConsumerGroupType) string {
	if t == kafka.ConsumerGroupTypeUnknown {
		return ""
	}
	return t.String()
}
