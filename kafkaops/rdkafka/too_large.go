package rdkafka

import (
	"errors"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TooLarge says whether a record or request was refused for its size, which HTTP has a status of its own for.
func TooLarge(err error) bool {
	var kerr kafka.Error
	return errors.As(err, &kerr) && (kerr.Code() == kafka.ErrMsgSizeTooLarge || kerr.Code() == kafka.ErrRecordListTooLarge)
}
