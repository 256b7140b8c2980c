package send

import (
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// tally counts deliveries, and holds those that no report has taken yet.
type tally struct {
	mu        sync.Mutex
	acked     map[int32]*ackedOn
	failed    map[kafkaops.Class]*failed
	possibly  []uint32
	delivered *roaring.Bitmap // all that have an outcome
	counts    Progress
	stop      error // a failure that every further message would meet
}

type ackedOn struct {
	first, last int64
	seqs        []uint32
}

type failed struct {
	err  string
	seqs []uint32
}

func newTally() *tally {
	return &tally{acked: map[int32]*ackedOn{}, failed: map[kafkaops.Class]*failed{}, delivered: roaring.New()}
}

// add notes deliveries. seq gives a delivery's sequence number.
func (t *tally) add(deliveries []kafkaops.Delivery, seq func(i int) uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range deliveries {
		d := &deliveries[i]
		n := seq(i)
		switch {
		case d.Err == nil:
			t.counts.Acked++
			t.ack(d, n)
		case d.Possibly:
			t.counts.Possibly++
			t.possibly = append(t.possibly, n)
		default:
			t.counts.Failed++
			t.fail(d.Err, n)
		}
	}
}

func (t *tally) ack(d *kafkaops.Delivery, n uint32) {
	on := t.acked[d.Partition]
	if on == nil {
		on = &ackedOn{first: d.Offset, last: d.Offset}
		t.acked[d.Partition] = on
	}
	on.first, on.last = min(on.first, d.Offset), max(on.last, d.Offset)
	on.seqs = append(on.seqs, n)
}

func (t *tally) fail(err error, n uint32) {
	class := kafkaops.ClassOf(err)
	f := t.failed[class]
	if f == nil {
		f = &failed{err: err.Error()}
		t.failed[class] = f
	}
	f.seqs = append(f.seqs, n)
	if t.stop == nil && hopeless(class) {
		t.stop = err
	}
}

// hopeless says whether every further message would fail in the same way.
func hopeless(c kafkaops.Class) bool {
	switch c {
	case kafkaops.NotFound, kafkaops.Unauthorised, kafkaops.Unauthenticated, kafkaops.Conflict:
		return true
	}
	return false
}

func (t *tally) progress() (Progress, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts, t.stop
}

// take makes a report of what has been delivered since the last, and forgets it; nil when there is nothing.
func (t *tally) take(run roundtrip.Run, sender string) *wire.Sent {
	t.mu.Lock()
	acked, failures, possibly := t.acked, t.failed, t.possibly
	t.acked, t.failed, t.possibly = map[int32]*ackedOn{}, map[kafkaops.Class]*failed{}, nil
	t.mu.Unlock()
	if len(acked) == 0 && len(failures) == 0 && len(possibly) == 0 {
		return nil
	}
	s := &wire.Sent{Run: run.ID, Sender: sender, TopicID: run.TopicID, At: time.Now(), Possibly: bitmapOf(possibly)}
	for partition, on := range acked {
		s.Acked = append(s.Acked, wire.Acked{Partition: partition, First: on.first, Last: on.last, Seqs: bitmapOf(on.seqs)})
	}
	slices.SortFunc(s.Acked, func(a, b wire.Acked) int { return int(a.Partition) - int(b.Partition) })
	for class, f := range failures {
		s.Failed = append(s.Failed, wire.Failure{Class: string(class), Error: f.err, Seqs: bitmapOf(f.seqs)})
	}
	for _, a := range s.Acked {
		t.delivered.Or(a.Seqs)
	}
	for _, f := range s.Failed {
		t.delivered.Or(f.Seqs)
	}
	t.delivered.Or(s.Possibly)
	return s
}

// abandon counts as possibly stored whatever of the first `sent` messages has no outcome. It is called once nothing more is delivered, after
// the last take.
func (t *tally) abandon(sent int64) *roaring.Bitmap {
	lost := roaring.New()
	lost.AddRange(0, uint64(sent))
	lost.AndNot(t.delivered)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Possibly += int64(lost.GetCardinality())
	return lost
}

func bitmapOf(seqs []uint32) *roaring.Bitmap {
	slices.Sort(seqs)
	b := roaring.New()
	b.AddMany(seqs)
	b.RunOptimize()
	return b
}

// reportRecord makes the record of a report for krapp.reports.
func reportRecord(s *wire.Sent) (kafkaops.Record, error) {
	value, err := s.Append(nil)
	if err != nil {
		return kafkaops.Record{}, kafkaops.NewError(kafkaops.Internal, "reporting on run", s.Run, "", err)
	}
	return kafkaops.Record{Topic: roundtrip.ReportsTopic, Partition: kafkaops.AnyPartition, Key: []byte(s.Run), Value: value}, nil
}
