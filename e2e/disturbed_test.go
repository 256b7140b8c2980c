package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestAStoppedMemberStallsBeforeTheRecordItStandsAt(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	topic, group := b.topic(t, 1), unique(t, "group")
	// A session long enough that the group does not notice, which is what makes this stall hard to see.
	w := b.consumer(t, group, "one", topic, "--session-timeout", "45s")
	b.doit(t, topic, "--count", "100", "--group", group).wantOnce(t, 100)
	wantNoLag(t, b, group)
	w.signal(t, syscall.SIGSTOP)

	run, _ := b.sending(t, topic, "--count", "50", "--group", group, "--stall-after", "2s")
	j := b.await(t, run, "the run stalls", func(j judgement) bool { return j.Verdict == "stalled" && j.Stored == 50 })
	places := scan(t, c, topic, run)
	if !strings.Contains(j.Cause, "is assigned but not moving") || j.StuckAt == nil {
		t.Fatalf("no record is named: %s", j.short())
	}
	if want := (at{0, 0, places[0].offset}); *j.StuckAt != want || places[0].seq != 0 {
		t.Errorf("it stands before %+v, want %+v", *j.StuckAt, want)
	}

	w.signal(t, syscall.SIGCONT)
	b.await(t, run, "the member goes on", func(j judgement) bool { return j.Verdict == "done" }).wantOnce(t, 50)
}

// running starts a paced run of which some is stored and processed, so that things can happen in its midst.
func running(t *testing.T, b backend, topic, group string, args ...string) (string, *process) {
	t.Helper()
	run, doit := b.sending(t, topic, append([]string{
		"--group", group, "--stall-after", "6s", "--wait", "--timeout", "1m",
	}, args...)...)
	b.await(t, run, "some of the run is processed", func(j judgement) bool { return j.Processed > 100 })
	return run, doit
}

// judged is what doit said in the end.
func (p *process) judged(t *testing.T) judgement {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%s does not end\n%s", p.name, p.log)
	}
	return decode(t, result{p.ProcessState.ExitCode(), p.out.String(), p.log.String()})
}

func TestATopicThatIsDeletedMidRunFailsAndStaysDeleted(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	topic, group := b.topic(t, 2), unique(t, "group")
	b.consumer(t, group, "one", topic)
	run, doit := running(t, b, topic, group, "--count", "50000", "--rate", "1000")
	if err := c.DeleteTopics(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	j := doit.judged(t)
	j.want(t, "failed")
	if !strings.Contains(j.Cause, "was deleted") || !strings.Contains(j.Said, topic) || doit.ProcessState.ExitCode() != 4 {
		t.Errorf("exit code %d, %s", doit.ProcessState.ExitCode(), j.short())
	}
	if j.Processed == 0 || j.Stored < j.Processed || j.Stored >= 50000 {
		t.Errorf("what was stored before is not told: %s", j.short())
	}
	b.isdone(t, run).want(t, "failed")
	wantNoTopic(t, b, topic)
}

// wantNoTopic fails the test if a topic that was deleted is there again.
func wantNoTopic(t *testing.T, b backend, topic string) {
	t.Helper()
	topics, err := b.client(t).DescribeTopics(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	if kafkaops.ClassOf(topics[0].Err) != kafkaops.NotFound {
		t.Errorf("the topic %s is back: %+v", topic, topics[0])
	}
}

func TestATopicThatIsCreatedAgainMidRunFails(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	topic, group := b.topic(t, 2), unique(t, "group")
	b.consumer(t, group, "one", topic)
	_, doit := running(t, b, topic, group, "--count", "50000", "--rate", "1000")
	if err := c.DeleteTopics(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the topic is created again", func() bool {
		err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 2, ReplicationFactor: -1})
		return err == nil
	})
	j := doit.judged(t)
	j.want(t, "failed")
	if !strings.Contains(j.Cause, "another topic ID") || !strings.Contains(j.Said, "created again") {
		t.Errorf("the reason is not told: %s", j.short())
	}
}

func TestPartitionsAddedMidRunChangeNothing(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	topic, group := b.topic(t, 2), unique(t, "group")
	b.consumer(t, group, "one", topic)
	run, doit := running(t, b, topic, group, "--count", "8000", "--rate", "1000", "--key", "{{seq}}")
	if err := c.CreatePartitions(t.Context(), topic, 5); err != nil {
		t.Fatal(err)
	}
	doit.judged(t).wantOnce(t, 8000)
	wantEachOnce(t, c, topic, run, 8000)
	added := 0
	for _, p := range scan(t, c, topic, run) {
		if p.partition >= 2 {
			added++
		}
	}
	if added == 0 {
		t.Error("no message went to the new partitions, so nothing was shown")
	}
}

// Evidence that is gone proves nothing: not that messages were lost either. This test empties krapp.reports, so none runs beside it.
func TestARunWhoseEvidenceExpiredSaysSo(t *testing.T) {
	b := startBackend(t)
	judgedBefore, places := b.sent(t, 100, 1)
	judgedBefore.processed(t, places, 1)
	commit(t, judgedBefore.client, judgedBefore.group, judgedBefore.topic, nil)
	b.isdone(t, judgedBefore.run).wantOnce(t, 100)

	never, places := b.sent(t, 2000, 1)
	never.processed(t, places[:700], 1)
	commit(t, never.client, never.group, never.topic, kafkaops.Offsets{{Topic: never.topic, Partition: 0}: 700})
	if j := b.isdone(t, never.run); j.Once != 700 || j.Missing != 0 || j.Final {
		t.Fatalf("before its evidence expired: %s", j.short())
	}

	ends, err := never.client.TopicExtents(t.Context(), kafkaops.ReadUncommitted, "krapp.reports")
	if err != nil {
		t.Fatal(err)
	}
	if err := never.client.DeleteRecords(t.Context(), ends.Ends()); err != nil {
		t.Fatal(err)
	}
	never.processed(t, places[700:], 2)
	commit(t, never.client, never.group, never.topic, nil)

	for _, args := range [][]string{nil, {"--verify"}} {
		j := b.isdone(t, never.run, args...)
		j.want(t, "expired")
		if !strings.Contains(j.Said, "expired") || !strings.Contains(j.Cause, "krapp.reports") || j.Missing != 0 {
			t.Errorf("isdone %v: %s", args, j.short())
		}
	}
	b.isdone(t, judgedBefore.run).wantOnce(t, 100) // a verdict that was final outlives its evidence
}
