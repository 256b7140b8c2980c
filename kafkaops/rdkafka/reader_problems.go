package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// problem handles a message that carries no record: an end reached, or an error.
func (r *Reader) problem(b *Batch, m *C.krapp_record) error {
	tp := kafkaops.TopicPartition{Topic: r.h.names[(*C.rd_kafka_topic_t)(m.rkt)], Partition: int32(m.partition)}
	code := kafka.ErrorCode(m.error)
	if code != kafka.ErrPartitionEOF {
		text := codeText(m.error).Error()
		if own := view(m.value, m.value_len); own != nil {
			text = string(own)
		}
		return r.partitionError(tp, code, text)
	}
	if _, reading := r.position[tp]; reading {
		b.ends = append(b.ends, PartitionEnd{tp, int64(m.offset)})
		r.position[tp] = max(r.position[tp], int64(m.offset))
	}
	return nil
}

// complaint makes an error of a complaint about one of the reader's partitions. Others are stale.
func (r *Reader) complaint(code C.int, text string) error {
	topic, rest, found := strings.Cut(text, " [")
	number, _, _ := strings.Cut(rest, "]")
	partition, err := strconv.ParseInt(number, 10, 32)
	if !found || err != nil {
		r.c.log.Debug("kafka client", "error", text)
		return nil //nolint:nilerr // it is about no partition: librdkafka deals with it
	}
	return r.partitionError(kafkaops.TopicPartition{Topic: topic, Partition: int32(partition)}, kafka.ErrorCode(code), text)
}

// partitionError makes an error of one about a partition that is read, except of those that librdkafka tries again by itself.
func (r *Reader) partitionError(tp kafkaops.TopicPartition, code kafka.ErrorCode, text string) error {
	if _, reading := r.position[tp]; !reading {
		return nil
	}
	switch class := classOf(code); class {
	case kafkaops.Unreachable, kafkaops.TimedOut, kafkaops.Unavailable:
		return nil
	}
	return fail("reading", nameOf(tp), kafka.NewError(code, text, false))
}
