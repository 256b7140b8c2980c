package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// The mistakes that a command alone can tell are in cmd/krapp's tests. Here are those that take a cluster, and what must not be left behind.

// left is what a mistake could leave behind: topics, and runs with their verdicts' names left out.
func left(t *testing.T, b backend) (topics, runs []string) {
	t.Helper()
	described, err := b.client(t).ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range described {
		if !topic.Internal && !strings.HasPrefix(topic.Name, "__") { // the brokers make those when a group is first asked for
			topics = append(topics, topic.Name)
		}
	}
	r := b.home.krapp(t, "isdone", "--all")
	for line := range strings.Lines(r.out) {
		runs = append(runs, strings.Fields(line + " -")[0])
	}
	return topics, runs
}

func TestBadInputEndsWithWhatToTryAndNothingHalfDone(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	b.home.must(t, "doit", topic, "--count", "1") // so that krapp's own topics are there
	topics, runs := left(t, b)
	for _, tt := range []struct {
		name string
		args []string
		says []string // what, on what, why or what to try; "a|b" means one of them
	}{
		{"a run on an unknown topic", []string{"doit", "no-such-topic"}, []string{"no-such-topic", "does not exist|unknown|not found|no such", "create"}},
		{"a run awaited in an unknown topic", []string{"doit", topic, "--until-topic", "no-such-topic"}, []string{"no-such-topic", "create the output topic"}},
		{"an unknown run", []string{"isdone", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV", "no such run", "krapp isdone"}},
		{"no messages", []string{"doit", "new-topic", "--create", "--count", "0"}, []string{"count is 0", "one message"}},
		{"a template that does not parse", []string{"doit", "new-topic", "--create", "--value", "{{nope"}, []string{"template", "}}"}},
		{"a file that is missing", []string{"doit", "new-topic", "--create", "--file", "missing"}, []string{"missing", "no such file"}},
		{"an id that no message has", []string{"doit", "new-topic", "--create", "--until-topic", topic, "--id", "value.order.id"}, []string{"value.order.id", "{{id}}"}},
		{"more replicas than brokers", []string{"topics", "create", "new-topic", "--replication-factor", "9"}, []string{"new-topic", "replica"}},
		{"a configuration that is none", []string{"topics", "create", "new-topic", "--set", "no.such.setting=1"}, []string{"new-topic", "no.such.setting"}},
		{"a partition that is none", []string{"produce", topic, "--value", "x", "--partition", "99"}, []string{topic, "partition"}},
		{"a group that is none", []string{"groups", "describe", "no-such-group"}, []string{"no-such-group", "groups list"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.name, "configuration") && !b.real {
				t.Skip("a difference between the backends: the embedded broker takes any configuration of a topic")
			}
			r := b.home.krapp(t, tt.args...)
			if r.code != 1 && r.code != 2 {
				t.Errorf("exit code %d", r.code)
			}
			lines := strings.Split(strings.TrimRight(r.errors, "\n"), "\n")
			if n := len(lines); n < 2 || !strings.HasPrefix(lines[n-2], "krapp: ") || !strings.HasPrefix(lines[n-1], "  ") {
				t.Errorf("it does not end in a mistake and what to try")
			}
			for _, one := range tt.says {
				if !slices.ContainsFunc(strings.Split(one, "|"), func(s string) bool { return strings.Contains(strings.ToLower(r.errors), strings.ToLower(s)) }) {
					t.Errorf("it does not say %q", one)
				}
			}
			if t.Failed() {
				t.Logf("it said:\n%s%s", r.out, r.errors)
			}
		})
	}
	afterTopics, afterRuns := left(t, b)
	if !slices.Equal(topics, afterTopics) || !slices.Equal(runs, afterRuns) {
		t.Errorf("left behind: topics %v, before %v; runs %v, before %v", afterTopics, topics, afterRuns, runs)
	}
}

func TestCorruptRecordsAreSkippedCountedAndShown(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 1), unique(t, "group")
	b.consumer(t, group, "one", topic)
	run, doit := b.sending(t, topic, "--count", "3000", "--rate", "1000", "--group", group, "--wait", "--timeout", patience.String())
	b.await(t, run, "the run is under way", func(j judgement) bool { return j.Processed > 0 })
	var corrupt []kafkaops.Record
	for _, value := range []string{"", "\x00", "\x01d\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "{", `{"v":99}`, `{"v":1,"kind":"done","run":"` + run + `","seqs":[[5,1]]}`, "\xff\xfe garbage"} {
		corrupt = append(corrupt,
			kafkaops.Record{Topic: "krapp.runs", Partition: 0, Key: []byte(run), Value: []byte(value)},
			kafkaops.Record{Topic: "krapp.runs", Partition: 0, Key: []byte(run + "/verdict"), Value: []byte(value)},
			kafkaops.Record{Topic: "krapp.runs", Partition: 0, Key: []byte(run + "/sender/nobody"), Value: []byte(value)},
			kafkaops.Record{Topic: "krapp.runs", Partition: 0, Key: []byte("not/a/key/of/ours"), Value: []byte(value)},
			kafkaops.Record{Topic: "krapp.reports", Partition: kafkaops.AnyPartition, Key: []byte("somebody's"), Value: []byte(value)},
		)
	}
	if err := produced(t.Context(), b.client(t), corrupt); err != nil {
		t.Fatal(err)
	}
	doit.judged(t).wantOnce(t, 3000)
	j := b.isdone(t, run, "--verify")
	j.wantOnce(t, 3000)
	for _, where := range []string{"damaged records in krapp.runs were skipped", "damaged records in krapp.reports were skipped"} {
		if !slices.ContainsFunc(j.Notes, func(n string) bool { return strings.Contains(n, where) }) {
			t.Errorf("%q is not noted: %q", where, j.Notes)
		}
	}
}

// A report under the run's own key that can't be read may have been proof of what was processed: no loss can be claimed any more.
func TestACorruptReportOfTheRunItselfIsNeverLoss(t *testing.T) {
	b := startBackend(t)
	a, places := b.sent(t, 100, 1)
	a.processed(t, places[:50], 1)
	a.write(t, []kafkaops.Record{{Topic: "krapp.reports", Partition: kafkaops.AnyPartition, Key: []byte(a.run), Value: []byte("{ broken")}})
	commit(t, a.client, a.group, a.topic, nil)
	j := b.isdone(t, a.run)
	j.want(t, "expired")
	if !strings.Contains(j.Cause, "damaged") || j.Once != 50 {
		t.Errorf("the damage is not told: %s", j.short())
	}
}

func TestAWorkerDoesNotSendToATopicOutsideItsAllowlist(t *testing.T) {
	b := startBackend(t)
	allowed, other := b.topic(t, 1), b.topic(t, 1)
	b.worker(t, "produce", "--slot", "sender", "--topics", allowed)
	run, _ := b.sending(t, other, "--workers", "--count", "10", "--stall-after", "3s", "--group", unique(t, "group"))
	j := b.await(t, run, "the run is refused", func(j judgement) bool { return j.Verdict != "sending" })
	if j.Verdict != "failed" && j.Verdict != "stalled" || j.Stored != 0 || !strings.Contains(j.Cause+j.Said, "allow") && !strings.Contains(j.Cause, other) {
		t.Errorf("the refusal is not told: %s", j.short())
	}
	if places := scan(t, b.client(t), other, run); len(places) != 0 {
		t.Errorf("%d messages were sent to a topic that is not allowed", len(places))
	}
}
