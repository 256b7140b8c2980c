package e2e

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// sent sends a run that a group of the test's own is to process, and finds where its messages lie.
func (b backend) sent(t *testing.T, count int64, partitions int) (reporter, []place) {
	t.Helper()
	a := reporter{client: b.client(t), topic: b.topic(t, partitions), group: unique(t, "group")}
	run, doit := b.sending(t, a.topic, "--count", strconv.FormatInt(count, 10), "--group", a.group, "--stall-after", "2s",
		"--key", "{{seq}}") // so that every partition gets some: without keys one batch, and so one partition, may take them all
	a.run = run
	<-doit.done
	places := scan(t, a.client, a.topic, run)
	if int64(len(places)) != count {
		t.Fatalf("%d messages were stored, want %d", len(places), count)
	}
	return a, places
}

// sift divides places by sequence number: every thousandth, and the others.
func sift(places []place) (some, others []place, numbers []int64) {
	for _, p := range places {
		if p.seq%1000 == 77 {
			some, numbers = append(some, p), append(numbers, p.seq)
			continue
		}
		others = append(others, p)
	}
	return some, others, numbers
}

func TestAGroupThatCommitsWithoutProcessingLoses(t *testing.T) {
	b := startBackend(t)
	t.Run("everything", func(t *testing.T) {
		a, places := b.sent(t, 5000, 3)
		commit(t, a.client, a.group, a.topic, nil)
		j := b.isdone(t, a.run)
		j.want(t, "lost")
		j.wantRanges(t, "missing", j.MissingRanges, numbers(0, int64(len(places)), 1))
	})
	t.Run("one in a thousand", func(t *testing.T) {
		a, places := b.sent(t, 5000, 3)
		skipped, others, lost := sift(places)
		a.processed(t, others, time.Now().UnixNano())
		b.await(t, a.run, "nothing is lost before the commit", func(j judgement) bool {
			if j.Missing > 0 {
				t.Fatalf("judged without proof: %s", j.short())
			}
			return j.Verdict == "stalled"
		})
		commit(t, a.client, a.group, a.topic, nil)
		j := b.isdone(t, a.run)
		j.want(t, "lost")
		j.wantRanges(t, "missing", j.MissingRanges, lost)
		wantPlaces(t, j, skipped)
		if j.Once != int64(len(others)) || j.Missing != int64(len(lost)) || j.Waiting != 0 || !j.Final {
			t.Errorf("miscounted: %s", j.short())
		}
	})
	t.Run("up to the commit, no further", func(t *testing.T) {
		a, places := b.sent(t, 5000, 2)
		at := kafkaops.TopicPartition{Topic: a.topic, Partition: 1}
		commit(t, a.client, a.group, a.topic, kafkaops.Offsets{at: 321})
		var behind []int64
		for _, p := range places {
			if p.partition == at.Partition && p.offset < 321 {
				behind = append(behind, p.seq)
			}
		}
		j := b.await(t, a.run, "what is behind the commit is lost", func(j judgement) bool { return j.Verdict == "lost" })
		j.wantRanges(t, "missing", j.MissingRanges, behind)
		if j.Waiting != 5000-int64(len(behind)) || j.Final {
			t.Errorf("the rest still waits: %s", j.short())
		}
	})
}

// wantPlaces fails the test unless the judgement says where the missing messages lie.
func wantPlaces(t *testing.T, j judgement, want []place) {
	t.Helper()
	var got []place
	for _, p := range j.MissingAt {
		got = append(got, place{p.Seq, p.Offset, p.Partition})
	}
	bySeq := func(a, b place) int { return int(a.seq - b.seq) }
	slices.SortFunc(got, bySeq)
	want = slices.SortedFunc(slices.Values(want), bySeq)
	if !slices.Equal(got, want) {
		t.Errorf("the missing messages are said to lie at %v, want %v", got, want)
	}
}

func TestAGroupThatProcessesTwiceDuplicates(t *testing.T) {
	b := startBackend(t)
	t.Run("one in a thousand", func(t *testing.T) {
		a, places := b.sent(t, 5000, 3)
		twice, _, repeated := sift(places)
		now := time.Now().UnixNano()
		a.processed(t, places, now)
		a.processed(t, twice, now)
		commit(t, a.client, a.group, a.topic, nil)
		j := b.isdone(t, a.run)
		j.want(t, "duplicated")
		j.wantRanges(t, "duplicated", j.DuplicatedRanges, repeated)
		if j.Once != int64(len(places)-len(repeated)) || j.Duplicated != int64(len(repeated)) || j.Missing != 0 {
			t.Errorf("miscounted: %s", j.short())
		}
	})
	t.Run("after the verdict was final", func(t *testing.T) {
		a, places := b.sent(t, 1000, 1)
		a.processed(t, places, 1)
		b.isdone(t, a.run).wantOnce(t, 1000)
		a.processed(t, places[100:300], 2)
		j := b.isdone(t, a.run)
		j.want(t, "duplicated")
		j.wantRanges(t, "duplicated", j.DuplicatedRanges, numbers(100, 300, 1))
	})
	t.Run("but the same report written twice is one", func(t *testing.T) {
		a, places := b.sent(t, 1000, 1)
		a.write(t, a.processed(t, places, 1))
		b.isdone(t, a.run).wantOnce(t, 1000)
	})
	t.Run("krapp's own worker, after its group was reset", func(t *testing.T) {
		topic, group := b.topic(t, 1), unique(t, "group")
		w := b.consumer(t, group, "one", topic)
		j := b.doit(t, topic, "--count", "200", "--group", group)
		j.wantOnce(t, 200)
		w.stop(t)
		commit(t, b.client(t), group, topic, kafkaops.Offsets{{Topic: topic, Partition: 0}: 0})
		b.consumer(t, group, "one", topic)
		again := b.await(t, j.Run, "the run is judged anew", func(j judgement) bool { return j.Duplicated == 200 })
		again.want(t, "duplicated")
		again.wantRanges(t, "duplicated", again.DuplicatedRanges, numbers(0, 200, 1))
	})
}

func TestARecordThatCannotBeProcessedIsRejectedNotLost(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	b.consumer(t, group, "one", topic, "--validate", "int(json.seq) % 1000 != 77")
	j := b.doit(t, topic, "--count", "5000", "--group", group, "--value", `{"seq":{{seq}}}`)
	j.want(t, "rejected")
	refused := numbers(77, 5000, 1000)
	j.wantRanges(t, "rejected", j.RejectedRanges, refused)
	if j.Once != 5000-int64(len(refused)) || j.Missing != 0 || j.Duplicated != 0 || !j.Final {
		t.Errorf("miscounted: %s", j.short())
	}
	var letters []int64
	for _, p := range scan(t, b.client(t), topic+".dlq", j.Run) {
		letters = append(letters, p.seq)
	}
	slices.Sort(letters)
	if !slices.Equal(letters, refused) {
		t.Errorf("in the dead letters are %v, want %v", letters, refused)
	}
}

func TestAGroupWithoutMembersStalls(t *testing.T) {
	b := startBackend(t)
	a, _ := b.sent(t, 100, 1)
	j := b.await(t, a.run, "the run stalls", func(j judgement) bool { return j.Verdict != "in flight" })
	j.want(t, "stalled")
	if want := "no member in group " + a.group; j.Cause != want || j.Stored != 100 || j.Waiting != 100 {
		t.Errorf("the cause is %q, want %q; %s", j.Cause, want, j.short())
	}
}

func TestAGroupThatIsNotSubscribedStalls(t *testing.T) {
	b := startBackend(t)
	group := unique(t, "group")
	b.consumer(t, group, "one", b.topic(t, 1))
	run, _ := b.sending(t, b.topic(t, 1), "--count", "10", "--group", group, "--stall-after", "2s")
	j := b.await(t, run, "the run stalls", func(j judgement) bool { return j.Verdict == "stalled" })
	if want := "group " + group + " is not subscribed to"; len(j.Cause) < len(want) || j.Cause[:len(want)] != want {
		t.Errorf("the cause is %q", j.Cause)
	}
}
