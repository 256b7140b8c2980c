package eos

import (
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// batchOf makes a batch of records "partition:due" in order, due in seconds; the partitions end one behind the last.
func batchOf(epoch int64, recs ...[2]int) *Batch {
	b := &Batch{}
	b.reset()
	b.epoch = epoch
	next := map[int]int64{}
	for i, r := range recs {
		tp := kafkaops.TopicPartition{Topic: "t", Partition: int32(r[0])}
		b.Records = append(b.Records, kafkaops.Record{Topic: "t", Partition: tp.Partition, Offset: next[r[0]], Timestamp: time.Unix(int64(r[1]), 0)})
		b.Runs = append(b.Runs, Stretch{tp, i, i})
		next[r[0]]++
		b.Positions[tp] = next[r[0]] + 1
	}
	return b
}

func TestWhatIsDueComesFirstWhateverThePartition(t *testing.T) {
	o := Options{MaxCost: 2, Due: func(r *kafkaops.Record) (time.Time, int) { return r.Timestamp, 1 }}
	b := newBacklog(o)
	b.add(batchOf(0, [2]int{0, 1}, [2]int{0, 4}, [2]int{1, 2}, [2]int{1, 3}, [2]int{1, 9}))
	steps := []struct {
		now     int64
		want    string // partition/offset of what comes
		commits string
	}{
		{0, "", ""},
		{1, "0/0", "t/0=1"},
		{4, "1/0 1/1", "t/1=2"}, // as much as the cost allows, in order of time
		{4, "0/1", "t/0=3"},     // partition 0 is through: its end is committed, not only its last record
		{4, "", ""},
		{9, "1/2", "t/1=4"},
	}
	for i, s := range steps {
		got, wait := b.due(time.Unix(s.now, 0))
		came, commits := "", ""
		if got != nil {
			for _, r := range got.Records {
				came += fmt.Sprintf(" %d/%d", r.Partition, r.Offset)
			}
			for _, tp := range got.Positions.Partitions() {
				commits += fmt.Sprintf(" %s/%d=%d", tp.Topic, tp.Partition, got.Positions[tp])
			}
			b.handled(got)
		} else if wait <= 0 || wait > longestWait {
			t.Errorf("step %d: wait %s", i, wait)
		}
		if want(s.want) != came || want(s.commits) != commits {
			t.Errorf("step %d: came%q commits%q, want %q %q", i, came, commits, s.want, s.commits)
		}
	}
	if b.held != 0 {
		t.Errorf("%d records are left", b.held)
	}
}

func want(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

func TestOneRecordMayCostMoreThanATransaction(t *testing.T) {
	b := newBacklog(Options{MaxCost: 10, Due: func(*kafkaops.Record) (time.Time, int) { return time.Time{}, 100 }})
	b.add(batchOf(0, [2]int{0, 0}, [2]int{0, 0}))
	for range 2 {
		if got, _ := b.due(time.Now()); got == nil || len(got.Records) != 1 {
			t.Fatalf("got %+v, want one record at a time", got)
		} else {
			b.handled(got)
		}
	}
}

func TestABacklogFromBeforeARevocationIsStale(t *testing.T) {
	b := newBacklog(Options{MaxCost: 1, Due: func(*kafkaops.Record) (time.Time, int) { return time.Now().Add(time.Hour), 1 }})
	if b.stale(7) {
		t.Error("nothing is held, so nothing is stale")
	}
	b.add(batchOf(7, [2]int{0, 0}))
	if b.stale(7) || !b.stale(8) {
		t.Error("what was read in epoch 7 is stale in 8 only")
	}
}

func TestABatchGivesTheRoomOfAFloodBack(t *testing.T) {
	b := &Batch{}
	b.reset()
	b.Records = make([]kafkaops.Record, 50_000)
	b.reset()
	for range calm + 1 {
		b.Records = append(b.Records, kafkaops.Record{})
		b.reset()
	}
	if cap(b.Records) > keptRecords {
		t.Errorf("room for %d records is kept", cap(b.Records))
	}
}
