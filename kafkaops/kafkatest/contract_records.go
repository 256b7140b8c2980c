package kafkatest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// hostileRecords are the records whose every byte must survive the round trip, nil and empty kept apart.
func hostileRecords(topic string) []kafkaops.Record {
	many := make([]kafkaops.Header, 300)
	for i := range many {
		many[i] = kafkaops.Header{Key: fmt.Sprintf("h%d", i%7), Value: fmt.Append(nil, i)}
	}
	stamp := time.UnixMilli(1_600_000_000_123)
	return []kafkaops.Record{
		{Topic: topic, Key: []byte("k"), Value: []byte("v")},
		{Topic: topic, Value: []byte("no key")},
		{Topic: topic, Key: []byte("tombstone")},
		{Topic: topic, Key: []byte{}, Value: []byte{}},
		{Topic: topic},
		{Topic: topic, Key: []byte("\x00\xff\xfe"), Value: []byte("\x1b]52;c;AAAA\a\x00\xc3\x28")},
		{Topic: topic, Value: []byte("timed"), Timestamp: stamp},
		{Topic: topic, Value: []byte("headers"), Headers: []kafkaops.Header{
			{Key: "null"}, {Key: "empty", Value: []byte{}}, {Key: "twice", Value: []byte("1")}, {Key: "twice", Value: []byte("2")},
			{Key: "", Value: []byte("empty key")}, {Key: "日本", Value: []byte{0, 1, 2}}, {Key: strings.Repeat("k", 5000), Value: []byte("long")},
		}},
		{Topic: topic, Value: []byte("many"), Headers: many, Timestamp: stamp},
	}
}

// contractRecords: what is produced is what is read.
func contractRecords(t *testing.T, s *suite) {
	topic := s.topic(1)
	want := hostileRecords(topic)
	deliveries := s.produce(want...)
	for i, d := range deliveries {
		if d.Index != int64(i) || d.Partition != 0 || d.Offset != int64(i) {
			t.Errorf("delivery %d is %+v", i, d)
		}
	}
	got, err := s.Fetch(s.ctx, at(topic, 0), 0, 100)
	s.ok(err)
	if len(got) != len(want) {
		t.Fatalf("read %d records, want %d", len(got), len(want))
	}
	for i := range want {
		w := want[i]
		w.Offset, w.TimestampKind = int64(i), kafkaops.CreateTime
		if w.Timestamp.IsZero() {
			if age := time.Since(got[i].Timestamp); age < -time.Minute || age > 10*time.Minute {
				t.Errorf("record %d is stamped %s", i, got[i].Timestamp)
			}
			w.Timestamp = got[i].Timestamp
		}
		if !reflect.DeepEqual(got[i], w) {
			t.Errorf("record %d:\n got %+v\nwant %+v", i, got[i], w)
		}
	}

	t.Run("log append time", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1, "message.timestamp.type", "LogAppendTime")
		s.produce(kafkaops.Record{Topic: topic, Value: []byte("v"), Timestamp: time.UnixMilli(1)})
		got, err := s.Fetch(s.ctx, at(topic, 0), 0, 1)
		s.ok(err)
		if got[0].TimestampKind == kafkaops.CreateTime && got[0].Timestamp.UnixMilli() == 1 {
			return // Differs: the embedded broker keeps the producer's time, whatever message.timestamp.type says.
		}
		if got[0].TimestampKind != kafkaops.LogAppendTime || time.Since(got[0].Timestamp) > time.Hour {
			t.Errorf("got kind %d at %s", got[0].TimestampKind, got[0].Timestamp)
		}
	})
	t.Run("four mebibytes", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1, "max.message.bytes", "8388608")
		value := bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)
		s.produce(kafkaops.Record{Topic: topic, Value: value})
		got, err := s.Fetch(s.ctx, at(topic, 0), 0, 1)
		s.ok(err)
		if len(got) != 1 || !bytes.Equal(got[0].Value, value) {
			t.Error("the value has changed")
		}
	})
	t.Run("too large for the topic", func(t *testing.T) {
		s := s.in(t)
		topic := s.topic(1, "max.message.bytes", "1000")
		ds, err := s.ProduceSync(s.ctx, []kafkaops.Record{
			{Topic: topic, Value: []byte("fits")}, {Topic: topic, Value: make([]byte, 100_000)}, {Topic: topic, Value: []byte("fits too")},
		})
		s.ok(err)
		s.class(ds[1].Err, kafkaops.Invalid)
		if ds[1].Possibly {
			t.Error("a record that was refused can't possibly be stored")
		}
	})
}
