package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// TxKind says what to do after a transactional call failed.
type TxKind string

// The kinds of transactional failure.
const (
	TxRetriable TxKind = "retriable" // the same call may be made again
	TxAbortable TxKind = "abortable" // Abort, then begin anew
	TxFenced    TxKind = "fenced"    // another producer has taken over the transactional id: Close this one, make a new one if it should be yours
	TxFatal     TxKind = "fatal"     // Close this producer and make a new one
	TxStuck     TxKind = "stuck"     // the call outlived its deadline and still runs: Close this producer, make a new one or end the process
)

// TxError is the cause in the OpError of a failed transactional call.
type TxError struct {
	Kind TxKind
	Err  error
}

func (e *TxError) Error() string { return fmt.Sprintf("%v (%s)", e.Err, e.Kind) }

// Unwrap returns the cause.
func (e *TxError) Unwrap() error { return e.Err }

// TxKindOf returns the kind of a transactional failure, "" when err is none.
func TxKindOf(err error) TxKind {
	var tx *TxError
	if errors.As(err, &tx) {
		return tx.Kind
	}
	return ""
}

// GroupMetadata is a group member's identity in its current generation, as SendOffsets hands it to the broker, which refuses the offsets of a
// member that is no longer one.
type GroupMetadata struct{ serialized []byte }

// txGrace is how much longer than its deadline a transactional call may take before it counts as stuck.
const txGrace = 500 * time.Millisecond

// InitTransactions fences earlier producers of the transactional id and completes or aborts what they left open.
func (p *Producer) InitTransactions(ctx context.Context) error {
	return p.transact(ctx, "initialising transactions", func(ms int) error {
		return txError(C.rd_kafka_init_transactions(p.h.rk, C.int(ms)))
	})
}

// Begin begins a transaction. Records may be sent from then on.
func (p *Producer) Begin(ctx context.Context) error {
	return p.transact(ctx, "beginning a transaction", func(int) error {
		return txError(C.rd_kafka_begin_transaction(p.h.rk))
	})
}

// Commit flushes what was sent and commits. When it returns nil, records and offsets are committed; Deliveries must be read meanwhile.
func (p *Producer) Commit(ctx context.Context) error {
	return p.transact(ctx, "committing a transaction", func(ms int) error {
		return txError(C.rd_kafka_commit_transaction(p.h.rk, C.int(ms)))
	})
}

// Abort drops what is queued and aborts. Records that were stored already are never seen by read-committed readers.
func (p *Producer) Abort(ctx context.Context) error {
	return p.transact(ctx, "aborting a transaction", func(ms int) error {
		return txError(C.rd_kafka_abort_transaction(p.h.rk, C.int(ms)))
	})
}

// SendOffsets adds a group's offsets, each the next to be processed, to the transaction, with their notes. A note that Kafka wouldn't keep is
// Invalid, see kafkaops.CheckNote; what was sent before stays in the transaction.
func (p *Producer) SendOffsets(ctx context.Context, commits kafkaops.Commits, group GroupMetadata) error {
	const op = "sending offsets to a transaction"
	if len(commits) == 0 {
		return nil
	}
	for tp, c := range commits {
		if err := checkPartition(op, tp); err != nil {
			return err
		}
		if err := kafkaops.CheckNote(op, nameOf(tp), c.Note); err != nil {
			return err
		}
	}
	if len(group.serialized) == 0 {
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "take them from a member", "no group metadata")
	}
	commits = commits.Clone()
	return p.transact(ctx, op, func(ms int) error {
		data := C.CBytes(group.serialized)
		defer C.free(data)
		var metadata *C.rd_kafka_consumer_group_metadata_t
		if err := C.rd_kafka_consumer_group_metadata_read(&metadata, data, C.size_t(len(group.serialized))); err != nil { //nolint:gocritic // what cgo makes of the line
			return txError(err)
		}
		defer C.rd_kafka_consumer_group_metadata_destroy(metadata)
		list := C.rd_kafka_topic_partition_list_new(C.int(len(commits)))
		defer C.rd_kafka_topic_partition_list_destroy(list) // with the notes
		for tp, c := range commits {
			topic := C.CString(tp.Topic)
			elem := C.rd_kafka_topic_partition_list_add(list, topic, C.int32_t(tp.Partition))
			C.free(unsafe.Pointer(topic))
			elem.offset = C.int64_t(c.Offset)
			if c.Note != "" {
				elem.metadata, elem.metadata_size = C.CBytes([]byte(c.Note)), C.size_t(len(c.Note))
			}
		}
		return txError(C.rd_kafka_send_offsets_to_transaction(p.h.rk, list, metadata, C.int(ms)))
	})
}

// transact makes a transactional call with the context's deadline, and leaves it behind when it outlives that: librdkafka's calls can.
func (p *Producer) transact(ctx context.Context, op string, call func(ms int) error) error {
	switch {
	case !p.tx:
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "make the producer with a TransactionalID", "the producer is not transactional")
	case p.stuck.Load():
		return kafkaops.NewError(kafkaops.TimedOut, op, "", "", &TxError{TxStuck, errors.New("an earlier call is still running")})
	case ctx.Err() != nil:
		return kafkaops.NewError(kafkaops.TimedOut, op, "", "", &TxError{TxRetriable, ctx.Err()})
	}
	if !p.h.enter() {
		return kafkaops.NewError(kafkaops.Conflict, op, "", "", &TxError{TxFatal, errProducerClosed()})
	}
	limit := remaining(ctx, max(p.c.timeout, time.Minute))
	done := make(chan error, 1)
	go func() {
		defer p.h.leave()
		done <- call(int(limit.Milliseconds()))
	}()
	over := time.NewTimer(limit)
	defer over.Stop()
	select {
	case err := <-done:
		return txFail(op, err)
	case <-over.C:
	case <-ctx.Done():
	}
	// librdkafka's own timeout is about now. A call that is given up leaves the transaction in doubt, so wait a little longer for its answer.
	over.Reset(txGrace)
	select {
	case err := <-done:
		return txFail(op, err)
	case <-over.C:
	}
	p.stuck.Store(true)
	return kafkaops.NewError(kafkaops.TimedOut, op, "", hintOf(0, kafkaops.TimedOut),
		&TxError{TxStuck, errors.New("librdkafka's call has not ended in time")})
}

// txError converts and frees librdkafka's error.
func txError(e *C.rd_kafka_error_t) error {
	if e == nil {
		return nil
	}
	defer C.rd_kafka_error_destroy(e)
	code := kafka.ErrorCode(C.rd_kafka_error_code(e))
	fatal := C.rd_kafka_error_is_fatal(e) != 0
	kind := TxFatal
	switch {
	case code == kafka.ErrFenced || code == kafka.ErrProducerFenced || code == kafka.ErrInvalidProducerEpoch:
		kind = TxFenced
	case fatal:
	case C.rd_kafka_error_txn_requires_abort(e) != 0:
		kind = TxAbortable
	case C.rd_kafka_error_is_retriable(e) != 0:
		kind = TxRetriable
	}
	return &TxError{kind, kafka.NewError(code, C.GoString(C.rd_kafka_error_string(e)), fatal)}
}

// txFail makes the OpError of a failed call.
func txFail(op string, err error) error {
	var kerr kafka.Error
	if !errors.As(err, &kerr) {
		return fail(op, "", err)
	}
	class := classOf(kerr.Code())
	return kafkaops.NewError(class, op, "", hintOf(kerr.Code(), class), err)
}
