package eos

import (
	"context"
	"time"
)

// undo ends a transaction that failed, and has everything read again from what is really committed.
func (l *Loop) undo(ctx context.Context, b *Batch, unknown bool, cause error) error {
	began := time.Now()
	defer l.again()
	if unknown || needsNewProducer(cause) || l.abort(ctx) != nil {
		l.dropProducer(ctx)
	}
	if unknown && l.stored(ctx, b) {
		l.committed(b, began)
		return nil
	}
	l.board.update(func(s *State) { s.Aborts++ })
	return cause
}

// stored says whether a batch whose commit failed is committed after all: initialising a new producer decides it either way. One that moved
// neither an offset nor a note can't be told from one that was aborted, and counts as that.
func (l *Loop) stored(ctx context.Context, b *Batch) bool {
	p, err := l.cluster.producer(ctx, l.member)
	if err != nil {
		return false // unknown for now; the offsets are read before anything is processed again
	}
	l.producer = p
	commits := b.commits()
	at, err := l.cluster.start(ctx, commits.Partitions())
	if err != nil || !l.in.current(b) {
		return false
	}
	moved := false
	for tp, want := range commits {
		if is := at[tp]; is.Offset < want.Offset || is.Offset == want.Offset && is.Note != want.Note {
			return false
		}
		moved = moved || want != l.last[tp]
	}
	return moved
}

func (l *Loop) abort(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, l.o.TxTimeout)
	defer cancel()
	return l.producer.abort(limit)
}

// again has everything read again from what is really committed.
func (l *Loop) again() {
	if l.backlog != nil {
		l.backlog.clear()
	}
	clear(l.last)
	l.in.rewind()
}
