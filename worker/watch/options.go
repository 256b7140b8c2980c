package watch

import (
	"context"
	"log/slog"
	"path"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// The defaults of Options.
const (
	DefaultInterval  = 15 * time.Second
	DefaultMaxGroups = 200
	DefaultMaxTopics = 1000 // pairs of group and topic
	DefaultMaxRuns   = 50
	DefaultRunAge    = 24 * time.Hour
)

// Cluster is what the role asks of Kafka; *rdkafka.Client satisfies it.
type Cluster interface {
	// ListGroups may return what is known beside an error.
	ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error)
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
	// Lag has Behind for what lags; see rdkafka.Client.Lag.
	Lag(ctx context.Context, group string) ([]kafkaops.Lag, error)
}

// Ledger judges all runs, incrementally; *ledger.Ledger satisfies it. It may return what it could judge beside an error.
type Ledger interface {
	Refresh(ctx context.Context) ([]roundtrip.Judgement, error)
}

// Options say what to watch. Cluster, Ledger and Registry are required; zero values take the defaults.
type Options struct {
	Cluster Cluster
	Ledger  Ledger

	Groups    []string      // names and globs of groups; none: all
	Interval  time.Duration // between two looks
	MaxGroups int
	MaxTopics int           // pairs of group and topic
	MaxRuns   int           // that are told one by one: those that went wrong first, then the newest
	RunAge    time.Duration // runs registered longer ago are not told

	Registry prometheus.Registerer
	Log      *slog.Logger // nil: silent

	now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	const op = "starting role"
	if o.Cluster == nil || o.Ledger == nil || o.Registry == nil {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "watch", "connect first, and serve metrics", "no cluster, ledger or registry given")
	}
	for _, g := range o.Groups {
		if _, err := path.Match(g, "group"); err != nil || g == "" {
			return o, kafkaops.Errorf(kafkaops.Invalid, op, "watch", "give names or globs with --groups: orders, orders-*", "%q is not a glob", g)
		}
	}
	if o.Interval < 0 || o.RunAge < 0 || o.MaxGroups < 0 || o.MaxTopics < 0 || o.MaxRuns < 0 {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "watch", "give numbers above zero", "an interval, an age or a bound is negative")
	}
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.RunAge == 0 {
		o.RunAge = DefaultRunAge
	}
	if o.MaxGroups == 0 {
		o.MaxGroups = DefaultMaxGroups
	}
	if o.MaxTopics == 0 {
		o.MaxTopics = DefaultMaxTopics
	}
	if o.MaxRuns == 0 {
		o.MaxRuns = DefaultMaxRuns
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o, nil
}

// wants says whether a group is to be watched.
func (o Options) wants(group string) bool {
	return len(o.Groups) == 0 || slices.ContainsFunc(o.Groups, func(glob string) bool {
		ok, err := path.Match(glob, group)
		return ok && err == nil
	})
}

// stale is how old what was seen may be and still be told: a broker that is away for a moment must not end an alert.
func (o Options) stale() time.Duration { return max(4*o.Interval, time.Minute) }
