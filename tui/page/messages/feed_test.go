package messages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// batch is n records from an offset on, spread over the partitions in turn, as Follow hands them out: partition after partition.
func batch(partitions, from, n int) []kafkaops.Record {
	var out []kafkaops.Record
	for p := range partitions {
		for i := range n {
			o := from + i
			out = append(out, kafkaops.Record{
				Topic: "t", Partition: int32(p), Offset: int64(o), Timestamp: time.UnixMilli(int64(o*partitions + p)), Value: []byte(fmt.Sprintf("value %d-%d", p, o)),
			})
		}
	}
	return out
}

func testFeed(n int, partition int32) *feed {
	f := newFeed(reader{topic: "t", partition: partition}, n, "", 0)
	f.next, f.started = kafkaops.Offsets{}, true
	return f
}

func TestAFeedKeepsTheNewestOfAllPartitions(t *testing.T) {
	f := testFeed(6, kafkaops.AnyPartition)
	f.add(batch(3, 0, 1000))
	got := []string{}
	for _, r := range f.look().rows {
		got = append(got, r.key)
	}
	want := "2@999 1@999 0@999 2@998 1@998 0@998"
	if strings.Join(got, " ") != want {
		t.Errorf("shown %v, not %s", got, want)
	}
}

func TestSkippedIsWhatNobodySaw(t *testing.T) {
	f := testFeed(10, kafkaops.AnyPartition)
	f.add(batch(1, 0, 10))
	f.look() // these ten were seen
	f.add(batch(1, 10, 100))
	f.add(batch(1, 110, 10))
	if now := f.look(); now.skipped != 100 || len(now.rows) != 10 || now.rows[0].key != "0@119" {
		// 90 of the hundred never got in, and the ten that did were pushed out unseen
		t.Errorf("skipped %d, %d rows from %s on", now.skipped, len(now.rows), now.rows[0].key)
	}
	calm := testFeed(10, kafkaops.AnyPartition)
	for i := range 50 {
		calm.add(batch(1, i, 1))
		calm.look()
	}
	if now := calm.look(); now.skipped != 0 {
		t.Errorf("skipped %d of what was seen", now.skipped)
	}
}

func TestAFeedIsBounded(t *testing.T) {
	f := testFeed(50, kafkaops.AnyPartition)
	big := []byte(strings.Repeat("x", 4<<20))
	for i := range 200 {
		r := batch(1, i, 1)
		r[0].Value = big
		f.add(r)
	}
	if len(f.ring) > 2*f.n {
		t.Errorf("%d rows are kept", len(f.ring))
	}
	for _, k := range f.ring {
		if cap(k.value) > keepValue || k.valueSize != 4<<20 {
			t.Fatalf("%d bytes are kept of %d", cap(k.value), k.valueSize)
		}
	}
}

func TestAFilterKeepsWhatIsRare(t *testing.T) {
	f := testFeed(10, kafkaops.AnyPartition)
	f.setFilter("needle")
	for i := range 100 {
		records := batch(1, 1000*i, 1000)
		if i%20 == 0 {
			records[3].Value = []byte("a NEEDLE in it")
		}
		f.add(records)
	}
	if now := f.look(); len(now.rows) != 5 || now.rows[0].key != "0@80003" || now.skipped != 0 {
		t.Errorf("found %d, skipped %d", len(now.rows), now.skipped)
	}
	f.setFilter("")
	if now := f.look(); len(now.rows) != 10 || now.rows[0].key != "0@99999" {
		t.Errorf("without the filter there are %d, from %s on", len(now.rows), now.rows[0].key)
	}
}

func TestAFeedOfOnePartition(t *testing.T) {
	f := testFeed(10, 1)
	f.add(batch(3, 0, 5))
	now := f.look()
	if len(now.rows) != 5 || now.rows[0].key != "1@4" || now.skipped != 0 {
		t.Errorf("%d rows, %d skipped", len(now.rows), now.skipped)
	}
	if now.next[kafkaops.TopicPartition{Topic: "t", Partition: 2}] != 5 {
		t.Error("the other partitions' positions stand still: after an error they would be read again")
	}
}

func TestContains(t *testing.T) {
	for _, c := range []struct {
		in, lower string
		want      bool
	}{{"ABC", "bc", true}, {"abc", "", true}, {"", "a", false}, {"aab", "ab", true}, {"ÄÖ", "äö", true}, {"x\xffNeedle", "needle", true}, {"nope", "needle", false}} {
		if got := contains([]byte(c.in), c.lower); got != c.want {
			t.Errorf("%q in %q: %v", c.lower, c.in, got)
		}
	}
}

// BenchmarkFeed is what a thousand messages cost while a hundred are shown: 50,000 a second are fifty of these.
func BenchmarkFeed(b *testing.B) {
	f := testFeed(100, kafkaops.AnyPartition)
	records := batch(4, 0, 250)
	b.ReportAllocs()
	for b.Loop() {
		f.add(records)
		f.look()
	}
}
