package compute

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
)

// learning is the example, with the topic that it reads.
func learning(t testing.TB, c *rdkafka.Client, partitions int) *job.Job {
	t.Helper()
	j, err := job.Load("../../examples/learning.yaml")
	if err != nil {
		t.Fatal(err)
	}
	create(t, c, partitions, j.Stream.Topics...)
	return j
}

var morning = time.Date(2024, 5, 1, 9, 30, 0, 0, time.UTC)

// event is a learning event so many seconds into the morning.
func event(second int, student, class string, correct bool) kafkaops.Record {
	return kafkaops.Record{
		Topic: "learning-events", Partition: 0, Key: []byte(student), Headers: []kafkaops.Header{{Key: "from", Value: []byte("test")}},
		Value: fmt.Appendf(nil, `{"at": %q, "student": %q, "class": %q, "correct": %v, "seconds": 400}`,
			morning.Add(time.Duration(second)*time.Second).Format(time.RFC3339), student, class, correct),
	}
}

// minute is the key of a class and minute in sums.
func minute(class string, n int) string {
	return class + "/" + morning.Add(time.Duration(n)*time.Minute).Format(time.RFC3339)
}

func awaitRows(t *testing.T, r *running, n int64) {
	t.Helper()
	await(t, fmt.Sprintf("%d rows are committed", n), func() bool { return r.role.processor.totals().rows >= n })
}

func TestEventsAreRoutedAndCountedInWindows(t *testing.T) {
	c := kafkatest.Client(t)
	j := learning(t, c, 3)
	create(t, c, 1, "all")
	r := start(t, Options{Client: c, Job: j, Worker: "w1", CreateTopics: true, Allow: []string{"student-*", "classroom-*", "all", "needs-help"}})
	want := map[string]int64{}
	routed := map[string]int{}
	var recs []kafkaops.Record
	for i := range 90 {
		student, class := fmt.Sprintf("s%d", i%7), fmt.Sprintf("c%d", i%3)
		e := event(i*2, student, class, i%5 != 0)
		e.Partition = int32(i % 3)
		recs = append(recs, e)
		want[minute(class, i*2/60)]++
		for _, to := range []string{"student-" + student, "classroom-" + class, "all"} {
			routed[to]++
		}
		if i%5 == 0 {
			routed["needs-help"]++
		}
	}
	recs = append(recs, kafkaops.Record{Topic: "learning-events", Value: []byte(`{"at": "2024-05-01T09:30:00Z", "student": null}`)}, // left out
		kafkaops.Record{Topic: "learning-events", Key: []byte("k"), Value: []byte(`{broken`)})
	kafkatest.Send(t, c, recs...)
	awaitRows(t, r, 92)
	got := summed(t, c, j)
	if !maps.Equal(got.groups, want) || got.counts.Dead != 1 || got.counts.LeftOut != 1 || got.counts.Late != 0 {
		t.Errorf("sums %+v, want %v", got, want)
	}
	for topic, n := range routed {
		recs := all(t, c, topic)
		if len(recs) != n {
			t.Errorf("%d records in %s, want %d", len(recs), topic, n)
		}
		for _, r := range recs {
			if from, _ := r.Header("from"); string(from) != "test" || len(r.Headers) != 1 || len(r.Key) == 0 || !strings.Contains(string(r.Value), string(r.Key)) {
				t.Errorf("in %s: %+v", topic, r)
			}
		}
	}
	if dead := all(t, c, "learning-events.dlq"); len(dead) != 1 || string(dead[0].Value) != "{broken" || string(dead[0].Key) != "k" {
		t.Errorf("dead letters %+v", dead)
	}
	if n := r.role.processor.totals(); n.routed != 3*90+18 || n.unroutable != 0 {
		t.Errorf("totals %+v", n)
	}
}

func TestWhatIsLateStaysLateAfterARestart(t *testing.T) {
	c := kafkatest.Client(t)
	j := learning(t, c, 1)
	o := Options{Client: c, Job: j, Worker: "w1", CreateTopics: true}
	r := start(t, o)
	kafkatest.Send(t, c, event(10, "ada", "4b", true), event(200, "ada", "4b", true)) // the first minute and its lateness end at 90
	awaitRows(t, r, 2)
	r.stop()
	kafkatest.Send(t, c, event(20, "bob", "4b", true), event(115, "bob", "4b", true), event(185, "bob", "4b", true))
	o.Worker, o.Slot = "w2", "w2"
	r = start(t, o)
	awaitRows(t, r, 3)
	got := summed(t, c, j)
	want := map[string]int64{minute("4b", 0): 1, minute("4b", 3): 2}
	if got.counts.Late != 2 || !maps.Equal(got.groups, want) {
		t.Errorf("after the restart %d are late, groups %v; want 2, %v", got.counts.Late, got.groups, want)
	}
	if n := len(all(t, c, "student-bob")); n != 3 {
		t.Errorf("%d of bob's 3 events are routed: late ones go where they would have gone", n)
	}
	if n := len(all(t, c, "learning-events.dlq")); n != 0 {
		t.Errorf("%d dead letters: to be late is not to be broken", n)
	}
}

func TestABatchThatComesAgainFindsTheSameEventsLate(t *testing.T) {
	c := kafkatest.Client(t)
	j := learning(t, c, 1)
	kafkatest.Send(t, c, event(10, "ada", "4b", true), event(200, "ada", "4b", true), event(15, "ada", "4b", true))
	r := start(t, Options{Client: c, Job: j, Worker: "w1", CreateTopics: true, wrap: flaky})
	awaitRows(t, r, 3)
	want := map[string]int64{minute("4b", 0): 1, minute("4b", 3): 1}
	if got := summed(t, c, j); got.counts.Late != 1 || !maps.Equal(got.groups, want) {
		t.Errorf("%d are late, groups %v; want 1, %v", got.counts.Late, got.groups, want)
	}
	if r.role.State().Aborts == 0 {
		t.Error("no batch failed: this has shown nothing")
	}
}

func TestHoppingWindowsAndBatchesThatFail(t *testing.T) {
	c := kafkatest.Client(t)
	j := learning(t, c, 1)
	hopping := *j
	hopping.Window = &job.Window{Size: 2 * time.Minute, Every: time.Minute, Lateness: time.Hour}
	r := start(t, Options{Client: c, Job: &hopping, Worker: "w1", CreateTopics: true, wrap: flaky})
	var recs []kafkaops.Record
	want := map[string]int64{}
	for i := range 40 {
		recs = append(recs, event(i*5, "ada", "4b", true))
		want[minute("4b", i*5/60)]++
		want[minute("4b", i*5/60-1)]++
	}
	for first := 0; first < len(recs); first += 10 {
		kafkatest.Send(t, c, recs[first:first+10]...)
		awaitRows(t, r, int64(first+10))
	}
	if got := summed(t, c, &hopping); !maps.Equal(got.groups, want) {
		t.Errorf("groups %v, want %v", got.groups, want)
	}
	if n := len(all(t, c, "all")); n != 40 {
		t.Errorf("%d records are routed, want 40", n)
	}
	if r.role.State().Aborts < 4 {
		t.Errorf("%d batches failed: this has shown little", r.role.State().Aborts)
	}
}

func TestRecordsThatCantBeRoutedAreDeadLetters(t *testing.T) {
	c := kafkatest.Client(t)
	j := learning(t, c, 1)
	create(t, c, 1, "all", "classroom-4b")
	r := start(t, Options{Client: c, Job: j, Worker: "w1", Allow: []string{"all", "classroom-*", "student-*"}})
	long := event(4, "dan", "4b", true)
	long.Value = append(long.Value[:len(long.Value)-1:len(long.Value)-1], fmt.Sprintf(`, "note": %q}`, strings.Repeat("x", 500))...)
	kafkatest.Send(t, c, event(1, "a b", "4b", true), event(2, "ada", "4b", true), event(3, "eve", "../x", false), long)
	awaitRows(t, r, 4)
	got := map[string]string{}
	for _, l := range all(t, c, "learning-events.dlq") {
		why, _ := l.Header(deadletter.ErrorHeader)
		got[string(l.Key)] = string(why)
	}
	for student, reasons := range map[string][]string{
		"a b": {`"student-a b" can't be the name of a topic`}, "ada": {`topic "student-ada": it is not there`},
		"eve": {`"classroom-../x" can't be`, `"student-eve": it is not there`, `"needs-help" is not on this worker's allowlist`},
		"dan": {`"student-dan"`},
	} {
		for _, reason := range reasons {
			if !strings.Contains(got[student], reason) {
				t.Errorf("%s: %q doesn't say %q", student, got[student], reason)
			}
		}
	}
	if n := len(got); n != 4 {
		t.Errorf("%d dead letters: %v", n, got)
	}
	if n := len(all(t, c, "all")); n != 4 {
		t.Errorf("%d records in all: a record goes to those of its topics that it can go to", n)
	}
	if n := summed(t, c, j).counts; n.Dead != 0 || n.Rows != 4 {
		t.Errorf("counts %+v: what can't be routed is counted all the same", n)
	}
}
