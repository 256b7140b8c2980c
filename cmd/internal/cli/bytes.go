package cli

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
)

// Record is a record as JSON shows it. A key, value or header value that is valid UTF-8 is in the field of that name; any other is in the
// field with _base64 behind it; a null one is in neither, and the plain field is null.
type Record struct {
	Topic         string   `json:"topic"`
	Partition     int32    `json:"partition"`
	Offset        int64    `json:"offset"`
	Timestamp     string   `json:"timestamp,omitempty"`      // RFC 3339, UTC, milliseconds
	TimestampKind string   `json:"timestamp_kind,omitempty"` // create_time or log_append_time
	Key           *string  `json:"key"`
	KeyBase64     string   `json:"key_base64,omitempty"`
	Value         *string  `json:"value"`
	ValueBase64   string   `json:"value_base64,omitempty"`
	Headers       []Header `json:"headers"`
}

// Header is one header of a Record.
type Header struct {
	Key         string  `json:"key"`
	Value       *string `json:"value"`
	ValueBase64 string  `json:"value_base64,omitempty"`
}

// TimeFormat is RFC 3339 with milliseconds, as Kafka keeps them.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

// RecordOf turns a record into what JSON shows.
func RecordOf(r *kafkaops.Record) Record {
	out := Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Headers: []Header{}}
	if !r.Timestamp.IsZero() && r.TimestampKind != kafkaops.NoTimestamp {
		out.Timestamp, out.TimestampKind = r.Timestamp.UTC().Format(TimeFormat), "create_time"
		if r.TimestampKind == kafkaops.LogAppendTime {
			out.TimestampKind = "log_append_time"
		}
	}
	out.Key, out.KeyBase64 = text(r.Key)
	out.Value, out.ValueBase64 = text(r.Value)
	for _, h := range r.Headers {
		shown := Header{Key: h.Key}
		shown.Value, shown.ValueBase64 = text(h.Value)
		out.Headers = append(out.Headers, shown)
	}
	return out
}

func text(b []byte) (plain *string, encoded string) {
	switch {
	case b == nil:
		return nil, ""
	case utf8.Valid(b):
		s := string(b)
		return &s, ""
	}
	return nil, base64.StdEncoding.EncodeToString(b)
}
