package topic

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	Extents(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error)
	TopicConfigs(ctx context.Context, topic string) ([]kafkaops.ConfigEntry, error)
	ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error)
	Lags(ctx context.Context, groups []string) (map[string][]kafkaops.Lag, error)
}

const (
	pollEvery  = 2 * time.Second
	slowEvery  = 15 * time.Second // configuration and groups
	perRequest = 10 * time.Second

	// manyGroups is from how many groups on the page does not ask each for its commits: that is the groups page's work.
	manyGroups = 300
)

// partition is a line of the partitions.
type partition struct {
	kafkaops.Partition
	extent kafkaops.Extent
	rate   float64 // records a second; negative when unknown
}

// picture is the topic as of one look at it.
type picture struct {
	id         string
	partitions []partition
}

// consumer is a group that committed on the topic.
type consumer struct {
	group, state string
	partitions   int
	lag          int64 // in records
	complete     bool  // the lag of every partition is known
}

// consumers is what reads the topic.
type consumers struct {
	groups []consumer
	many   int // there are so many groups that they were not asked
}

type fetcher struct {
	client Client
	topic  string

	mu   sync.Mutex
	ends map[int32]int64
	at   time.Time
}

func (f *fetcher) picture(ctx context.Context) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	topics, err := f.client.DescribeTopics(ctx, f.topic)
	if err != nil {
		return picture{}, err
	}
	if err := topics[0].Err; err != nil {
		return picture{}, err
	}
	extents, err := f.client.Extents(ctx, kafkaops.ReadCommitted, topics[0].TopicPartitions())
	if err != nil {
		return picture{}, err
	}
	pic := picture{id: topics[0].ID, partitions: make([]partition, len(topics[0].Partitions))}
	for i, p := range topics[0].Partitions {
		pic.partitions[i] = partition{Partition: p, extent: extents[kafkaops.TopicPartition{Topic: f.topic, Partition: p.ID}], rate: -1}
	}
	f.rates(pic.partitions, time.Now())
	return pic, nil
}

// rates compares with the picture before.
func (f *fetcher) rates(ps []partition, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	elapsed := now.Sub(f.at).Seconds()
	ends := make(map[int32]int64, len(ps))
	for i, p := range ps {
		if p.extent.Err != nil {
			continue
		}
		ends[p.ID] = p.extent.End
		if before, known := f.ends[p.ID]; known && elapsed > 0 && p.extent.End >= before {
			ps[i].rate = float64(p.extent.End-before) / elapsed
		}
	}
	f.ends, f.at = ends, now
}

// configs are those that are set on the topic first, then the defaults.
func (f *fetcher) configs(ctx context.Context) ([]kafkaops.ConfigEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	entries, err := f.client.TopicConfigs(ctx, f.topic)
	slices.SortStableFunc(entries, func(a, b kafkaops.ConfigEntry) int {
		if a.Default != b.Default {
			if b.Default {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return entries, err
}

func (f *fetcher) consumers(ctx context.Context) (consumers, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*perRequest)
	defer cancel()
	listed, err := f.client.ListGroups(ctx)
	if err != nil {
		return consumers{}, err
	}
	if len(listed) > manyGroups {
		return consumers{many: len(listed)}, nil
	}
	ids, states := make([]string, len(listed)), make(map[string]string, len(listed))
	for i, g := range listed {
		ids[i], states[g.ID] = g.ID, g.State
	}
	all, err := f.client.Lags(ctx, ids)
	found := consumers{}
	for id, lags := range all {
		lags = slices.DeleteFunc(lags, func(l kafkaops.Lag) bool { return l.Topic != f.topic })
		if len(lags) == 0 {
			continue
		}
		c := consumer{group: id, state: states[id], partitions: len(lags)}
		c.lag, c.complete = kafkaops.TotalLag(lags)
		found.groups = append(found.groups, c)
	}
	slices.SortFunc(found.groups, func(a, b consumer) int { return cmp.Compare(a.group, b.group) })
	return found, err
}

// samePicture says that two pictures show the same.
func samePicture(a, b picture) bool {
	return a.id == b.id && slices.EqualFunc(a.partitions, b.partitions, func(x, y partition) bool {
		return x.ID == y.ID && x.Leader == y.Leader && slices.Equal(x.Replicas, y.Replicas) && slices.Equal(x.ISR, y.ISR) &&
			x.extent.Start == y.extent.Start && x.extent.End == y.extent.End && (x.extent.Err == nil) == (y.extent.Err == nil) && x.rate == y.rate
	})
}

func sameConsumers(a, b consumers) bool { return a.many == b.many && slices.Equal(a.groups, b.groups) }
