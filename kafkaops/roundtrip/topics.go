package roundtrip

import (
	"context"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The partitions of krapp's own topics. Runs are few and read in one piece; work and reports are spread over their writers.
const (
	runsPartitions    = 1
	workPartitions    = 8
	reportsPartitions = 4
)

// OwnTopics says how krapp's own topics are made on a cluster of so many brokers.
func OwnTopics(brokers int) []kafkaops.NewTopic {
	replicas := min(3, max(1, brokers))
	with := func(keep time.Duration, more map[string]string) map[string]string {
		configs := map[string]string{"retention.ms": strconv.FormatInt(keep.Milliseconds(), 10)}
		if replicas == 3 {
			configs["min.insync.replicas"] = "2"
		}
		for k, v := range more {
			configs[k] = v
		}
		return configs
	}
	const day = 24 * time.Hour
	large := map[string]string{"max.message.bytes": strconv.Itoa(8 << 20)} // lines escaped, or a second's sequence numbers scattered
	return []kafkaops.NewTopic{
		{Name: RunsTopic, Partitions: runsPartitions, ReplicationFactor: replicas, Configs: with(90*day, map[string]string{
			"cleanup.policy": "compact,delete", "message.timestamp.type": "LogAppendTime",
		})},
		{Name: WorkTopic, Partitions: workPartitions, ReplicationFactor: replicas, Configs: with(day, large)},
		{Name: ReportsTopic, Partitions: reportsPartitions, ReplicationFactor: replicas, Configs: with(7*day, large)},
	}
}

// EnsureTopics creates those of krapp's own topics that are missing. Another process may be doing the same.
func EnsureTopics(ctx context.Context, cluster Cluster) error {
	described, err := cluster.DescribeTopics(ctx, RunsTopic, WorkTopic, ReportsTopic)
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, t := range described {
		switch {
		case kafkaops.ClassOf(t.Err) == kafkaops.NotFound:
			missing[t.Name] = true
		case t.Err != nil:
			return t.Err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	about, err := cluster.Cluster(ctx)
	if err != nil {
		return err
	}
	for _, topic := range OwnTopics(len(about.Brokers)) {
		if !missing[topic.Name] {
			continue
		}
		if err := cluster.CreateTopics(ctx, topic); err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
			return err
		}
	}
	return nil
}
