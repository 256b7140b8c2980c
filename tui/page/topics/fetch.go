package topics

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client is what the page asks of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
	Extents(ctx context.Context, iso kafkaops.Isolation, tps []kafkaops.TopicPartition) (kafkaops.Extents, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
	DeleteTopics(ctx context.Context, names ...string) error
}

const (
	listEvery    = 3 * time.Second
	countEvery   = 5 * time.Second
	listTimeout  = 10 * time.Second
	countTimeout = 30 * time.Second

	// chunk bounds the partitions of one request for offsets, so that ten thousand do not wait for the slowest.
	chunk = 2000
)

// topic is a line of the list, without what takes asking for offsets.
type topic struct {
	name                  string
	internal              bool // the brokers' own, or krapp's
	partitions, replicas  int
	underReplicated, dead int
	err                   string
}

// count is what the offsets of a topic's partitions say.
type count struct {
	messages int64   // end − start over the partitions that are known
	unknown  int     // partitions whose offsets are not
	rate     float64 // records a second since the count before; negative when there was none
}

// fetcher fetches in the pollers' goroutines.
type fetcher struct {
	client Client

	mu   sync.Mutex
	tps  []kafkaops.TopicPartition // of the newest list
	ends map[string]int64          // of the newest count, by topic
	at   time.Time
}

func (f *fetcher) list(ctx context.Context) ([]topic, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	described, err := f.client.ListTopics(ctx)
	if err != nil {
		return nil, err
	}
	var tps []kafkaops.TopicPartition
	list := make([]topic, len(described))
	for i := range described {
		list[i] = topicOf(&described[i])
		tps = append(tps, described[i].TopicPartitions()...)
	}
	f.mu.Lock()
	f.tps = tps
	f.mu.Unlock()
	return list, nil
}

func topicOf(t *kafkaops.Topic) topic {
	line := topic{
		name: t.Name, internal: t.Internal || isOwn(t.Name), partitions: len(t.Partitions),
		underReplicated: t.UnderReplicated(), dead: t.Leaderless(),
	}
	for _, p := range t.Partitions {
		line.replicas = max(line.replicas, len(p.Replicas))
	}
	if t.Err != nil {
		line.err = t.Err.Error()
	}
	return line
}

// count asks for the offsets of all partitions of the newest list.
func (f *fetcher) count(ctx context.Context) (map[string]count, error) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	f.mu.Lock()
	tps := f.tps
	f.mu.Unlock()
	counts, ends := map[string]count{}, map[string]int64{}
	for len(tps) > 0 {
		n := min(chunk, len(tps))
		extents, err := f.client.Extents(ctx, kafkaops.ReadCommitted, tps[:n])
		if err != nil {
			return nil, err
		}
		addUp(extents, counts, ends)
		tps = tps[n:]
	}
	f.rates(counts, ends, time.Now())
	return counts, nil
}

func addUp(extents kafkaops.Extents, counts map[string]count, ends map[string]int64) {
	for tp, x := range extents {
		c := counts[tp.Topic]
		if x.Err != nil {
			c.unknown++
		} else {
			c.messages += x.End - x.Start
			ends[tp.Topic] += x.End
		}
		counts[tp.Topic] = c
	}
}

// rates compares with the count before.
func (f *fetcher) rates(counts map[string]count, ends map[string]int64, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	elapsed := now.Sub(f.at).Seconds()
	for name, c := range counts {
		before, known := f.ends[name]
		c.rate = -1
		if known && elapsed > 0 && c.unknown == 0 && ends[name] >= before {
			c.rate = float64(ends[name]-before) / elapsed
		}
		counts[name] = c
	}
	f.ends, f.at = ends, now
}
