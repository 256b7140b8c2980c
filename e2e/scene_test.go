package e2e

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// sending starts a run in the background and returns its id as soon as it is registered.
func (b backend) sending(t *testing.T, topic string, args ...string) (string, *process) {
	t.Helper()
	p := b.home.start(t, "krapp", append([]string{"doit", topic, "-o", "json"}, args...)...)
	var id string
	eventually(t, "the run is registered", func() bool {
		for line := range strings.Lines(p.log.String()) {
			if run, is := strings.CutPrefix(line, "run "); is && strings.HasSuffix(run, "\n") {
				id = strings.TrimSpace(run)
			}
		}
		if id == "" && p.ended() {
			t.Fatalf("krapp doit ended with exit code %d before it registered a run\n%s", p.ProcessState.ExitCode(), p.log)
		}
		return id != ""
	})
	return id, p
}

// await asks new processes about a run until what they say holds, and returns that judgement.
func (b backend) await(t *testing.T, run, what string, holds func(judgement) bool) judgement {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		j := b.isdone(t, run)
		if holds(j) {
			return j
		}
		if time.Now().After(deadline) {
			t.Fatalf("never: %s; last: %s", what, j.short())
		}
	}
}

// short says of a judgement what a failed test needs to show.
func (j judgement) short() string {
	return fmt.Sprintf("%s (final %v): %s cause %q, count %d sent %d stored %d possibly %d failed %d once %d duplicated %d rejected %d missing %d waiting %d, "+
		"missing %v duplicated %v rejected %v, notes %q", j.Verdict, j.Final, j.Said, j.Cause, j.Count, j.Sent, j.Stored, j.PossiblyStored, j.Failed,
		j.Once, j.Duplicated, j.Rejected, j.Missing, j.Waiting, few(j.MissingRanges), few(j.DuplicatedRanges), few(j.RejectedRanges), j.Notes)
}

func few(ranges []seqs) []seqs { return ranges[:min(5, len(ranges))] }

// want fails the test unless a judgement has this verdict.
func (j judgement) want(t *testing.T, verdict string) {
	t.Helper()
	if j.Verdict != verdict {
		t.Fatalf("the verdict is not %s but %s", verdict, j.short())
	}
}

// wantOnce fails the test unless the run is done and each of its messages is counted exactly once.
func (j judgement) wantOnce(t *testing.T, count int64) {
	t.Helper()
	j.want(t, "done")
	if j.Count != count || j.Stored != count || j.Once != count || j.Processed != count || j.Duplicated+j.Rejected+j.Missing+j.Failed+j.PossiblyStored != 0 {
		t.Fatalf("not %d messages exactly once: %s", count, j.short())
	}
}

// wantRanges fails the test unless ranges hold exactly the numbers.
func (j judgement) wantRanges(t *testing.T, what string, got []seqs, numbers []int64) {
	t.Helper()
	if want := rangesOf(numbers); !reflect.DeepEqual(got, want) {
		t.Fatalf("%s ranges are %v, want %v\n%s", what, few(got), few(want), j.short())
	}
}

// rangesOf makes ranges of numbers in any order; one that comes twice counts once.
func rangesOf(numbers []int64) []seqs {
	numbers = slices.Clone(numbers)
	slices.Sort(numbers)
	out := []seqs{}
	for _, n := range slices.Compact(numbers) {
		if last := len(out) - 1; last >= 0 && out[last].Last == n-1 {
			out[last].Last = n
			continue
		}
		out = append(out, seqs{n, n})
	}
	return out
}

// numbers lists first, first+step … below end.
func numbers(first, end, step int64) []int64 {
	var out []int64
	for n := first; n < end; n += step {
		out = append(out, n)
	}
	return out
}

// seqOf is the sequence number in a record's headers; -1 when it is none of the run's.
func seqOf(r *kafkaops.Record, run string) int64 {
	if id, _ := r.Header("krapp-run"); string(id) != run {
		return -1
	}
	seq, _ := r.Header("krapp-seq")
	n, err := strconv.ParseInt(string(seq), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// place is where one of a run's messages is stored.
type place struct {
	seq, offset int64
	partition   int32
}

// scan is the test's own count of a run's messages in a topic, as a read-committed reader finds them.
func scan(t *testing.T, c *rdkafka.Client, topic, run string) []place {
	t.Helper()
	ends, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	var found []place
	_, err = c.ScanRecords(t.Context(), ends.Starts(), ends.Ends(), kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			r := &records[i]
			if n := seqOf(r, run); n >= 0 {
				found = append(found, place{n, r.Offset, r.Partition})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantEachOnce fails the test unless a topic holds each of the first count messages exactly once.
func wantEachOnce(t *testing.T, c *rdkafka.Client, topic, run string, count int64) {
	t.Helper()
	found := scan(t, c, topic, run)
	all := make([]int64, len(found))
	for i, p := range found {
		all[i] = p.seq
	}
	if int64(len(all)) != count || !reflect.DeepEqual(rangesOf(all), []seqs{{0, count - 1}}) {
		t.Fatalf("%s holds %d messages of the run, in ranges %v, want each of %d once", topic, len(all), few(rangesOf(all)), count)
	}
}

// commit is a group that commits: all of a topic, or up to the given offsets.
func commit(t *testing.T, c *rdkafka.Client, group, topic string, upTo kafkaops.Offsets) {
	t.Helper()
	if upTo == nil {
		ends, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
		if err != nil {
			t.Fatal(err)
		}
		upTo = ends.Ends()
	}
	if err := c.AlterOffsets(t.Context(), group, upTo); err != nil {
		t.Fatal(err)
	}
}

// produced fails the test unless every record was stored.
func produced(ctx context.Context, c *rdkafka.Client, records []kafkaops.Record) error {
	deliveries, err := c.ProduceSync(ctx, records)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Err != nil {
			return d.Err
		}
	}
	return nil
}
