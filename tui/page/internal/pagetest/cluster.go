// Package pagetest helps the tests of pages: a cluster in memory that answers what pages ask, and data that means harm.
package pagetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Cluster answers from memory. Fill it before the page runs; what changes later goes through its methods.
type Cluster struct {
	Topics  []kafkaops.Topic
	Configs []kafkaops.ConfigEntry
	Groups  []kafkaops.Group
	GroupOf map[string][]kafkaops.Lag // by group
	Nodes   kafkaops.Cluster

	mu       sync.Mutex
	records  map[kafkaops.TopicPartition][]kafkaops.Record
	starts   kafkaops.Offsets
	bad      map[kafkaops.TopicPartition]error // partitions whose offsets can't be read
	err      error                             // every request fails with it
	arrived  chan struct{}                     // closed and made anew when something is added
	created  []kafkaops.NewTopic
	deleted  []string
	produced []kafkaops.Record
}

// Now is the time at which the sample's records were made.
func Now() time.Time { return time.Date(2026, 11, 21, 14, 2, 11, 204e6, time.UTC) }

// New makes a cluster with one broker and these topics.
func New(topics ...kafkaops.Topic) *Cluster {
	return &Cluster{
		Topics: topics, records: map[kafkaops.TopicPartition][]kafkaops.Record{}, starts: kafkaops.Offsets{}, bad: map[kafkaops.TopicPartition]error{},
		GroupOf: map[string][]kafkaops.Lag{}, arrived: make(chan struct{}),
		Nodes: kafkaops.Cluster{ID: "4L6g3nShT-eMCtK--X86sw", Controller: 1, Brokers: []kafkaops.Broker{{ID: 1, Host: "127.0.0.1", Port: 9092}}},
	}
}

// Topic makes a topic with healthy partitions on the brokers named.
func Topic(name string, partitions int, replicas ...int32) kafkaops.Topic {
	t := kafkaops.Topic{Name: name, ID: "id-" + name}
	for i := range partitions {
		t.Partitions = append(t.Partitions, kafkaops.Partition{ID: int32(i), Leader: replicas[0], Replicas: replicas, ISR: replicas})
	}
	return t
}

// Add appends records to their partitions; offsets and, where there is none, a timestamp are set here.
func (c *Cluster) Add(records ...kafkaops.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range records {
		tp := r.TopicPartition()
		r.Offset = c.end(tp)
		if r.Timestamp.IsZero() {
			r.Timestamp = Now().Add(time.Duration(r.Offset) * time.Millisecond)
		}
		if r.TimestampKind == kafkaops.NoTimestamp {
			r.TimestampKind = kafkaops.CreateTime
		}
		c.records[tp] = append(c.records[tp], r)
	}
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// Trim moves a partition's start.
func (c *Cluster) Trim(tp kafkaops.TopicPartition, start int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starts[tp] = start
}

// Remove takes the record at an offset away, as compaction does.
func (c *Cluster) Remove(tp kafkaops.TopicPartition, offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records[tp] = slices.DeleteFunc(slices.Clone(c.records[tp]), func(r kafkaops.Record) bool { return r.Offset == offset })
}

// Break makes every request fail; nil heals it.
func (c *Cluster) Break(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// BreakPartition makes the offsets of one partition unknown.
func (c *Cluster) BreakPartition(tp kafkaops.TopicPartition, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bad[tp] = err
}

// Created are the topics that were asked for.
func (c *Cluster) Created() []kafkaops.NewTopic {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.created)
}

// Deleted are the topics that were deleted.
func (c *Cluster) Deleted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.deleted)
}

// Produced are the records that were produced.
func (c *Cluster) Produced() []kafkaops.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.produced)
}

func (c *Cluster) end(tp kafkaops.TopicPartition) int64 {
	if all := c.records[tp]; len(all) > 0 {
		return all[len(all)-1].Offset + 1
	}
	return c.starts[tp]
}

func (c *Cluster) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Cluster describes the brokers.
func (c *Cluster) Cluster(context.Context) (kafkaops.Cluster, error) { return c.Nodes, c.failure() }

// ListTopics lists the topics.
func (c *Cluster) ListTopics(context.Context) ([]kafkaops.Topic, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	return c.Topics, nil
}

// DescribeTopics answers NotFound for what there is not.
func (c *Cluster) DescribeTopics(_ context.Context, names ...string) ([]kafkaops.Topic, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	out := make([]kafkaops.Topic, len(names))
	for i, n := range names {
		out[i] = kafkaops.Topic{Name: n, Err: kafkaops.NewError(kafkaops.NotFound, "describing topic", n, "See :topics.", nil)}
		for _, t := range c.Topics {
			if t.Name == n {
				out[i] = t
			}
		}
	}
	return out, nil
}

// TopicConfigs gives the same for every topic.
func (c *Cluster) TopicConfigs(context.Context, string) ([]kafkaops.ConfigEntry, error) {
	return slices.Clone(c.Configs), c.failure()
}

// CreateTopics notes what was asked for.
func (c *Cluster) CreateTopics(_ context.Context, topics ...kafkaops.NewTopic) error {
	if err := c.failure(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.created = append(c.created, topics...)
	return nil
}

// DeleteTopics notes what was asked for.
func (c *Cluster) DeleteTopics(_ context.Context, names ...string) error {
	if err := c.failure(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = append(c.deleted, names...)
	return nil
}

// ListGroups lists the groups.
func (c *Cluster) ListGroups(context.Context) ([]kafkaops.GroupListing, error) {
	var out []kafkaops.GroupListing
	for _, g := range c.Groups {
		out = append(out, kafkaops.GroupListing{ID: g.ID, State: g.State})
	}
	return out, c.failure()
}

// DescribeGroups calls a group Dead that there is not.
func (c *Cluster) DescribeGroups(_ context.Context, ids ...string) ([]kafkaops.Group, error) {
	if err := c.failure(); err != nil {
		return nil, err
	}
	out := make([]kafkaops.Group, len(ids))
	for i, id := range ids {
		out[i] = kafkaops.Group{ID: id, State: "Dead"}
		for _, g := range c.Groups {
			if g.ID == id {
				out[i] = g
			}
		}
	}
	return out, nil
}

// Lag is GroupOf.
func (c *Cluster) Lag(_ context.Context, group string) ([]kafkaops.Lag, error) {
	return c.GroupOf[group], c.failure()
}

// Lags leaves out groups without an entry in GroupOf: their commits can't be read.
func (c *Cluster) Lags(_ context.Context, groups []string) (map[string][]kafkaops.Lag, error) {
	out := map[string][]kafkaops.Lag{}
	for _, g := range groups {
		if lags, known := c.GroupOf[g]; known {
			out[g] = slices.Clone(lags)
		}
	}
	err := c.failure()
	if err == nil && len(out) < len(groups) {
		err = kafkaops.Errorf(kafkaops.Unauthorised, "reading the committed offsets of group", "", "", "not authorised")
	}
	return out, err
}
