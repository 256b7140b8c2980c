package compute

import (
	"context"
	"strconv"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/deadletter"
)

// output is what a batch is to write.
type output struct {
	tally
	results [][]byte
	letters []letter
	lines   []byte // of letters
	copies  []routed
}

// letter is a dead letter to be: of a row, or of the whole record.
type letter struct {
	record int    // in the batch
	source string // "": unknown
	row    int64  // in its source; wholeRecord: the record as it is
	line   []byte
	reason string
}

const wholeRecord = -1

// routed is a record that goes to another topic as it is.
type routed struct {
	record int
	to     *target
}

// Memory that an output keeps, however much a batch had.
const (
	keptLetters = 4096
	keptLines   = 1 << 20
)

func (o *output) reset() {
	o.tally = tally{}
	o.results = o.results[:0]
	if o.letters = o.letters[:0]; cap(o.letters) > keptLetters {
		o.letters = nil
	}
	if o.lines = o.lines[:0]; cap(o.lines) > keptLines {
		o.lines = nil
	}
	o.copies = o.copies[:0]
}

// take adds what another one has.
func (o *output) take(from *output) {
	o.add(&from.tally)
	o.results = append(o.results, from.results...)
	o.letters = append(o.letters, from.letters...)
}

// keep copies a row's bytes.
func (o *output) keep(line []byte) []byte {
	from := len(o.lines)
	o.lines = append(o.lines, line...)
	return o.lines[from:len(o.lines):len(o.lines)]
}

// atOnce is how many records are handed over at a time.
const atOnce = 512

// write produces everything of a batch.
func (o *output) write(ctx context.Context, b *eos.Batch, tx eos.Tx, to destination) error {
	recs := make([]kafkaops.Record, 0, min(atOnce, max(len(o.results), len(o.letters), len(o.copies))))
	for _, value := range o.results {
		recs = append(recs, kafkaops.Record{Topic: to.results, Partition: kafkaops.AnyPartition, Key: []byte(to.worker), Value: value})
	}
	if err := tx.Produce(ctx, recs); err != nil {
		return err
	}
	for first := 0; first < len(o.letters); first += atOnce {
		recs = recs[:0]
		for _, l := range o.letters[first:min(first+atOnce, len(o.letters))] {
			recs = append(recs, l.make(b, to.attempt))
		}
		if err := tx.Produce(ctx, recs); err != nil {
			return err
		}
	}
	for first := 0; first < len(o.copies); first += atOnce {
		recs = recs[:0]
		for _, c := range o.copies[first:min(first+atOnce, len(o.copies))] {
			r := &b.Records[c.record]
			recs = append(recs, kafkaops.Record{Topic: c.to.name, Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value, Headers: r.Headers})
		}
		if err := tx.Produce(ctx, recs); err != nil {
			return err
		}
	}
	return nil
}

// destination is where a batch's records go, and what they say about it.
type destination struct {
	results string
	worker  string
	attempt int
}

// make is the letter's record. A row's has the row as its value and says where that stood; the headers of the chunk stay with the chunk.
func (l *letter) make(b *eos.Batch, attempt int) kafkaops.Record {
	r := b.Records[l.record]
	if l.row != wholeRecord {
		r.Headers, r.Value = nil, l.line
	}
	out := deadletter.Letter(&r, l.reason, attempt)
	if l.source != "" {
		out.Headers = append(out.Headers, kafkaops.Header{Key: deadletter.SourceHeader, Value: []byte(l.source)})
	}
	if l.row != wholeRecord {
		out.Headers = append(out.Headers, kafkaops.Header{Key: deadletter.RowHeader, Value: strconv.AppendInt(nil, l.row, 10)})
	}
	return out
}

// topics are those that letters are from.
func (o *output) topics(b *eos.Batch) map[string]bool {
	from := map[string]bool{}
	last := ""
	for _, l := range o.letters {
		if topic := b.Records[l.record].Topic; topic != last {
			from[topic], last = true, topic
		}
	}
	return from
}
