package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	lagGroups    = 1000
	lagEach      = 10  // partitions that a group commits on
	lagTopics    = 100 // of as many partitions as make 10,000
	lagRefreshes = 7
)

// benchLag measures one refresh of the lag of many groups on an embedded broker.
func benchLag(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "Lag of 1,000 groups on 10,000 partitions", Method: []string{
		"On an embedded broker in the same process: 100 topics of 100 partitions; each of 1,000 groups has committed on ten partitions of its own.",
		"One refresh reads all commits and all ends anew (`rdkafka.Client.Lags`)."}}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	broker, err := embedded.Start(ctx, embedded.Options{Ephemeral: true})
	if err != nil {
		return out, err
	}
	defer broker.Close()
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: broker.Addrs(), Timeout: time.Minute}, nil)
	if err != nil {
		return out, err
	}
	defer c.Close()
	groups, err := s.commitAll(ctx, c)
	if err != nil {
		return out, err
	}
	var took figure.Spread
	for range lagRefreshes {
		began := time.Now()
		lags, err := c.Lags(ctx, groups)
		took.AddDuration(time.Since(began))
		if err != nil {
			return out, err
		}
		if err := completeLags(lags); err != nil {
			return out, err
		}
	}
	out.Add("one refresh", "ms", took)
	out.Below("below 1 s", took, 1000, " ms")
	return out, nil
}

// commitAll creates the topics and has each group commit at the start of its partitions.
func (s *setting) commitAll(ctx context.Context, c *rdkafka.Client) ([]string, error) {
	topics := make([]kafkaops.NewTopic, lagTopics)
	for i := range topics {
		topics[i] = kafkaops.NewTopic{Name: fmt.Sprintf("lag-%02d", i), Partitions: lagGroups * lagEach / lagTopics, ReplicationFactor: 1}
	}
	if err := c.CreateTopics(ctx, topics...); err != nil {
		return nil, err
	}
	groups := make([]string, lagGroups)
	var tasks errgroup.Group
	tasks.SetLimit(8)
	for i := range groups {
		groups[i] = fmt.Sprintf("lag-group-%03d", i)
		perTopic := lagGroups / lagTopics
		topic, first := topics[i/perTopic].Name, i%perTopic*lagEach
		tasks.Go(func() error {
			to := kafkaops.Offsets{}
			for p := range lagEach {
				to[kafkaops.TopicPartition{Topic: topic, Partition: int32(first + p)}] = 0
			}
			return c.AlterOffsets(ctx, groups[i], to)
		})
	}
	return groups, tasks.Wait()
}

// completeLags checks that a refresh has found everything.
func completeLags(lags map[string][]kafkaops.Lag) error {
	if len(lags) != lagGroups {
		return fmt.Errorf("lag of %d groups", len(lags))
	}
	for group, of := range lags {
		if _, complete := kafkaops.TotalLag(of); len(of) != lagEach || !complete {
			return fmt.Errorf("lag of %s: %v", group, of)
		}
	}
	return nil
}
