package read

import (
	"context"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// move produces chunks of the sources in hand, in turn, until the transaction has enough, or nothing has been ready for a while.
func (h *handler) move(ctx context.Context, tx eos.Tx) error {
	began := h.now()
	for bytes := 0; bytes < transactionBytes && h.now().Sub(began) < transactionTime; {
		moved, live, err := h.turn(ctx, tx)
		if err != nil {
			return err
		}
		bytes += moved
		if !live {
			return nil
		}
		if moved > 0 {
			continue
		}
		if more, err := h.await(ctx, patience); !more {
			return err
		}
	}
	return ctx.Err()
}

// turn takes a chunk of each source; live says that more may come of one.
func (h *handler) turn(ctx context.Context, tx eos.Tx) (moved int, live bool, err error) {
	for _, src := range h.hand {
		c, ok, idle := src.take()
		live = live || !idle
		if !ok {
			continue
		}
		src.taken = append(src.taken, c)
		src.now = c.after
		h.sent, h.sizes = append(h.sent, src), append(h.sizes, len(c.value))
		moved += len(c.value)
		err := tx.Produce(ctx, []kafkaops.Record{{
			Topic: h.o.Job.ChunksTopic(), Partition: int32(c.index % int64(h.partitions())), Key: []byte(src.state.ID), Value: c.value,
			Headers: []kafkaops.Header{{Key: job.ChunkHeader, Value: c.header}},
		}})
		if err != nil {
			return moved, live, err
		}
	}
	return moved, live, nil
}

// await waits until something is ready, for so long.
func (h *handler) await(ctx context.Context, most time.Duration) (more bool, err error) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-h.wake:
		return true, nil
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// settle writes how far a source is, and leaves its record unfinished or not.
func (h *handler) settle(ctx context.Context, b *eos.Batch, src *held, tx eos.Tx) error {
	tp := src.tp
	ready, ended := src.peek()
	if src.gone.Load() { // it has ended, but not of itself
		return kafkaops.Errorf(kafkaops.Conflict, "reading source", src.state.ID, "", "its partition was revoked")
	}
	if ended && !ready {
		final := src.final(src.now)
		h.finished[src] = final
		h.note(b, tp, "")
		return h.say(ctx, tx, h.o.Job.SourcesTopic(), tp.Partition, final)
	}
	if src.idle = min(max(leastIdle, 2*src.idle), mostIdle); ready || len(src.taken) > 0 {
		src.idle = 0
	}
	b.Unfinished(tp)
	text, err := noteOf(src.offset, &src.state, src.now).encode()
	if err != nil {
		return err
	}
	if len(src.taken) == 0 {
		return nil // the note stays as it is
	}
	h.note(b, tp, text)
	last := src.taken[len(src.taken)-1]
	return h.say(ctx, tx, h.o.Job.ResultsTopic(), kafkaops.AnyPartition, src.reading(src.now, last.read))
}

func (h *handler) note(b *eos.Batch, tp kafkaops.TopicPartition, text string) {
	if h.notes != nil {
		h.notes.put(tp, text)
		return
	}
	b.Notes[tp] = text
}

// say produces a state.
func (h *handler) say(ctx context.Context, tx eos.Tx, topic string, partition int32, s job.State) error {
	s.Worker, s.At = h.o.Worker, h.now().UTC()
	value, err := job.EncodeState(s)
	if err != nil {
		return err
	}
	h.sent, h.sizes = append(h.sent, nil), append(h.sizes, 0)
	return tx.Produce(ctx, []kafkaops.Record{{Topic: topic, Partition: partition, Key: []byte(s.ID), Value: value}})
}

// refused looks, where a transaction was aborted before, whether the brokers refuse a chunk for good: then that source has failed. The error
// is what the transaction has to be aborted for.
func (h *handler) refused(ctx context.Context, tx eos.Tx, cause error) error {
	if ctx.Err() != nil || !h.again {
		return cause
	}
	deliveries, err := tx.Deliver(ctx)
	if err != nil {
		return err
	}
	worst := -1
	for _, d := range deliveries {
		if d.Err == nil || d.Index >= int64(len(h.sent)) {
			continue
		}
		if cause == nil {
			cause = d.Err
		}
		final := rdkafka.TooLarge(d.Err) || slices.Contains([]kafkaops.Class{kafkaops.Invalid, kafkaops.Unsupported}, kafkaops.ClassOf(d.Err))
		if i := int(d.Index); final && h.sent[i] != nil && (worst < 0 || h.sizes[i] > h.sizes[worst]) {
			worst, cause = i, d.Err // a broker refuses a whole batch for one that is too large
		}
	}
	if worst < 0 {
		return cause
	}
	h.sent[worst].fail(cause)
	return kafkaops.NewError(kafkaops.Unavailable, "storing a chunk of", h.sent[worst].state.ID, "", cause)
}
