package roundtrip

import (
	"context"

	"github.com/krapp-io/krapp/kafkaops"
)

// Cluster is what registering and sending a run needs of a Kafka client; *rdkafka.Client satisfies it.
type Cluster interface {
	Cluster(ctx context.Context) (kafkaops.Cluster, error)
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
	TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error)
	ProduceSync(ctx context.Context, recs []kafkaops.Record) ([]kafkaops.Delivery, error)
}

// Scanner reads ranges of partitions; *rdkafka.Client satisfies it.
type Scanner interface {
	// ScanRecords reads every record in [from, to) of the partitions in from, and returns the position reached on each. A partition absent in
	// to is read to its end. With ReadCommitted it ends at the last stable offset even if to is past it. The records and what they hold are
	// valid only during the call of each.
	ScanRecords(ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error) (kafkaops.Offsets, error)
}

// write produces records and gives the first failure, if any.
func write(ctx context.Context, cluster Cluster, op string, recs ...kafkaops.Record) error {
	deliveries, err := cluster.ProduceSync(ctx, recs)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Err != nil {
			return kafkaops.NewError(kafkaops.ClassOf(d.Err), op, recs[0].Topic, kafkaops.HintOf(d.Err), d.Err)
		}
	}
	return nil
}
