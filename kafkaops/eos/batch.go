package eos

import (
	"cmp"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// Batch is what one transaction consumes. Everything in it is reused after Handle has returned: who keeps a record clones it.
type Batch struct {
	// Records are in order within each partition; partitions come in stretches, which Runs lists.
	Records []kafkaops.Record
	Runs    []Stretch
	// Positions are the offsets that are committed if Handle succeeds: for each partition that has records here, or whose end was
	// reached behind the last commit.
	Positions kafkaops.Offsets
	// Notes are committed with the positions: before Handle, for each partition in Positions, the note that was committed last, and what
	// Handle leaves here is committed next. So what isn't touched stays. See kafkaops.CheckNote for what a note may be.
	Notes map[kafkaops.TopicPartition]string

	unfinished map[kafkaops.TopicPartition]bool // nil: the loop hands no record out twice
	misuse     error                            // the handler asked for what can't be

	arena   []byte
	old     int // bytes in arenas that were full
	headers []kafkaops.Header
	ends    kafkaops.Offsets // as read, not yet in Positions
	seen    int              // runs that are in Positions
	epoch   int64
	quiet   int // times in a row that reset found most of the room unused
}

// Stretch is consecutive records, [First, Last] of Batch.Records, that are all of one partition.
type Stretch struct {
	kafkaops.TopicPartition
	First, Last int
}

// Span is the records of one partition in a batch: the first and the last offset.
type Span struct {
	kafkaops.TopicPartition
	First, Last int64
	Records     int
}

// topics counts the topics that the records are of.
func (b *Batch) topics() int {
	n := 0
	for i, r := range b.Runs {
		if !slices.ContainsFunc(b.Runs[:i], func(before Stretch) bool { return before.Topic == r.Topic }) {
			n++
		}
	}
	return n
}

// Spans sums the runs up by partition, in order. What is committed of each is in Positions.
func (b *Batch) Spans() []Span {
	spans := make([]Span, 0, len(b.Runs))
	at := make(map[kafkaops.TopicPartition]int, len(b.Runs))
	for _, r := range b.Runs {
		first, last, n := b.Records[r.First].Offset, b.Records[r.Last].Offset, r.Last-r.First+1
		if i, ok := at[r.TopicPartition]; ok {
			spans[i].Last, spans[i].Records = last, spans[i].Records+n
			continue
		}
		at[r.TopicPartition] = len(spans)
		spans = append(spans, Span{TopicPartition: r.TopicPartition, First: first, Last: last, Records: n})
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.Compare(b.TopicPartition), cmp.Compare(a.First, b.First)) })
	return spans
}

// Clone copies what a handler wants to keep of record i.
func (b *Batch) Clone(i int) kafkaops.Record {
	r := b.Records[i]
	r.Key, r.Value = slices.Clone(r.Key), slices.Clone(r.Value)
	r.Headers = slices.Clone(r.Headers)
	for h := range r.Headers {
		r.Headers[h].Value = slices.Clone(r.Headers[h].Value)
	}
	return r
}

// Unfinished says that the last record of the partition in this batch is not done yet. The record's own offset is committed then, with the
// note, and nothing behind it in its partition is handled before it: it comes again in a later transaction, when Options.Due, which is asked
// anew once this one is committed, says so. Needs Due, and OneByOne where the record may have others behind it.
//
// The note is what the next transaction starts from, here or wherever the partition is then, so it has to move with what was produced, and to
// say which record it is about: compaction may take the record away meanwhile. Finishing the record is leaving this call out, and emptying
// the note.
func (b *Batch) Unfinished(tp kafkaops.TopicPartition) {
	const op = "leaving a record unfinished"
	if b.unfinished == nil {
		b.misuse = kafkaops.Errorf(kafkaops.Invalid, op, tp.Topic, "set Options.Due", "the loop hands records out once")
		return
	}
	for _, r := range slices.Backward(b.Runs) {
		if r.TopicPartition == tp {
			b.unfinished[tp], b.Positions[tp] = true, b.Records[r.Last].Offset
			return
		}
	}
	b.misuse = kafkaops.Errorf(kafkaops.Invalid, op, tp.Topic, "", "the batch has no record of partition %d", tp.Partition)
}

// recall puts the notes in that were committed last.
func (b *Batch) recall(last kafkaops.Commits) {
	for tp := range b.Positions {
		b.Notes[tp] = last[tp].Note
	}
}

// check returns what the handler did that can't be committed.
func (b *Batch) check() error {
	if b.misuse != nil {
		return b.misuse
	}
	for tp := range b.Notes {
		if _, ok := b.Positions[tp]; !ok {
			return kafkaops.Errorf(kafkaops.Invalid, "noting a position", tp.Topic, "note only partitions that are in Positions",
				"partition %d is not in the batch", tp.Partition)
		}
	}
	return nil
}

// commits is what is committed of the batch, as the handler left it.
func (b *Batch) commits() kafkaops.Commits {
	c := b.Positions.Commits()
	for tp, at := range c {
		at.Note = b.Notes[tp]
		c[tp] = at
	}
	return c
}

func (b *Batch) empty() bool { return len(b.Records) == 0 && len(b.Positions) == 0 }

const (
	keptRecords = 4096 // room that a batch keeps whatever happens
	calm        = 200  // batches in a row, some seconds, that used little of their room
)

// reset empties the batch and keeps its memory, except after a calm time what a flood made it grow to.
func (b *Batch) reset() {
	if room := cap(b.Records); room <= keptRecords || len(b.Records) > room/8 {
		b.quiet = 0
	} else if b.quiet++; b.quiet > calm {
		b.Records, b.Runs, b.arena, b.headers, b.quiet = nil, nil, nil, nil, 0
	}
	if b.Positions == nil {
		b.Positions, b.ends = make(kafkaops.Offsets), make(kafkaops.Offsets)
		b.Notes = make(map[kafkaops.TopicPartition]string)
	}
	clear(b.Positions)
	clear(b.Notes)
	clear(b.ends)
	b.Records, b.Runs, b.arena, b.headers = b.Records[:0], b.Runs[:0], b.arena[:0], b.headers[:0]
	b.seen, b.old, b.misuse = 0, 0, nil
}

// bytes is about how much the records hold.
func (b *Batch) bytes() int { return b.old + len(b.arena) }

// hold copies p into the batch's memory; nil stays nil.
func (b *Batch) hold(p []byte) []byte {
	if p == nil {
		return nil
	}
	if len(b.arena)+len(p) > cap(b.arena) {
		// What was handed out before stays in the old block, which lives as long as it is used.
		b.old += len(b.arena)
		b.arena = make([]byte, 0, max(64<<10, min(2*cap(b.arena), DefaultBatchBytes), len(p)))
	}
	at := len(b.arena)
	b.arena = append(b.arena, p...)
	return b.arena[at:len(b.arena):len(b.arena)]
}

// holdHeaders makes room for n headers.
func (b *Batch) holdHeaders(n int) []kafkaops.Header {
	if n == 0 {
		return nil
	}
	if len(b.headers)+n > cap(b.headers) {
		b.headers = make([]kafkaops.Header, 0, max(1024, 2*cap(b.headers), n))
	}
	at := len(b.headers)
	b.headers = b.headers[:at+n]
	return b.headers[at : at+n : at+n]
}

// drop takes the records and positions of partitions out; the others stay.
func (b *Batch) drop(tps map[kafkaops.TopicPartition]bool) {
	kept, runs := b.Records[:0], b.Runs[:0]
	for _, r := range b.Runs {
		if tps[r.TopicPartition] {
			continue
		}
		first := len(kept)
		kept = append(kept, b.Records[r.First:r.Last+1]...)
		runs = append(runs, Stretch{r.TopicPartition, first, len(kept) - 1})
	}
	b.Records, b.Runs, b.seen = kept, runs, len(runs)
	for tp := range tps {
		delete(b.Positions, tp)
	}
}
