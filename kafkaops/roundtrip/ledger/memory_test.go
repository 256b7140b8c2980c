package ledger

import (
	"runtime"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// A hundred million messages, scattered over twelve partitions as keys scatter them, are judged in tens of megabytes: while they are sent and
// processed, with the consumers ten million behind, and when all is over.
func TestAHundredMillionMessagesTakeTensOfMegabytes(t *testing.T) {
	const (
		count      = 100_000_000
		partitions = 12
		window     = 65536 * 9 // messages a report covers: whole containers, and whole periods of the scattering
		behind     = 17        // windows: ten million messages
		limit      = 64 << 20  // bytes
	)
	before := heap()
	run := roundtrip.Run{ID: "01JDZ8T3Q5W0000000000ABCDE", Spec: roundtrip.Spec{
		Topic: "orders", Count: count, Sender: roundtrip.SendHere, Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g"},
	}}
	a := newAccount(run)
	l := New(nil, Options{})
	most := uint64(0)
	now := time.Unix(1700000000, 0)
	windows := (count + window - 1) / window
	commits := kafkaops.Offsets{}
	var pattern [partitions]*roaring.Bitmap
	for p := range partitions {
		pattern[p] = scattered(window, p, partitions)
	}
	shifted := func(p int, i int64) *roaring.Bitmap {
		b := roaring.AddOffset64(pattern[p], i*window)
		b.RemoveRange(count, 1<<32)
		return b
	}
	for i := range windows + behind {
		for p := range partitions {
			if i < windows {
				seqs := shifted(p, int64(i))
				first := int64(i) * window
				a.applySent(&wire.Sent{Run: run.ID, Acked: []wire.Acked{{Partition: int32(p), First: first, Last: first + window - 1, Seqs: seqs}}}, now)
			}
			if i >= behind {
				n := int64(i - behind)
				seqs := shifted(p, n)
				a.applyDone(&wire.Done{Run: run.ID, Group: "g", Topic: "orders", Partition: int32(p), First: n * window, Last: (n+1)*window - 1, At: now, Processed: seqs})
				commits[kafkaops.TopicPartition{Topic: "orders", Partition: int32(p)}] = (n + 1) * window
			}
			if i%16 == 0 && p == partitions/2 { // in the midst, when containers are neither full nor empty
				now := heap()
				most = max(most, now-min(before, now))
			}
		}
		a.settle(commits, true, now)
		for _, b := range a.bitmaps() {
			b.RunOptimize()
		}
	}
	j := judge.Judge(l.facts(a, &scene{topics: map[string]kafkaops.Topic{}}), now)
	if j.Verdict != roundtrip.Done || j.Once != count {
		t.Fatalf("%s: %+v", j.Verdict, j.Outcome)
	}
	t.Logf("at most %.1f MB, at the end %.1f MB", float64(most)/1e6, float64(heap()-min(before, heap()))/1e6)
	if most > limit {
		t.Errorf("%d bytes were in use, want at most %d", most, limit)
	}
	runtime.KeepAlive(a)
}

// scattered is the numbers below window that fall on partition p: one of every `partitions` neighbours, but not evenly, as with keys.
func scattered(window, p, partitions int) *roaring.Bitmap {
	seqs := make([]uint32, 0, window/partitions)
	for base := 0; base < window; base += partitions {
		seqs = append(seqs, uint32(base+(p+base/partitions*5)%partitions))
	}
	return roaring.BitmapOf(seqs...)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
