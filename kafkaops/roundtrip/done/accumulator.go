// Package done builds the reports of a processing worker: what one transaction processed, message by message of every run in it.
package done

import (
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// Options say who reports.
type Options struct {
	Group  string
	Worker string // names this worker among the group's; shown to people
	// TopicID gives a topic's ID, or "" when it isn't known (then the topic's name alone must do). It is called once a topic and batch.
	TopicID func(topic string) string
}

// Accumulator gathers what one transaction processed. Fill it with Add and Reject, then write Records in that transaction. Records that belong
// to no run are ignored. It is for one goroutine and reuses its memory from batch to batch.
type Accumulator struct {
	options Options
	tracks  []*track // in use, in order of first record
	spare   []*track
	last    *track // of the record before: batches come partition by partition
}

// track is one run on one partition.
type track struct {
	run       string
	topic     string
	partition int32
	first     int64
	upTo      int64
	processed []uint32
	rejected  []uint32
	sent      []int64 // unix nanoseconds of those processed
}

// New returns an empty accumulator.
func New(o Options) *Accumulator { return &Accumulator{options: o} }

// Add notes that a record was processed.
func (a *Accumulator) Add(r *kafkaops.Record) {
	run, seq, sent := headers(r)
	a.AddRaw(r.Topic, r.Partition, r.Offset, run, seq, sent)
}

// Reject notes that a record could not be processed and went to the dead letters.
func (a *Accumulator) Reject(r *kafkaops.Record) {
	run, seq, _ := headers(r)
	a.RejectRaw(r.Topic, r.Partition, r.Offset, run, seq)
}

// headers finds krapp's headers; the last of equal ones counts, as in Kafka's lastHeader.
func headers(r *kafkaops.Record) (run, seq, sent []byte) {
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

// AddRaw is Add with the values of the headers krapp-run, krapp-seq and krapp-sent, which are not kept.
func (a *Accumulator) AddRaw(topic string, partition int32, offset int64, run, seq, sent []byte) {
	n, ok := sequence(run, seq)
	if !ok {
		return
	}
	t := a.track(topic, partition, offset, run)
	t.processed = append(t.processed, n)
	if at, ok := wire.ParseUint(sent); ok && at < 1<<63 {
		t.sent = append(t.sent, int64(at))
	}
}

// RejectRaw is Reject with the values of the headers krapp-run and krapp-seq.
func (a *Accumulator) RejectRaw(topic string, partition int32, offset int64, run, seq []byte) {
	n, ok := sequence(run, seq)
	if !ok {
		return
	}
	t := a.track(topic, partition, offset, run)
	t.rejected = append(t.rejected, n)
}

func sequence(run, seq []byte) (uint32, bool) {
	if len(run) == 0 || len(run) > maxRunID {
		return 0, false
	}
	n, ok := wire.ParseUint(seq)
	return uint32(n), ok && n <= roundtrip.MaxCount
}

// maxRunID bounds what a foreign krapp-run header can make us keep; an ULID has 26 characters.
const maxRunID = 64

func (a *Accumulator) track(topic string, partition int32, offset int64, run []byte) *track {
	if t := a.last; t == nil || t.partition != partition || t.run != string(run) || t.topic != topic {
		a.last = a.find(topic, partition, offset, run)
	}
	t := a.last
	t.first, t.upTo = min(t.first, offset), max(t.upTo, offset)
	return t
}

func (a *Accumulator) find(topic string, partition int32, offset int64, run []byte) *track {
	for _, t := range a.tracks {
		if t.partition == partition && t.run == string(run) && t.topic == topic {
			return t
		}
	}
	t := &track{}
	if n := len(a.spare); n > 0 {
		t, a.spare = a.spare[n-1], a.spare[:n-1]
	}
	t.run, t.topic, t.partition, t.first, t.upTo = string(run), topic, partition, offset, offset
	a.tracks = append(a.tracks, t)
	return t
}

// Empty says whether no record of any run was noted.
func (a *Accumulator) Empty() bool { return len(a.tracks) == 0 }

// Reset forgets what was noted, as when the transaction was aborted.
func (a *Accumulator) Reset() {
	for _, t := range a.tracks {
		t.processed, t.rejected, t.sent = t.processed[:0], t.rejected[:0], t.sent[:0]
		a.spare = append(a.spare, t)
	}
	a.tracks, a.last = a.tracks[:0], nil
	if len(a.spare) > maxSpare {
		a.spare = slices.Clone(a.spare[:maxSpare])
	}
}

// maxSpare is how many tracks keep their memory between batches.
const maxSpare = 64

// Records gives the reports to be written in the transaction that commits the offsets of what was noted, and empties the accumulator. visible
// is when a read-committed reader will see the results: now, plus what committing usually takes.
func (a *Accumulator) Records(visible time.Time) ([]kafkaops.Record, error) {
	defer a.Reset()
	out := make([]kafkaops.Record, 0, len(a.tracks))
	ids := map[string]string{}
	for _, t := range a.tracks {
		if _, known := ids[t.topic]; !known && a.options.TopicID != nil {
			ids[t.topic] = a.options.TopicID(t.topic)
		}
		report := t.report(a.options, ids[t.topic], visible)
		value, err := report.Append(nil)
		if err != nil {
			return nil, kafkaops.NewError(kafkaops.Internal, "reporting on run", t.run, "", err)
		}
		out = append(out, kafkaops.Record{
			Topic: roundtrip.ReportsTopic, Partition: kafkaops.AnyPartition, Key: []byte(t.run), Value: value,
		})
	}
	return out, nil
}

func (t *track) report(o Options, topicID string, visible time.Time) *wire.Done {
	d := &wire.Done{
		Run: t.run, Group: o.Group, Topic: t.topic, TopicID: topicID, Worker: o.Worker,
		Partition: t.partition, First: t.first, Last: t.upTo, At: visible,
	}
	d.Processed, d.Again = distinct(t.processed)
	d.Rejected, _ = distinct(t.rejected)
	now := visible.UnixNano()
	for _, sent := range t.sent {
		took := time.Duration(now - sent)
		if sent > now {
			d.Skew = max(d.Skew, time.Duration(sent-now))
		}
		d.Latency.Record(took)
	}
	return d
}

// distinct makes a bitmap of the numbers and one of those that occur more than once. It sorts seqs.
func distinct(seqs []uint32) (all, again *roaring.Bitmap) {
	all, again = roaring.New(), roaring.New()
	if len(seqs) == 0 {
		return all, again
	}
	if !slices.IsSorted(seqs) {
		slices.Sort(seqs)
	}
	for i := 1; i < len(seqs); i++ {
		if seqs[i] == seqs[i-1] {
			again.Add(seqs[i])
		}
	}
	all.AddMany(seqs)
	all.RunOptimize()
	return all, again
}
