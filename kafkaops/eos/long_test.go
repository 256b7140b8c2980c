package eos_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// longOptions are for records that take many transactions, two of them at a time.
func longOptions(topic, slot string) eos.Options {
	return eos.Options{
		Group: topic, Topics: []string{topic}, Slot: slot, SessionTimeout: 6 * time.Second, BatchTime: 5 * time.Millisecond,
		Due:     func(*kafkaops.Record) (time.Time, int) { return time.Time{}, 1 },
		MaxCost: 2, OneByOne: true, Compression: "lz4", ReadAhead: 1 << 20, QueueBytes: 4 << 20, RequestBytes: 500_000,
	}
}

// produceLong stores n records with their numbers as keys and values, the partitions in turn.
func produceLong(t testing.TB, c *rdkafka.Client, topic string, partitions, n int) {
	t.Helper()
	recs := make([]kafkaops.Record, n)
	for i := range recs {
		s := []byte(fmt.Sprint(i))
		recs[i] = kafkaops.Record{Topic: topic, Partition: int32(i % partitions), Key: s, Value: s}
	}
	out, err := c.ProduceSync(t.Context(), recs)
	must(t, err)
	for _, d := range out {
		must(t, d.Err)
	}
}

// sequences returns the steps that a read-committed reader sees of each key, in order.
func sequences(t testing.TB, c *rdkafka.Client, topic string) map[string][]string {
	t.Helper()
	starts, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	must(t, err)
	seen := make(map[string][]string)
	_, err = c.Scan(t.Context(), rdkafka.ScanSpec{From: starts.Starts()}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			key := string(b.Key(i))
			seen[key] = append(seen[key], strings.TrimPrefix(string(b.Value(i)), key+"."))
		}
		return nil
	})
	must(t, err)
	return seen
}

// wrongSteps says how the keys differ that are not each step once, in order.
func wrongSteps(seen map[string][]string, records, steps int) []string {
	var want, wrong []string
	for i := range steps {
		want = append(want, fmt.Sprint(i))
	}
	for i := range records {
		if got := seen[fmt.Sprint(i)]; !slices.Equal(got, want) {
			wrong = append(wrong, fmt.Sprintf("record %d: %v", i, got))
		}
	}
	return wrong
}

// awaitSteps waits until the markers in every partition let readers see what is committed, and returns what is wrong even then.
func awaitSteps(t testing.TB, c *rdkafka.Client, topic string, records, steps int) []string {
	t.Helper()
	for over := time.Now().Add(limit / 4); ; {
		seen := sequences(t, c, topic)
		wrong := wrongSteps(seen, records, steps)
		n := 0
		for _, s := range seen {
			n += len(s)
		}
		if len(wrong) == 0 || n > records*steps || time.Now().After(over) {
			return wrong
		}
	}
}

func TestARecordMayTakeManyTransactions(t *testing.T) {
	const partitions, records, steps = 3, 7, 20
	c := connect(t, brokers(t))
	names := newTopics(t, c, partitions, "long", "out")
	produceLong(t, c, names[0], partitions, records)
	r := start(t, c, longOptions(names[0], "a"), &eos.Steps{Topic: names[1], Each: steps})
	r.await(t, "all is committed", func() bool { return lag(t, c, names[0], names[0]) == 0 })
	if wrong := awaitSteps(t, c, names[1], records, steps); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	if s := r.loop.State(); s.Commits < records*steps/2 || s.Aborts > 0 { // two at a time
		t.Errorf("state %+v", s)
	}
}

// Members that come and go in the middle of long records take them over where their notes say.
func TestLongRecordsAreTakenOver(t *testing.T) {
	const partitions, records, steps = 4, 8, 40
	c := connect(t, brokers(t))
	names := newTopics(t, c, partitions, "long", "out")
	produceLong(t, c, names[0], partitions, records)
	var fast atomic.Bool // else a step of each partition in a while: nothing is done before the group has rebalanced
	var mu sync.Mutex
	had := map[string][]int{}
	member := func(slot string) *running {
		o := longOptions(names[0], slot)
		o.Due = func(*kafkaops.Record) (time.Time, int) {
			if fast.Load() {
				return time.Time{}, 1
			}
			return time.Now().Add(150 * time.Millisecond), 1
		}
		o.OnAssigned = func(tps []kafkaops.TopicPartition) {
			mu.Lock()
			defer mu.Unlock()
			had[slot] = append(had[slot], len(tps))
		}
		return start(t, c, o, &eos.Steps{Topic: names[1], Each: steps})
	}
	a := member("a")
	a.await(t, "the first is at work", func() bool { return a.loop.State().Commits > 3 })
	b := member("b")
	b.await(t, "the second is, too", func() bool { return b.loop.State().Commits > 3 })
	if lag(t, c, names[0], names[0]) == 0 {
		t.Fatal("all was done before anybody took over: this test can't tell")
	}
	must(t, a.stop())
	fast.Store(true)
	b.await(t, "all is committed", func() bool { return lag(t, c, names[0], names[0]) == 0 })
	if wrong := awaitSteps(t, c, names[1], records, steps); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	mu.Lock()
	defer mu.Unlock()
	if last := had["a"]; last[0] != partitions || last[len(last)-1] != 0 || !slices.Contains(last, partitions/2) {
		t.Errorf("the first member was told of %v partitions", last)
	}
}

func TestANoteThatIsTooLongIsAnError(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 1, "long", "out")
	produceLong(t, c, names[0], 1, 1)
	s := &eos.Steps{Topic: names[1], Each: 2, Note: func(b *eos.Batch, tp kafkaops.TopicPartition, _ string) {
		b.Notes[tp] = strings.Repeat("x", kafkaops.MaxNoteBytes+1)
	}}
	r := start(t, c, longOptions(names[0], "a"), s)
	r.await(t, "it is seen", func() bool { return strings.Contains(r.loop.State().LastError, "4097 bytes") })
	if n := len(values(t, c, names[1])); n != 0 || r.loop.State().Commits != 0 {
		t.Errorf("%d records are stored; state %+v", n, r.loop.State())
	}
}
