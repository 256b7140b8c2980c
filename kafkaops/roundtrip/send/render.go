package send

import (
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
)

// renderer renders records into memory that it reuses: a record is valid until the next call of reset.
type renderer struct {
	template *message.Template
	run      roundtrip.Run
	runID    []byte
	records  []kafkaops.Record
	headers  []kafkaops.Header
	bytes    []byte
}

func newRenderer(run roundtrip.Run) (*renderer, error) {
	template, err := message.Compile(run.Source(), run.ID)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "rendering the messages of run", run.ID, "", err)
	}
	return &renderer{template: template, run: run, runID: []byte(run.ID)}, nil
}

func (r *renderer) reset() {
	r.records, r.headers, r.bytes = r.records[:0], r.headers[:0], r.bytes[:0]
}

// add renders message seq. line is its value in a run from a file, else nil.
func (r *renderer) add(seq int64, sent time.Time, line []byte) {
	record := kafkaops.Record{Topic: r.run.Topic, Partition: kafkaops.AnyPartition}
	if r.template.HasKey() {
		record.Key = r.span(func(b []byte) []byte { return r.template.AppendKey(b, seq, sent) })
	}
	record.Value = line
	if line == nil {
		record.Value = r.span(func(b []byte) []byte { return r.template.AppendValue(b, seq, sent) })
	}
	first := len(r.headers)
	for i := range r.template.Headers() {
		value := r.span(func(b []byte) []byte { return r.template.AppendHeader(b, i, seq, sent) })
		r.headers = append(r.headers, kafkaops.Header{Key: r.template.HeaderKey(i), Value: value})
	}
	r.headers = append(r.headers,
		kafkaops.Header{Key: roundtrip.RunHeader, Value: r.runID},
		kafkaops.Header{Key: roundtrip.SeqHeader, Value: r.span(func(b []byte) []byte { return strconv.AppendInt(b, seq, 10) })},
		kafkaops.Header{Key: roundtrip.SentHeader, Value: r.span(func(b []byte) []byte { return strconv.AppendInt(b, sent.UnixNano(), 10) })},
	)
	record.Headers = r.headers[first:len(r.headers):len(r.headers)]
	r.records = append(r.records, record)
}

// span returns what render appends. When the memory grows, spans returned before keep the old one alive.
func (r *renderer) span(render func([]byte) []byte) []byte {
	first := len(r.bytes)
	r.bytes = render(r.bytes)
	return r.bytes[first:len(r.bytes):len(r.bytes)]
}
