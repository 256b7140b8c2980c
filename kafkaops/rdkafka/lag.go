package rdkafka

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// groupsAtOnce bounds how many groups are asked at the same time: each waits in a thread of its own.
const groupsAtOnce = 24

// Lag returns how far the group is behind on every partition that it committed or is assigned, sorted. The ends are read-committed. Behind is
// the age of the first record not yet committed, by one read a lagging partition; -1 where that record could not be had in time.
func (c *Client) Lag(ctx context.Context, group string) ([]kafkaops.Lag, error) {
	ctx, done, err := c.begin(ctx, "reading the lag of group", group)
	if err != nil {
		return nil, err
	}
	defer done()
	var committed kafkaops.Offsets
	var described []kafkaops.Group
	tasks, taskCtx := errgroup.WithContext(ctx)
	tasks.Go(func() (err error) {
		committed, err = c.Committed(taskCtx, group, nil)
		return err
	})
	tasks.Go(func() (err error) {
		described, err = c.DescribeGroups(taskCtx, group)
		return err
	})
	if err := tasks.Wait(); err != nil {
		return nil, err
	}
	tps := map[kafkaops.TopicPartition]bool{}
	for tp := range committed {
		tps[tp] = true
	}
	for _, m := range described[0].Members {
		for _, tp := range m.Assigned {
			tps[tp] = true
		}
	}
	extents, err := c.Extents(ctx, kafkaops.ReadCommitted, sorted(tps))
	if err != nil {
		return nil, err
	}
	lags := kafkaops.LagOf(extents, committed)
	for i := range lags {
		if m, ok := described[0].MemberOf(lags[i].TopicPartition); ok {
			lags[i].Member = m.ID
		}
	}
	return lags, c.fillBehind(ctx, lags, time.Now())
}

// Lags is Lag for many groups in one refresh: one query for all ends, the groups' commits in parallel, no members and no Behind (-1 where
// there is lag). A group whose commits can't be read is absent from the map and joined in the error.
func (c *Client) Lags(ctx context.Context, groups []string) (map[string][]kafkaops.Lag, error) {
	ctx, done, err := c.begin(ctx, "reading the lag of groups", "")
	if err != nil {
		return nil, err
	}
	defer done()
	committed := make([]kafkaops.Offsets, len(groups))
	errs := make([]error, len(groups))
	var tasks errgroup.Group
	tasks.SetLimit(groupsAtOnce)
	for i, group := range groups {
		tasks.Go(func() error {
			committed[i], errs[i] = c.Committed(ctx, group, nil)
			return nil
		})
	}
	_ = tasks.Wait()
	tps := map[kafkaops.TopicPartition]bool{}
	for _, offsets := range committed {
		for tp := range offsets {
			tps[tp] = true
		}
	}
	extents, err := c.Extents(ctx, kafkaops.ReadCommitted, sorted(tps))
	if err != nil {
		return nil, err
	}
	lags := make(map[string][]kafkaops.Lag, len(groups))
	var failed []error
	for i, group := range groups {
		if errs[i] != nil {
			failed = append(failed, errs[i])
			continue
		}
		own := make(kafkaops.Extents, len(committed[i]))
		for tp := range committed[i] {
			own[tp] = extents[tp]
		}
		lags[group] = kafkaops.LagOf(own, committed[i])
	}
	return lags, joined(failed)
}

// fillBehind reads the first uncommitted record of each lagging partition for its age.
func (c *Client) fillBehind(ctx context.Context, lags []kafkaops.Lag, now time.Time) error {
	from, to := kafkaops.Offsets{}, kafkaops.Offsets{}
	for _, l := range lags {
		if l.Records > 0 {
			from[l.TopicPartition] = max(l.Start, l.Committed)
			to[l.TopicPartition] = l.End
		}
	}
	firsts, err := c.firsts(ctx, from, to)
	if err != nil {
		return err
	}
	for i := range lags {
		if at, ok := firsts[lags[i].TopicPartition]; ok {
			lags[i].Behind = max(0, now.Sub(at))
		}
	}
	return nil
}

// sorted lists the keys of a set in order.
func sorted(set map[kafkaops.TopicPartition]bool) []kafkaops.TopicPartition {
	return slices.SortedFunc(maps.Keys(set), kafkaops.TopicPartition.Compare)
}
