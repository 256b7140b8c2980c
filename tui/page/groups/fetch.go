package groups

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error)
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
	Lags(ctx context.Context, groups []string) (map[string][]kafkaops.Lag, error)
	Lag(ctx context.Context, group string) ([]kafkaops.Lag, error)
}

const (
	every      = 3 * time.Second
	timeout    = 20 * time.Second
	agedGroups = 16 // how many of the groups with the most lag are asked how old it is: that takes reading records
	agedAtOnce = 4
)

// row is a line of the list. It is comparable, so that an unchanged list is not drawn again.
type row struct {
	id, state string
	members   int // −1: not known
	topics    int
	lag       int64         // records, over the partitions that are known
	unknown   int           // partitions whose lag is not known
	committed bool          // there are commits at all, and they could be read
	behind    time.Duration // of the partition furthest behind; negative when not known
	err       string        // why something is not known
}

func fetch(ctx context.Context, c Client) ([]row, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	listed, err := c.ListGroups(ctx)
	if err != nil || len(listed) == 0 {
		return nil, err
	}
	ids := make([]string, len(listed))
	for i, g := range listed {
		ids[i] = g.ID
	}
	var described []kafkaops.Group
	var lags map[string][]kafkaops.Lag
	var describeErr, lagErr error
	var tasks errgroup.Group
	tasks.Go(func() error { described, describeErr = c.DescribeGroups(ctx, ids...); return nil })
	tasks.Go(func() error { lags, lagErr = c.Lags(ctx, ids); return nil })
	_ = tasks.Wait()
	if lags == nil && described == nil {
		return nil, cmp.Or(lagErr, describeErr)
	}
	rows := make([]row, len(listed))
	for i, g := range listed {
		rows[i] = row{id: g.ID, state: g.State, members: -1, behind: -1}
		if i < len(described) {
			rows[i].describe(&described[i])
		}
		own, known := lags[g.ID]
		rows[i].measure(own, known, lagErr)
	}
	if describeErr != nil && lagErr == nil {
		lagErr = describeErr
	}
	if lags == nil {
		return rows, nil // each row says why
	}
	age(ctx, c, rows)
	return rows, partly(rows, lagErr)
}

// partly leaves out an error that the rows tell of already.
func partly(rows []row, err error) error {
	if slices.ContainsFunc(rows, func(r row) bool { return r.err != "" }) {
		return nil
	}
	return err
}

func (r *row) describe(g *kafkaops.Group) {
	if g.Err != nil {
		r.err = g.Err.Error()
		return
	}
	r.members = len(g.Members)
	r.state = cmp.Or(g.State, r.state)
}

// measure adds up the lag. What is not known is counted, never taken for 0.
func (r *row) measure(lags []kafkaops.Lag, known bool, err error) {
	if !known {
		if err == nil {
			err = errors.New("the brokers left its commits out")
		}
		r.unknown, r.err = 1, cmp.Or(r.err, err.Error())
		return
	}
	topics := map[string]bool{}
	for _, l := range lags {
		topics[l.Topic] = true
		if l.Records < 0 {
			r.unknown++
			if l.Err != nil {
				r.err = cmp.Or(r.err, l.Err.Error())
			}
		}
	}
	r.lag, _ = kafkaops.TotalLag(lags)
	r.topics, r.committed = len(topics), len(lags) > 0
	if r.committed && r.lag == 0 && r.unknown == 0 {
		r.behind = 0
	}
}

// age asks the groups with the most lag how old it is. A group that does not answer in time keeps "not known".
func age(ctx context.Context, c Client, rows []row) {
	worst := make([]int, 0, len(rows))
	for i, r := range rows {
		if r.lag > 0 {
			worst = append(worst, i)
		}
	}
	slices.SortFunc(worst, func(a, b int) int { return cmp.Compare(rows[b].lag, rows[a].lag) })
	var tasks errgroup.Group
	tasks.SetLimit(agedAtOnce)
	for _, i := range worst[:min(len(worst), agedGroups)] {
		tasks.Go(func() error {
			lags, err := c.Lag(ctx, rows[i].id)
			if err == nil {
				rows[i].behind = furthest(lags)
			}
			return nil
		})
	}
	_ = tasks.Wait()
}

// furthest is the age of the oldest record not committed, over the partitions of which it is known. In whole tenths of a second: more
// digits would change at each look.
func furthest(lags []kafkaops.Lag) time.Duration {
	behind := time.Duration(-1)
	for _, l := range lags {
		behind = max(behind, l.Behind)
	}
	if behind > time.Second {
		behind = behind.Truncate(100 * time.Millisecond)
	}
	return behind
}
