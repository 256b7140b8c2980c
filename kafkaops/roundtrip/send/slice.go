package send

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// RenderSlice renders a slice's messages, in order of sequence number; record i is message s.First+i.
func RenderSlice(run roundtrip.Run, s wire.Slice) ([]kafkaops.Record, error) {
	r, err := newRenderer(run)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r.records = make([]kafkaops.Record, 0, s.Len())
	r.headers = make([]kafkaops.Header, 0, s.Len()*(3+r.template.Headers()))
	for i := range s.Len() {
		var line []byte
		if s.Lines != nil {
			if i >= len(s.Lines) {
				return nil, kafkaops.Errorf(kafkaops.Invalid, "rendering a slice of run", run.ID, "", "it has %d lines for %d messages", len(s.Lines), s.Len())
			}
			line = []byte(s.Lines[i])
		}
		r.add(s.First+int64(i), now, line)
	}
	return r.records, nil
}

// SentReport makes the report of a slice for krapp.reports, to be written in the transaction that stores its messages. deliveries[i] is that of
// message s.First+i; a slice that was refused is reported with failed deliveries, in a transaction of its own. worker names the sender.
func SentReport(run roundtrip.Run, s wire.Slice, worker string, deliveries []kafkaops.Delivery) (kafkaops.Record, error) {
	if len(deliveries) != s.Len() {
		return kafkaops.Record{}, kafkaops.Errorf(kafkaops.Internal, "reporting on run", run.ID, "", "%d outcomes for %d messages", len(deliveries), s.Len())
	}
	t := newTally()
	t.add(deliveries, func(i int) uint32 { return uint32(s.First + int64(i)) })
	report := t.take(run, worker)
	report.FirstSent, report.LastSent = report.At, report.At
	return reportRecord(report)
}
