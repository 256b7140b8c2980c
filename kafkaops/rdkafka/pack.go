package rdkafka

import (
	"encoding/binary"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	packBytes   = 256 << 10 // one cgo call carries about so much
	packRecords = 2000
)

// packed is a stretch of records in the form that krapp_produce reads (shim.c: packed_head), in the machine's byte order.
type packed struct {
	data  []byte
	sizes []int32 // bytes of each record
}

func (p *packed) reset() { p.data, p.sizes = p.data[:0], p.sizes[:0] }

func (p *packed) full() bool { return len(p.data) >= packBytes || len(p.sizes) >= packRecords }

// add appends a record. topic is its number in the call's table of topics.
func (p *packed) add(r *kafkaops.Record, topic int32, index int64) {
	begin := len(p.data)
	headerBytes := 0
	for i := range r.Headers {
		headerBytes += 8 + len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	var millis int64
	if !r.Timestamp.IsZero() {
		millis = r.Timestamp.UnixMilli()
	}
	d := p.data
	d = binary.NativeEndian.AppendUint64(d, uint64(index))
	d = binary.NativeEndian.AppendUint64(d, uint64(millis))
	for _, n := range [...]int32{topic, r.Partition, length(r.Key), length(r.Value), int32(len(r.Headers)), int32(headerBytes)} {
		d = binary.NativeEndian.AppendUint32(d, uint32(n))
	}
	for i := range r.Headers {
		h := &r.Headers[i]
		d = binary.NativeEndian.AppendUint32(d, uint32(len(h.Key)))
		d = binary.NativeEndian.AppendUint32(d, uint32(length(h.Value)))
		d = append(d, h.Key...)
		d = append(d, h.Value...)
	}
	d = append(d, r.Key...)
	d = append(d, r.Value...)
	p.data = d
	p.sizes = append(p.sizes, int32(len(p.data)-begin))
}

// length is -1 for null, which differs from empty.
func length(b []byte) int32 {
	if b == nil {
		return -1
	}
	return int32(len(b))
}
