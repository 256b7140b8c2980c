package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// wantTruth fails the test unless what is judged is what the test counts in the topic itself: m of n messages stored, each once, and all of
// them processed once. It returns m.
func wantTruth(t *testing.T, c *rdkafka.Client, topic string, j judgement) int64 {
	t.Helper()
	places := scan(t, c, topic, j.Run)
	seqs := make([]int64, len(places))
	for i, p := range places {
		seqs[i] = p.seq
	}
	distinct := int64(len(flatten(rangesOf(seqs))))
	if distinct != int64(len(places)) {
		t.Errorf("%d of %d messages in the topic are there twice", int64(len(places))-distinct, len(places))
	}
	if j.Stored != distinct || j.Sent < j.Stored || j.Once != distinct || j.Duplicated+j.Missing+j.Rejected+j.Failed+j.Waiting != 0 {
		t.Errorf("the topic holds %d messages of the run; judged: %s", distinct, j.short())
	}
	if distinct == 0 || distinct >= j.Count {
		t.Errorf("%d of %d messages were stored when the sender was killed, so nothing is shown", distinct, j.Count)
	}
	return distinct
}

func TestAKilledSenderIsToldOf(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	for name, args := range map[string][]string{
		"paced":         {"--count", "100000", "--rate", "4000"},
		"at full speed": {"--count", "20000000"},
	} {
		t.Run(name, func(t *testing.T) {
			topic, group := b.topic(t, 3), unique(t, "group")
			b.consumer(t, group, "one", topic)
			run, doit := b.sending(t, topic, append(args, "--group", group, "--stall-after", "3s")...)
			b.await(t, run, "some of the run is processed", func(j judgement) bool { return j.Processed > 5000 })
			doit.kill(t)

			if j := b.isdone(t, run); j.Final || j.Verdict != "sending" && j.Verdict != "stalled" {
				t.Errorf("right after the kill: %s", j.short())
			}
			j := b.await(t, run, "the sender is missed, and all it stored is processed", func(j judgement) bool {
				return j.Verdict == "stalled" && j.Waiting == 0
			})
			stored := wantTruth(t, c, topic, j)
			if want := fmt.Sprintf("%s of %s messages stored", grouped(stored), grouped(j.Count)); !strings.Contains(j.Said, want) || j.Cause != "the sender is gone" {
				t.Errorf("want %q because the sender is gone: %s", want, j.short())
			}
			b.isdone(t, run, "--verify").want(t, "stalled")
		})
	}
}

// grouped writes a number as sentences have it.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func TestAKilledProduceWorkerIsToldOfAndItsSuccessorGoesOn(t *testing.T) {
	b := startBackend(t)
	if !b.real {
		t.Skip("exactly once under kills is promised on real Kafka only")
	}
	c := b.client(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	b.consumer(t, group, "one", topic)
	start := func() workerProcess {
		return b.worker(t, "produce", "--slot", "sender", "--worker", "sender", "--session-timeout", "6s", "--topics", topic)
	}
	sender := start()
	const count = 120_000
	run, _ := b.sending(t, topic, "--workers", "--count", fmt.Sprint(count), "--rate", "8000", "--group", group, "--stall-after", "3s")
	b.await(t, run, "some of the run is processed", func(j judgement) bool { return j.Processed > 10_000 })
	sender.kill(t)
	j := b.await(t, run, "the worker is missed, and all it stored is processed", func(j judgement) bool {
		return j.Verdict == "stalled" && j.Waiting == 0 && j.Cause == "no produce worker takes the work"
	})
	wantTruth(t, c, topic, j)

	// Its successor goes on; it is killed twice in the midst of transactions before one may finish.
	for range 2 {
		before := b.isdone(t, run).Stored
		sender = start()
		b.await(t, run, "the successor goes on", func(j judgement) bool { return j.Stored > before+5000 })
		sender.kill(t)
	}
	start()
	b.await(t, run, "the run is done", func(j judgement) bool { return j.Final }).wantOnce(t, count)
	wantEachOnce(t, c, topic, run, count)
	b.isdone(t, run, "--verify").wantOnce(t, count)
}
