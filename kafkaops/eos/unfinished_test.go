package eos

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// shown writes a batch as partition/offset of its records, and what would be committed.
func shown(b *Batch) string {
	if b == nil {
		return "nothing"
	}
	var out []string
	for _, r := range b.Records {
		out = append(out, fmt.Sprintf("%d/%d", r.Partition, r.Offset))
	}
	out = append(out, "|")
	for _, tp := range b.Positions.Partitions() {
		out = append(out, fmt.Sprintf("%d=%d", tp.Partition, b.Positions[tp]))
	}
	return strings.Join(out, " ")
}

func TestAnUnfinishedRecordHoldsItsPartitionAndNoOther(t *testing.T) {
	now := time.Unix(100, 0)
	dueAt := map[int32]time.Time{}
	b := newBacklog(Options{MaxCost: 10, OneByOne: true, Due: func(r *kafkaops.Record) (time.Time, int) { return dueAt[r.Partition], 1 }})
	p0, p1 := kafkaops.TopicPartition{Topic: "t"}, kafkaops.TopicPartition{Topic: "t", Partition: 1}
	b.add(batchOf(0, [2]int{0, 0}, [2]int{0, 0}, [2]int{1, 0})) // both partitions end with a marker: 0 at 3, 1 at 2

	step := func(what, want string, unfinished ...kafkaops.TopicPartition) {
		t.Helper()
		got, _ := b.due(now)
		if got == nil {
			if want != "nothing" {
				t.Fatalf("%s: got nothing, want %s", what, want)
			}
			return
		}
		for _, tp := range unfinished {
			got.Unfinished(tp)
		}
		if shown(got) != want {
			t.Fatalf("%s: got %s, want %s", what, shown(got), want)
		}
		b.handled(got)
	}
	step("one record of each, and both go on", "0/0 1/0 | 0=0 1=0", p0, p1)
	step("they come again, and one is done: its end too", "0/0 1/0 | 0=0 1=2", p0)
	more := batchOf(0, [2]int{0, 0}, [2]int{1, 0})
	more.Records[0].Offset, more.Records[1].Offset = 3, 2
	more.Positions[p0], more.Positions[p1] = 4, 3
	b.add(more)
	dueAt[0] = now.Add(time.Minute)
	step("behind it comes more, in its partition and elsewhere", "0/0 1/2 | 0=0 1=3", p0)
	step("it wants to wait now, and those behind it wait too", "nothing")
	now = now.Add(time.Hour)
	step("it is done", "0/0 | 0=1")
	step("what was behind it comes one by one", "0/1 | 0=2")
	step("and is left unfinished as the last of its partition: the end is not committed", "0/3 | 0=3", p0)
	step("until it is done", "0/3 | 0=4")
	step("that is all", "nothing")
	if b.held != 0 {
		t.Errorf("%d records are held", b.held)
	}
}

func TestWithoutOneByOneTheLastMayBeUnfinished(t *testing.T) {
	b := newBacklog(Options{MaxCost: 2, Due: atOnce})
	b.add(batchOf(0, [2]int{0, 0}, [2]int{0, 0}, [2]int{0, 0}))
	tp := kafkaops.TopicPartition{Topic: "t"}
	for i, want := range []string{"0/0 0/1 | 0=1", "0/1 0/2 | 0=2", "0/2 | 0=4"} {
		got, _ := b.due(time.Now())
		if i < 2 {
			got.Unfinished(tp)
		}
		if shown(got) != want {
			t.Errorf("got %s, want %s", shown(got), want)
		}
		b.handled(got)
	}
	if b.held != 0 {
		t.Errorf("%d records are held", b.held)
	}
}

// A record that takes for ever doesn't keep what is read later from being seen.
func TestALongRecordDoesNotStarveThoseThatComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o, err := Options{Group: "g", Slot: "s", Topics: []string{"t"}, Due: atOnce, OneByOne: true}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		var held, calls int
		l := &Loop{o: o, cluster: f}
		l.handler = HandlerFunc(func(_ context.Context, b *Batch, _ Tx) error {
			if calls++; calls == 3 {
				f.grow(5)
			}
			if held = max(held, l.backlog.held); held == 5 {
				cancel()
			}
			b.Unfinished(f.tp)
			b.Notes[f.tp] += "x"
			return nil
		})
		if err := l.Run(ctx, func() {}); err != nil {
			t.Error(err)
		}
		if held != 5 {
			t.Errorf("%d records were seen while the first went on, want 5", held)
		}
	})
}

func TestOneByOneNeedsDue(t *testing.T) {
	_, err := Options{Group: "g", Slot: "s", Topics: []string{"t"}, OneByOne: true}.withDefaults()
	if kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("got %v", err)
	}
	_, err = Options{Group: "g", Slot: "s", Topics: []string{"t"}, Compression: "zip"}.withDefaults()
	if kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("got %v", err)
	}
}
