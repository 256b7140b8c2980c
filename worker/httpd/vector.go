package httpd

import (
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// FormatVector writes offsets as an event id: "orders:0=12,1=40;payments:0=3", in order. The offset is the next one wanted.
func FormatVector(o kafkaops.Offsets) string {
	var b strings.Builder
	topic := ""
	for _, tp := range o.Partitions() {
		switch {
		case b.Len() == 0:
			b.WriteString(tp.Topic + ":")
		case tp.Topic != topic:
			b.WriteString(";" + tp.Topic + ":")
		default:
			b.WriteByte(',')
		}
		topic = tp.Topic
		b.WriteString(strconv.Itoa(int(tp.Partition)) + "=" + strconv.FormatInt(o[tp], 10))
	}
	return b.String()
}

// maxVector bounds what is parsed, in bytes: 10,000 partitions fit.
const maxVector = 256 << 10

// ParseVector reads an event id back. "" gives nil. An error is invalid.
func ParseVector(id string) (kafkaops.Offsets, error) {
	if id == "" {
		return nil, nil
	}
	bad := func(what string) error {
		return kafkaops.Errorf(kafkaops.Invalid, "reading the event id", "", "send back an id as it was received, or none", "%s", what)
	}
	if len(id) > maxVector {
		return nil, bad("it is too long")
	}
	offsets := make(kafkaops.Offsets)
	for part := range strings.SplitSeq(id, ";") {
		topic, list, ok := strings.Cut(part, ":")
		if !ok || topic == "" {
			return nil, bad("a topic is missing")
		}
		for pair := range strings.SplitSeq(list, ",") {
			p, off, ok := strings.Cut(pair, "=")
			partition, errP := strconv.ParseInt(p, 10, 32)
			offset, errO := strconv.ParseInt(off, 10, 64)
			if !ok || errP != nil || errO != nil || partition < 0 || offset < 0 {
				return nil, bad("a partition or offset is not a number")
			}
			offsets[kafkaops.TopicPartition{Topic: topic, Partition: int32(partition)}] = offset
		}
	}
	return offsets, nil
}
