package eos

import (
	"context"

	"github.com/krapp-io/krapp/kafkaops"
)

// Tx is one transaction. It is valid until Handle returns.
type Tx interface {
	// Produce queues records; they are stored if the transaction commits. It blocks while the queue is full.
	Produce(ctx context.Context, recs []kafkaops.Record) error
	// Deliver waits until all that was produced so far is acknowledged or refused and returns the reports since the last call; Index is
	// the record's number in this transaction, from 0. It is needed only by who wants to know where records are: a commit waits by itself,
	// and a refused record aborts the transaction.
	Deliver(ctx context.Context) ([]kafkaops.Delivery, error)
}

// Handler processes batches, one at a time.
type Handler interface {
	// Handle processes the batch and produces results. Its context ends when a partition of the member is revoked or the stop's deadline
	// is over. An error aborts the transaction, and after a back-off the records come again; so a record that can never be processed must
	// be dead-lettered, not returned as an error.
	Handle(ctx context.Context, b *Batch, tx Tx) error
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, b *Batch, tx Tx) error

// Handle calls the function.
func (f HandlerFunc) Handle(ctx context.Context, b *Batch, tx Tx) error { return f(ctx, b, tx) }
