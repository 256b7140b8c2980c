package rdkafka

import (
	"strconv"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// nameOf writes a partition as topic/number, the way errors name it.
func nameOf(tp kafkaops.TopicPartition) string {
	return tp.Topic + "/" + strconv.Itoa(int(tp.Partition))
}

// checkPartition refuses partitions that can't exist.
func checkPartition(op string, tp kafkaops.TopicPartition) error {
	if err := checkTopic(op, tp.Topic); err != nil {
		return err
	}
	if tp.Partition < 0 {
		return kafkaops.Errorf(kafkaops.Invalid, op, nameOf(tp), "name a partition of 0 or more", "partition %d", tp.Partition)
	}
	return nil
}

func partitionOf(tp kafka.TopicPartition) kafkaops.TopicPartition {
	p := kafkaops.TopicPartition{Partition: tp.Partition}
	if tp.Topic != nil {
		p.Topic = *tp.Topic
	}
	return p
}

func partitionsOf(tps []kafka.TopicPartition) []kafkaops.TopicPartition {
	ps := make([]kafkaops.TopicPartition, len(tps))
	for i, tp := range tps {
		ps[i] = partitionOf(tp)
	}
	return ps
}

// topicPartitions converts offsets, in order.
func topicPartitions(offsets kafkaops.Offsets) []kafka.TopicPartition {
	tps := make([]kafka.TopicPartition, 0, len(offsets))
	for _, tp := range offsets.Partitions() {
		tps = append(tps, kafka.TopicPartition{Topic: &tp.Topic, Partition: tp.Partition, Offset: kafka.Offset(offsets[tp])})
	}
	return tps
}
