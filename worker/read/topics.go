package read

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

const (
	defaultPartitions = 6 // of a job that doesn't say
	keepRows          = 7 * 24 * time.Hour
	largestRecord     = 8 << 20 // a row can be longer than the brokers' default for a record
)

// topicsOf says how a job's topics are made. Results have one partition: whoever merges them reads all of it anyway.
func topicsOf(j *job.Job) []kafkaops.NewTopic {
	partitions, replicas := j.Topics.Partitions, j.Topics.ReplicationFactor
	if partitions <= 0 {
		partitions = defaultPartitions
	}
	if replicas <= 0 {
		replicas = -1
	}
	topic := func(name string, partitions int, more map[string]string) kafkaops.NewTopic {
		configs := map[string]string{"max.message.bytes": strconv.Itoa(largestRecord)}
		if replicas >= 3 {
			configs["min.insync.replicas"] = "2"
		}
		for k, v := range more {
			configs[k] = v
		}
		return kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: replicas, Configs: configs}
	}
	compact := map[string]string{"cleanup.policy": "compact"}
	// Snapshots are written again and again: small segments, so that the old ones go.
	replaced := map[string]string{
		"cleanup.policy": "compact", "segment.ms": "600000", "segment.bytes": strconv.Itoa(32 << 20), "min.cleanable.dirty.ratio": "0.1",
	}
	keep := map[string]string{"retention.ms": strconv.FormatInt(keepRows.Milliseconds(), 10)}
	return []kafkaops.NewTopic{
		topic(j.SourcesTopic(), partitions, compact),
		topic(j.ChunksTopic(), partitions, keep),
		topic(j.ResultsTopic(), 1, keep),
		topic(j.SnapshotsTopic(), 1, replaced),
	}
}

// EnsureTopics creates those of the job's topics that are missing. Another process may be doing the same.
func EnsureTopics(ctx context.Context, c *rdkafka.Client, j *job.Job) error {
	wanted := topicsOf(j)
	names := make([]string, len(wanted))
	for i, t := range wanted {
		names[i] = t.Name
	}
	described, err := c.DescribeTopics(ctx, names...)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx) // each creation waits for leaders
	for i, t := range described {
		switch kafkaops.ClassOf(t.Err) {
		case "":
		case kafkaops.NotFound:
			g.Go(func() error {
				err := c.CreateTopics(ctx, wanted[i])
				if kafkaops.ClassOf(err) == kafkaops.AlreadyExists {
					return nil
				}
				return err
			})
		default:
			g.Go(func() error { return t.Err })
		}
	}
	return g.Wait()
}

// partitionsOf counts a topic's partitions.
func partitionsOf(ctx context.Context, c *rdkafka.Client, topic string) (int, error) {
	described, err := c.DescribeTopics(ctx, topic)
	if err != nil {
		return 0, err
	}
	if err := described[0].Err; err != nil {
		return 0, err
	}
	if len(described[0].Partitions) == 0 {
		return 0, kafkaops.NewError(kafkaops.Unavailable, "describing topic", topic, "try again in a moment", fmt.Errorf("it has no partitions yet"))
	}
	return len(described[0].Partitions), nil
}

// partitionFor is where a source's records are, in the sources topic.
func partitionFor(id string, partitions int) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // it never fails
	return int32(h.Sum32() % uint32(max(1, partitions)))
}
