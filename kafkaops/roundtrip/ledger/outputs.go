package ledger

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// readOutputs reads each output topic once for all the runs that await their messages there. One that can't be read is noted in the scene.
func (l *Ledger) readOutputs(ctx context.Context, accounts []*account, s *scene) {
	byTopic := map[string][]*account{}
	for _, a := range accounts {
		if a.run.Evidence.Kind == roundtrip.Arrived {
			byTopic[a.run.Evidence.Topic] = append(byTopic[a.run.Evidence.Topic], a)
		}
	}
	for topic, readers := range byTopic {
		err := s.topics[topic].Err
		if kafkaops.ClassOf(err) == kafkaops.NotFound {
			for _, a := range readers {
				a.expired = "the output topic " + topic + " was deleted"
			}
			continue
		}
		if err == nil {
			err = l.readOutput(ctx, topic, readers)
		}
		if err != nil {
			s.outputs[topic] = err
		}
	}
}

func (l *Ledger) readOutput(ctx context.Context, topic string, readers []*account) error {
	extents, err := l.client.TopicExtents(ctx, kafkaops.ReadCommitted, topic)
	if err != nil {
		return err
	}
	from, err := starts(extents, readers, (*account).outputFrom)
	if err != nil {
		return err
	}
	byRun := map[string]*account{}
	for _, a := range readers {
		byRun[a.run.ID] = a
	}
	reached, err := l.client.ScanRecords(ctx, from, extents.Ends(), kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		for i := range recs {
			arrival(&recs[i], byRun, readers)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for tp, at := range reached {
		for _, a := range readers {
			a.outputAt[tp] = max(a.outputAt[tp], at)
		}
	}
	return nil
}

// arrival takes one record of an output topic: its headers say whose it is, else the id in its key or value does.
func arrival(r *kafkaops.Record, byRun map[string]*account, readers []*account) {
	run, seq, sent := runHeaders(r)
	if run != nil {
		if a := byRun[string(run)]; a != nil {
			if n, ok := wire.ParseUint(seq); ok && n <= roundtrip.MaxCount {
				a.arrive(r, int64(n), sent)
			}
			return
		}
	}
	for _, a := range readers {
		if a.run.Evidence.ID == "" {
			continue
		}
		found, ok := a.locator.Find(r.Key, r.Value)
		if !ok {
			continue
		}
		if n, ok := message.FindID(found, a.short); ok {
			a.arrive(r, n, sent)
			return
		}
	}
}

func runHeaders(r *kafkaops.Record) (run, seq, sent []byte) {
	for i := range r.Headers {
		switch h := &r.Headers[i]; h.Key {
		case roundtrip.RunHeader:
			run = h.Value
		case roundtrip.SeqHeader:
			seq = h.Value
		case roundtrip.SentHeader:
			sent = h.Value
		}
	}
	return run, seq, sent
}

// arrive counts a message seen in the output topic.
func (a *account) arrive(r *kafkaops.Record, seq int64, sent []byte) {
	tp := r.TopicPartition()
	if r.Offset < a.outputAt[tp] {
		return
	}
	a.outputAt[tp] = r.Offset + 1
	if seq >= a.run.Count {
		a.discarded++
		return
	}
	a.dirty = true
	if !a.handled.CheckedAdd(uint32(seq)) {
		a.again.Add(uint32(seq))
	}
	if r.Timestamp.After(a.lastHandled) {
		a.lastHandled = r.Timestamp
	}
	if at, ok := wire.ParseUint(sent); ok && at < 1<<63 && !r.Timestamp.IsZero() {
		took := r.Timestamp.Sub(time.Unix(0, int64(at)))
		a.latency.Record(took)
		a.skew = max(a.skew, -took-time.Millisecond) // record timestamps are in whole milliseconds
	}
}
