package rdkafka

import (
	"context"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// DeleteTopics deletes the topics with all their records and returns when the cluster's metadata no longer lists them. Failures are joined
// in the error (NotFound …); the others are gone.
func (c *Client) DeleteTopics(ctx context.Context, names ...string) error {
	const op = "deleting topic"
	if len(names) == 0 {
		return nil
	}
	if err := checkTopics(op, names); err != nil {
		return err
	}
	ctx, done, err := c.begin(ctx, op, names[0])
	if err != nil {
		return err
	}
	defer done()
	timeout := remaining(ctx, c.timeout)
	results, err := c.admin.DeleteTopics(ctx, names, kafka.SetAdminRequestTimeout(timeout), kafka.SetAdminOperationTimeout(timeout))
	if err != nil {
		return c.fail(op, names[0], err)
	}
	var errs []error
	gone := map[string]bool{}
	for _, r := range results {
		if err := codeError(r.Error); err != nil {
			errs = append(errs, fail(op, r.Topic, err))
		} else {
			gone[r.Topic] = true
			c.own.note(r.Topic, 0)
		}
	}
	if err := c.awaitGone(ctx, gone); err != nil {
		errs = append(errs, c.fail(op, names[0], err))
	}
	return joined(errs)
}

// awaitGone waits until none of the topics is listed.
func (c *Client) awaitGone(ctx context.Context, gone map[string]bool) error {
	for wait := 5 * time.Millisecond; len(gone) > 0; wait = min(2*wait, 200*time.Millisecond) {
		topics, err := c.ListTopics(ctx)
		if err != nil {
			return err
		}
		listed := false
		for _, t := range topics {
			listed = listed || (gone[t.Name] && t.Err == nil)
		}
		if !listed {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}
