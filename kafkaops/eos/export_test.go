package eos

import (
	"context"
	"fmt"

	"github.com/krapp-io/krapp/kafkaops"
)

// Steps is a handler as the real ones are: each record takes so many transactions, each of which produces its number under the record's key.
// What it has open is of use only while the note agrees with it.
type Steps struct {
	Topic string
	Each  int
	// At and Note say where a handler keeps its note. nil: where it belongs.
	At   func(b *Batch, tp kafkaops.TopicPartition) string
	Note func(b *Batch, tp kafkaops.TopicPartition, note string)
	// Send produces. nil: in the transaction.
	Send func(ctx context.Context, tx Tx, recs []kafkaops.Record) error

	open   map[kafkaops.TopicPartition]string
	Opened int // times that it had to start from a note
}

// Handle does one step of each record.
func (s *Steps) Handle(ctx context.Context, b *Batch, tx Tx) error {
	if s.open == nil {
		s.open = make(map[kafkaops.TopicPartition]string)
	}
	for _, run := range b.Runs {
		r, tp := b.Records[run.Last], run.TopicPartition
		note := b.Notes[tp]
		if s.At != nil {
			note = s.At(b, tp)
		}
		var offset int64
		var step int
		if _, err := fmt.Sscanf(note, "%d step %d", &offset, &step); err != nil || offset != r.Offset {
			step = 0 // the note is of an earlier record
		}
		if open, ok := s.open[tp]; !ok || open != note {
			s.Opened++
		}
		out := []kafkaops.Record{{Topic: s.Topic, Partition: tp.Partition, Key: r.Key, Value: fmt.Appendf(nil, "%s.%d", r.Value, step)}}
		if err := s.send(ctx, tx, out); err != nil {
			return err
		}
		if step++; step < s.Each {
			note = fmt.Sprintf("%d step %d", r.Offset, step)
			b.Unfinished(tp)
		} else {
			note = ""
		}
		s.open[tp] = note
		if s.Note != nil {
			s.Note(b, tp, note)
		} else {
			b.Notes[tp] = note
		}
	}
	return nil
}

func (s *Steps) send(ctx context.Context, tx Tx, recs []kafkaops.Record) error {
	if s.Send != nil {
		return s.Send(ctx, tx, recs)
	}
	return tx.Produce(ctx, recs)
}
