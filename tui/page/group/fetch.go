package group

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
	Lag(ctx context.Context, group string) ([]kafkaops.Lag, error)
}

const (
	every   = 2 * time.Second
	timeout = 10 * time.Second
)

// partition is how far the group is on one partition, and who reads it.
type partition struct {
	kafkaops.Lag
	member kafkaops.Member // zero: none
}

// picture is the group as of one look at it.
type picture struct {
	group      kafkaops.Group
	partitions []partition
	lagErr     error // why the partitions are not known, or no longer
}

// fetch describes the group and measures its lag; what of the two can be had is shown.
func fetch(ctx context.Context, c Client, id string) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var groups []kafkaops.Group
	var lags []kafkaops.Lag
	var lagErr error
	var tasks errgroup.Group
	tasks.Go(func() (err error) { groups, err = c.DescribeGroups(ctx, id); return err })
	tasks.Go(func() error { lags, lagErr = c.Lag(ctx, id); return nil })
	if err := tasks.Wait(); err != nil {
		return picture{}, err
	}
	g := groups[0]
	if g.Err != nil {
		return picture{}, g.Err
	}
	pic := picture{group: g, lagErr: lagErr, partitions: make([]partition, len(lags))}
	for i, l := range lags {
		if l.Behind > time.Second {
			l.Behind = l.Behind.Truncate(100 * time.Millisecond) // more digits would change at each look
		}
		pic.partitions[i] = partition{Lag: l}
		if m, ok := g.MemberOf(l.TopicPartition); ok {
			pic.partitions[i].member = m
		}
	}
	return pic, nil
}

// same says that two pictures show the same.
func same(a, b picture) bool {
	return a.group.State == b.group.State && a.group.Assignor == b.group.Assignor && (a.lagErr == nil) == (b.lagErr == nil) &&
		slices.EqualFunc(a.group.Members, b.group.Members, func(x, y kafkaops.Member) bool {
			return x.ID == y.ID && slices.Equal(x.Assigned, y.Assigned)
		}) &&
		slices.EqualFunc(a.partitions, b.partitions, func(x, y partition) bool {
			return x.TopicPartition == y.TopicPartition && x.Start == y.Start && x.End == y.End && x.Committed == y.Committed &&
				x.Records == y.Records && x.Behind == y.Behind && x.member.ID == y.member.ID
		})
}
