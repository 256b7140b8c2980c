package serve

import (
	"context"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// topicAdmin is what is asked about topics; *rdkafka.Client satisfies it.
type topicAdmin interface {
	Cluster(ctx context.Context) (kafkaops.Cluster, error)
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
	TopicConfigs(ctx context.Context, topic string) ([]kafkaops.ConfigEntry, error)
}

// statementBytes is the largest record of seer.StatementTopic: a text of 1 MiB, its key and title, and what is around a record.
const statementBytes = 2 << 20

// newTopics says how the seer's topics are made on a cluster of so many brokers.
//
// A text that was given must not vanish after a week: seer.StatementTopic is kept for ever, in size and time. It is not compacted, though its records
// have keys: brokers refuse records without a key in a compacted topic, and anybody with any producer may put texts there. The same key again is
// the same text, which the learner replaces; what that costs is room in the topic, not doubled answers. It has one partition: texts are few, and
// a successor with the same key must come behind its predecessor.
func newTopics(o Options, brokers int) []kafkaops.NewTopic {
	replicas := o.Replicas
	if replicas == 0 {
		replicas = min(3, max(1, brokers))
	}
	configs := func(more map[string]string) map[string]string {
		all := map[string]string{"cleanup.policy": "delete"}
		if replicas >= 3 {
			all["min.insync.replicas"] = "2"
		}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	topics := []kafkaops.NewTopic{{Name: seer.StatementTopic, Partitions: 1, ReplicationFactor: replicas, Configs: configs(map[string]string{
		"retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": strconv.Itoa(max(statementBytes, o.MaxText+o.MaxText/8)),
	})}}
	if !o.NoTopics {
		topics = append(topics,
			kafkaops.NewTopic{Name: o.questions, Partitions: o.Partitions, ReplicationFactor: replicas, Configs: configs(nil)},
			kafkaops.NewTopic{Name: o.answers, Partitions: o.Partitions, ReplicationFactor: replicas, Configs: configs(nil)})
	}
	return topics
}

// ensureTopics creates those of the seer's topics that are missing. Another process may be doing the same.
func ensureTopics(ctx context.Context, admin topicAdmin, o Options) error {
	about, err := admin.Cluster(ctx)
	if err != nil {
		return err
	}
	for _, topic := range newTopics(o, len(about.Brokers)) {
		there, err := admin.DescribeTopics(ctx, topic.Name)
		if err != nil {
			return err
		}
		switch err := there[0].Err; {
		case err == nil:
			warnOfRetention(ctx, admin, topic, o)
		case kafkaops.ClassOf(err) != kafkaops.NotFound:
			return err
		default:
			if err := admin.CreateTopics(ctx, topic); err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
				return err
			}
		}
	}
	return nil
}

// warnOfRetention says that texts will be forgotten, where somebody made their topic so. It is theirs to change.
func warnOfRetention(ctx context.Context, admin topicAdmin, topic kafkaops.NewTopic, o Options) {
	if topic.Name != seer.StatementTopic {
		return
	}
	entries, err := admin.TopicConfigs(ctx, topic.Name)
	if err != nil {
		o.Log.Debug("reading the retention of texts", "topic", topic.Name, "error", err.Error())
		return
	}
	for _, e := range entries {
		if e.Name != "retention.ms" && e.Name != "retention.bytes" || e.Value == "-1" || e.Value == "" {
			continue
		}
		kept := e.Value
		if ms, err := strconv.ParseInt(e.Value, 10, 64); err == nil && e.Name == "retention.ms" && ms < int64(100*365*24*time.Hour/time.Millisecond) {
			kept = (time.Duration(ms) * time.Millisecond).String()
		}
		o.Log.Warn("texts given to the seer will be forgotten", "topic", topic.Name, "config", e.Name, "value", kept,
			"hint", "set "+e.Name+" of the topic to -1")
	}
}
