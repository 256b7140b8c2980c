package watch

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// atOnce bounds the groups that are asked for at the same time: the watch must not be what a cluster is busy with.
const atOnce = 4

// groups watches consumer groups.
type groups struct {
	o Options

	mu      sync.Mutex
	seen    map[string]sighting // by group
	moved   progress
	leftOut int // groups
}

// sighting is what was seen of a group.
type sighting struct {
	at      time.Time
	members int // -1: not known
	topics  []topicLag
}

// topicLag is how far a group is behind on a topic.
type topicLag struct {
	topic   string
	records int64   // of the partitions that are known; -1: of none
	seconds float64 // age of the oldest record not yet committed; -1: not known
	unknown int     // partitions whose lag isn't known
}

func newGroups(o Options) *groups {
	return &groups{o: o, seen: map[string]sighting{}, moved: newProgress()}
}

// look asks for all groups. Those that can't be read keep their last sighting until it is stale.
func (g *groups) look(ctx context.Context) look {
	var errs []error
	listings, err := g.o.Cluster.ListGroups(ctx)
	if err != nil {
		if errs = append(errs, err); len(listings) == 0 {
			return look{errs: errs}
		}
	}
	complete := err == nil
	ids, leftOut := g.choose(listings)
	members, err := g.members(ctx, ids)
	if err != nil {
		errs = append(errs, err)
	}
	lags := make([][]kafkaops.Lag, len(ids))
	failed := make([]error, len(ids))
	var tasks errgroup.Group
	tasks.SetLimit(atOnce)
	for i, id := range ids {
		tasks.Go(func() error {
			lags[i], failed[i] = g.o.Cluster.Lag(ctx, id)
			return nil
		})
	}
	_ = tasks.Wait() // the errors are in failed
	fresh := make(map[string]sighting, len(ids))
	known := map[string][]kafkaops.Lag{}
	for i, id := range ids {
		if failed[i] != nil {
			errs = append(errs, failed[i])
			continue
		}
		known[id] = lags[i]
		n, described := members[id]
		if !described {
			n = -1
		}
		fresh[id] = sighting{at: g.o.now(), members: n, topics: sumUp(lags[i])}
	}
	g.take(fresh, known, ids, complete, leftOut)
	learned := len(fresh) > 0 || len(ids) == 0
	return look{told: learned, fresh: learned, errs: errs}
}

// choose picks the groups to watch, in order, and says how many more there are.
func (g *groups) choose(listings []kafkaops.GroupListing) (ids []string, leftOut int) {
	for _, l := range listings {
		if g.o.wants(l.ID) && l.ID != "" {
			ids = append(ids, l.ID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > g.o.MaxGroups {
		return ids[:g.o.MaxGroups], len(ids) - g.o.MaxGroups
	}
	return ids, 0
}

// members counts the members of each group that could be described.
func (g *groups) members(ctx context.Context, ids []string) (map[string]int, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	described, err := g.o.Cluster.DescribeGroups(ctx, ids...)
	if err != nil {
		return nil, err
	}
	n := make(map[string]int, len(described))
	for i := range described {
		if described[i].Err == nil {
			n[described[i].ID] = len(described[i].Members)
		}
	}
	return n, nil
}

// take keeps what was seen. A group that is gone from a complete list is forgotten.
func (g *groups) take(fresh map[string]sighting, known map[string][]kafkaops.Lag, ids []string, complete bool, leftOut int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if complete {
		for id := range g.seen {
			if _, listed := slices.BinarySearch(ids, id); !listed {
				delete(g.seen, id)
			}
		}
	}
	for id, s := range fresh {
		g.seen[id] = s
	}
	for id, s := range g.seen {
		if g.o.now().Sub(s.at) > g.o.stale() {
			delete(g.seen, id)
		}
	}
	g.leftOut = leftOut
	g.moved.add(known)
}

// sumUp adds a group's lags up by topic, in order.
func sumUp(lags []kafkaops.Lag) []topicLag {
	byTopic := map[string]*topicLag{}
	for _, l := range lags {
		t := byTopic[l.Topic]
		if t == nil {
			t = &topicLag{topic: l.Topic, records: -1, seconds: -1}
			byTopic[l.Topic] = t
		}
		if l.Records < 0 {
			t.unknown++
			continue
		}
		t.records = max(0, t.records) + l.Records
		if l.Behind >= 0 {
			t.seconds = max(t.seconds, l.Behind.Seconds())
		}
	}
	out := make([]topicLag, 0, len(byTopic))
	for _, t := range byTopic {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b topicLag) int { return cmp.Compare(a.topic, b.topic) })
	return out
}

var (
	lagRecords   = desc("krapp_group_lag_records", "Records between what the group has committed and the end of the topic, about: transaction markers and compaction count.", "group", "topic")
	lagSeconds   = desc("krapp_group_lag_seconds", "Age of the oldest record that the group has not committed; 0 when nothing waits, absent when it could not be read.", "group", "topic")
	lagUnknown   = desc("krapp_group_lag_unknown_partitions", "Partitions whose lag could not be read.", "group", "topic")
	groupMembers = desc("krapp_group_members", "Members of the group.", "group")
	committed    = desc("krapp_group_committed_offsets_total", "Offsets that the group has committed past, since this watch began.", "group", "topic")
	stored       = desc("krapp_topic_stored_offsets_total", "Offsets by which the topic has grown, since this watch began; of topics that a group consumes.", "topic")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (g *groups) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lagRecords, lagSeconds, lagUnknown, groupMembers, committed, stored} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What is stale is left out.
func (g *groups) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	room := g.o.MaxTopics
	topics := map[string]bool{}
	for _, id := range sortedKeys(g.seen) {
		s := g.seen[id]
		if g.o.now().Sub(s.at) > g.o.stale() {
			continue
		}
		if s.members >= 0 {
			out <- prometheus.MustNewConstMetric(groupMembers, prometheus.GaugeValue, float64(s.members), label(id))
		}
		for _, t := range s.topics[:min(len(s.topics), room)] {
			g.collectTopic(out, id, t)
			topics[t.topic] = true
		}
		room = max(0, room-len(s.topics))
	}
	for _, topic := range sortedKeys(topics) {
		out <- prometheus.MustNewConstMetric(stored, prometheus.CounterValue, float64(g.moved.stored[topic]), label(topic))
	}
}

func (g *groups) collectTopic(out chan<- prometheus.Metric, id string, t topicLag) {
	labels := []string{label(id), label(t.topic)}
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if t.records >= 0 {
		gauge(lagRecords, float64(t.records))
	}
	if t.seconds >= 0 {
		gauge(lagSeconds, t.seconds)
	}
	gauge(lagUnknown, float64(t.unknown))
	out <- prometheus.MustNewConstMetric(committed, prometheus.CounterValue, float64(g.moved.committed[pair{id, t.topic}]), labels...)
}

// untold says how many groups, and pairs of group and topic, are beyond the bounds.
func (g *groups) untold() (groups, topics int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.seen {
		topics += len(s.topics)
	}
	return g.leftOut, max(0, topics-g.o.MaxTopics)
}
