package eos

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// source reads partitions at explicit offsets. Its calls never overlap.
type source interface {
	place(from kafkaops.Offsets) error // starts or moves
	remove(tps ...kafkaops.TopicPartition)
	// read appends what comes within wait: records with their runs, and in ends the partitions whose end was reached. It returns early
	// when ctx ends, with nothing lost. An error leaves the other partitions running.
	read(ctx context.Context, wait time.Duration, into *Batch) error
}

const (
	readWait  = 250 * time.Millisecond // a wait is interrupted by every change
	endLinger = 200 * time.Millisecond // an end without records is committed after this: often the next records come first
)

// intake is what the member owns and what was read of it: the batch that is being filled while another one is processed.
type intake struct {
	source source
	o      Options

	mu        sync.Mutex
	turn      *sync.Cond // reading ended, or no change is wanted any more
	reading   bool       // fill is in source.read and has next for itself
	changing  int        // those who wait for reading to end
	interrupt context.CancelFunc

	owned  map[kafkaops.TopicPartition]bool // true: it is placed, its records are read
	upTo   kafkaops.Offsets                 // up to where each placed partition is read
	epoch  int64                            // counts what makes a batch in hand worthless: revocations
	next   *Batch                           // being filled
	endAt  time.Time                        // since when next holds something; zero: nothing
	ripe   bool                             // next holds records, not only ends: next itself is fill's while it reads
	spare  *Batch
	cancel context.CancelFunc // of the transaction in hand
	idle   chan struct{}      // closed when no transaction is in hand
	fault  error              // the last trouble of reading

	wake chan struct{} // something came for the one who takes
	room chan struct{} // there may be room, or something to read
}

func newIntake(s source, o Options) *intake {
	in := &intake{
		source: s, o: o, owned: make(map[kafkaops.TopicPartition]bool), upTo: make(kafkaops.Offsets),
		next: &Batch{}, spare: &Batch{}, idle: make(chan struct{}), wake: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
	in.turn = sync.NewCond(&in.mu)
	close(in.idle)
	in.next.reset()
	return in
}

// signal wakes the reader of c, who looks at what changed.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// change runs f under the lock while nothing is being read.
func (in *intake) change(f func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.changing++
	for in.reading {
		in.interrupt()
		in.turn.Wait()
	}
	f()
	in.changing--
	in.turn.Broadcast()
}

// assign notes partitions that came; they are read once placed.
func (in *intake) assign(tps []kafkaops.TopicPartition) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, tp := range tps {
		in.owned[tp] = false
	}
	signal(in.wake)
}

// revoke gives partitions up: nothing of them is read any more, and the transaction in hand is aborted. It waits until that has ended, at
// most for the context: past that the broker refuses its offsets, as the group's generation is another one.
func (in *intake) revoke(ctx context.Context, tps []kafkaops.TopicPartition) {
	if len(tps) == 0 {
		return
	}
	var idle chan struct{}
	in.change(func() {
		in.source.remove(tps...)
		gone := make(map[kafkaops.TopicPartition]bool, len(tps))
		for _, tp := range tps {
			gone[tp] = true
			delete(in.owned, tp)
			delete(in.upTo, tp)
		}
		in.next.drop(gone)
		in.ripe = len(in.next.Records) > 0
		in.epoch++
		if idle = in.idle; in.cancel != nil {
			in.cancel()
		}
	})
	signal(in.room)
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// unplaced lists the owned partitions that are not read yet.
func (in *intake) unplaced() []kafkaops.TopicPartition {
	in.mu.Lock()
	defer in.mu.Unlock()
	var tps []kafkaops.TopicPartition
	for tp, placed := range in.owned {
		if !placed {
			tps = append(tps, tp)
		}
	}
	return slices.SortedFunc(slices.Values(tps), kafkaops.TopicPartition.Compare)
}

// owns lists all partitions that the member has, in order.
func (in *intake) owns() []kafkaops.TopicPartition {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.SortedFunc(maps.Keys(in.owned), kafkaops.TopicPartition.Compare)
}

// place starts reading at the offsets what is still owned of them.
func (in *intake) place(from kafkaops.Offsets) (err error) {
	in.change(func() {
		maps.DeleteFunc(from, func(tp kafkaops.TopicPartition, _ int64) bool {
			_, still := in.owned[tp]
			return !still
		})
		if err = in.source.place(from); err != nil {
			return
		}
		for tp, offset := range from {
			in.owned[tp], in.upTo[tp] = true, offset
		}
	})
	signal(in.room)
	return err
}

// rewind forgets all that was read and makes every owned partition unplaced: its committed offset is to be asked for again.
func (in *intake) rewind() {
	in.change(func() {
		in.source.remove(slices.Collect(maps.Keys(in.owned))...)
		in.next.reset()
		in.endAt, in.ripe = time.Time{}, false
		clear(in.upTo)
		for tp := range in.owned {
			in.owned[tp] = false
		}
	})
	signal(in.wake)
}

// fill reads until ctx ends.
func (in *intake) fill(ctx context.Context) error {
	for ctx.Err() == nil {
		if into, readCtx := in.startReading(ctx); into != nil {
			err := in.source.read(readCtx, readWait, into)
			in.endReading(into, err)
			continue
		}
		select {
		case <-ctx.Done():
		case <-in.room:
		}
	}
	return nil
}

// startReading gives the batch to fill, for fill alone until endReading; nil when it is full or nothing is placed.
func (in *intake) startReading(ctx context.Context) (*Batch, context.Context) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.changing > 0 {
		in.turn.Wait()
	}
	if in.fault != nil || len(in.upTo) == 0 || len(in.next.Records) >= in.o.BatchRecords || in.next.bytes() >= in.o.BatchBytes {
		return nil, nil
	}
	ctx, in.interrupt = context.WithCancel(ctx)
	in.reading = true
	return in.next, ctx
}

func (in *intake) endReading(b *Batch, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.interrupt() // frees the context
	in.reading = false
	in.turn.Broadcast()
	if err != nil {
		in.fault = err
		signal(in.wake)
	}
	for ; b.seen < len(b.Runs); b.seen++ {
		run := b.Runs[b.seen]
		in.advance(b, run.TopicPartition, b.Records[run.Last].Offset+1)
	}
	for tp, end := range b.ends {
		in.advance(b, tp, end)
	}
	clear(b.ends)
	if b.empty() {
		return
	}
	in.ripe = len(b.Records) > 0
	if in.endAt.IsZero() {
		in.endAt = time.Now()
	}
	signal(in.wake)
}

// advance notes how far a partition is read, where that is news.
func (in *intake) advance(b *Batch, tp kafkaops.TopicPartition, to int64) {
	if at, placed := in.upTo[tp]; placed && to > at {
		in.upTo[tp], b.Positions[tp] = to, to
	}
}
