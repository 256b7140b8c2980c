package compute

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/job"
)

func TestWatermarksMakeTheRoundTrip(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(2024, 5, 1, 9, 30, 12, 123456789, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)} {
		note := encodeWatermark(at)
		if err := kafkaops.CheckNote("noting", "", note); err != nil {
			t.Error(err)
		}
		if got, err := decodeWatermark(note); err != nil || !got.Equal(at) {
			t.Errorf("%s comes back as %s (%v)", at, got, err)
		}
	}
	for _, note := range []string{" ", "1", "1 ", "2 5", "1 -5", "1 05", "1 5 ", "1 99999999999999999999", "17", "done"} {
		if at, err := decodeWatermark(note); kafkaops.ClassOf(err) != kafkaops.Invalid || !at.IsZero() {
			t.Errorf("%q is read as %s (%v)", note, at, err)
		}
	}
}

func FuzzDecodeWatermark(f *testing.F) {
	for _, note := range []string{"", "1 0", "1 1714555812123456789", "1 -1", "2 5", "1 05", "\x00"} {
		f.Add(note)
	}
	f.Fuzz(func(t *testing.T, note string) {
		at, err := decodeWatermark(note)
		if err == nil && encodeWatermark(at) != note {
			t.Errorf("%q is read as %s, which is written %q", note, at, encodeWatermark(at))
		}
	})
}

// testPacer has a job of 1000 rows a chunk and 250 ms to gather.
func testPacer(delay time.Duration) *pacer {
	p := newPacer(Options{Job: &job.Job{Chunk: job.ChunkSize{Rows: 1000}}, BatchTime: 250 * time.Millisecond, Delay: delay})
	p.deadShare = 0
	return p
}

func TestLittleIsGatheredAndPlentyIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testPacer(0)
		small := &kafkaops.Record{Value: make([]byte, 1000)}
		wait := func(r *kafkaops.Record) time.Duration {
			due, _ := p.due(r)
			return time.Until(due)
		}
		expect := func(what string, got, want time.Duration) {
			t.Helper()
			if got != want {
				t.Errorf("%s waits %s, want %s", what, got, want)
			}
		}
		expect("the first", wait(small), 250*time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		expect("one soon behind it", wait(small), 150*time.Millisecond)
		time.Sleep(150 * time.Millisecond)
		expect("the next one", wait(small), 250*time.Millisecond)
		expect("plenty", wait(&kafkaops.Record{Value: make([]byte, busyBytes)}), 0)
		time.Sleep(250 * time.Millisecond)
		expect("what comes in the wake of plenty", wait(small), 0)
		time.Sleep(600 * time.Millisecond)
		expect("what comes later", wait(small), 250*time.Millisecond)
	})
}

func TestAWorkerWithADelayDoesOneChunkAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testPacer(100 * time.Millisecond)
		r := &kafkaops.Record{Value: make([]byte, 2*busyBytes)}
		began := time.Now()
		for i := range 3 {
			if due, _ := p.due(r); due.Sub(began) != time.Duration(i+1)*100*time.Millisecond {
				t.Errorf("chunk %d is due after %s", i, due.Sub(began))
			}
		}
		time.Sleep(time.Minute)
		if due, _ := p.due(r); time.Until(due) != 100*time.Millisecond {
			t.Errorf("after a rest one is due in %s", time.Until(due))
		}
	})
}

func TestCostsFollowWhatBecameOfRows(t *testing.T) {
	p := testPacer(0)
	p.deadShare = 1
	r := &kafkaops.Record{Value: make([]byte, 2000)}
	cost := func() int {
		_, c := p.due(r)
		return c
	}
	if got, want := cost(), 1+2000+1000*letterBytes; got != want {
		t.Errorf("nothing known: %d, want %d", got, want)
	}
	for range 20 {
		p.learn(1000, 0)
	}
	if got := cost(); got != 2001 {
		t.Errorf("good rows only: %d, want 2001", got)
	}
	p.learn(1000, 500)
	if got, want := cost(), 2001+500*letterBytes; got != want {
		t.Errorf("every other row is bad: %d, want %d", got, want)
	}
	p.doubt()
	if got, want := cost(), 2001+2000*letterBytes; got != want {
		t.Errorf("after a failure: %d, want %d", got, want)
	}
}

// fakeTopics has topics, and counts what it is asked.
type fakeTopics struct {
	there     map[string]bool
	described int
	created   []kafkaops.NewTopic
	refuse    kafkaops.Class
}

func (f *fakeTopics) DescribeTopics(_ context.Context, names ...string) ([]kafkaops.Topic, error) {
	f.described += len(names)
	var out []kafkaops.Topic
	for _, name := range names {
		topic := kafkaops.Topic{Name: name}
		if !f.there[name] {
			topic.Err = kafkaops.NewError(kafkaops.NotFound, "describing topic", name, "", nil)
		}
		out = append(out, topic)
	}
	return out, nil
}

func (f *fakeTopics) CreateTopics(_ context.Context, topics ...kafkaops.NewTopic) error {
	if f.refuse != "" {
		return kafkaops.NewError(f.refuse, "creating topic", topics[0].Name, "", nil)
	}
	for _, t := range topics {
		f.there[t.Name] = true
	}
	f.created = append(f.created, topics...)
	return nil
}

func testRoutes(t *testing.T, create bool, allow ...string) (*routes, *fakeTopics) {
	t.Helper()
	allowed, err := worker.NewTopics(allow)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeTopics{there: map[string]bool{"all": true}}
	j := &job.Job{Name: "learning", Stream: &job.Stream{Topics: []string{"learning-events"}}}
	return &routes{
		admin: f, allowed: allowed, own: ownTopics(j), create: create, replicas: -1, most: 5, now: time.Now,
		log: slog.New(slog.DiscardHandler), targets: make(map[string]*target),
	}, f
}

func TestNamesThatNothingIsRoutedTo(t *testing.T) {
	r, f := testRoutes(t, true, "all", "class-*", "krapp.*", "learning*")
	for name, want := range map[string]string{
		"all": "", "class-4b": "", "": "can't be", "class-\x00": "can't be", "class-" + strings.Repeat("x", 250): "can't be", "..": "can't be",
		"krapp.runs": "allowlist", "student-ada": "allowlist", "class-4b.dlq": "dead-letter", "learning.results": "own topics",
		"learning-events": "round",
	} {
		to := r.find([]byte(name), 0)
		if err := r.resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if (want == "") != (to.reason == "") || !strings.Contains(to.reason, want) {
			t.Errorf("%.20q: %q, want %q", name, to.reason, want)
		}
	}
	if len(f.created) != 1 || f.created[0].Name != "class-4b" || f.created[0].Partitions != 1 {
		t.Errorf("created %+v", f.created)
	}
}

func TestMissingTopicsAreAskedForAgainAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, f := testRoutes(t, false)
		look := func() string {
			r.begin()
			to := r.find([]byte("new"), 1)
			if err := r.resolve(t.Context()); err != nil {
				t.Fatal(err)
			}
			return to.reason
		}
		if why := look(); !strings.Contains(why, "doesn't make topics") {
			t.Errorf("a topic that isn't there: %q", why)
		}
		f.there["new"] = true
		look()
		if f.described != 1 {
			t.Errorf("asked %d times within a moment", f.described)
		}
		time.Sleep(missingMemory)
		if why := look(); why != "" || f.described != 2 {
			t.Errorf("later: %q, asked %d times", why, f.described)
		}
	})
}

func TestThereIsALimitToHowManyTopics(t *testing.T) {
	for name, create := range map[string]bool{"that are made": true, "that aren't there": false} {
		t.Run(name, func(t *testing.T) {
			r, f := testRoutes(t, create)
			reasons := 0
			for i := range 50 {
				to := r.find(fmt.Appendf(nil, "class-%d", i), 1)
				if err := r.resolve(t.Context()); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(to.reason, "5") && len(r.targets) == 5 && i >= 5 {
					reasons++
				}
			}
			if reasons != 45 || len(r.targets) != 5 || f.described > 10 || len(f.created) > 5 {
				t.Errorf("%d refused, %d remembered, asked for %d, created %d", reasons, len(r.targets), f.described, len(f.created))
			}
			if to := r.find([]byte("class-1"), 1); create != (to.reason == "") {
				t.Errorf("one that is known: %q", to.reason)
			}
		})
	}
}

func TestWhatHappensWhenATopicCantBeMade(t *testing.T) {
	for class, again := range map[kafkaops.Class]bool{
		kafkaops.Unauthorised: false, kafkaops.Invalid: false, kafkaops.Internal: false, kafkaops.TimedOut: true, kafkaops.Unreachable: true,
	} {
		t.Run(string(class), func(t *testing.T) {
			r, f := testRoutes(t, true)
			f.refuse = class
			to := r.find([]byte("new"), 1)
			err := r.resolve(t.Context())
			if again != (err != nil) || again == (to.reason != "") {
				t.Errorf("error %v, reason %q", err, to.reason)
			}
			f.refuse = ""
			if err := r.resolve(t.Context()); err != nil || again && (!f.there["new"] || to.reason != "") {
				t.Errorf("when it works again: %v, %q", err, to.reason)
			}
		})
	}
}

func TestDeletedTopicsAreFoundMissingWhenABatchComesAgain(t *testing.T) {
	r, f := testRoutes(t, false)
	to := r.find([]byte("all"), 1)
	if err := r.resolve(t.Context()); err != nil || to.reason != "" {
		t.Fatalf("%v, %q", err, to.reason)
	}
	delete(f.there, "all")
	r.doubt()
	if to = r.find([]byte("all"), 1); r.resolve(t.Context()) != nil || to.reason == "" {
		t.Errorf("it goes on being written to: %+v", to)
	}
}

func TestNewRefuses(t *testing.T) {
	c := kafkatest.Client(t)
	j, err := job.Load("census")
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no client":        {Job: j},
		"no job":           {Client: c},
		"a negative delay": {Client: c, Job: j, Delay: -1},
		"an unknown place": {Client: c, Job: j, WriteTo: "disk"},
		"nowhere to print": {Client: c, Job: j, WriteTo: Stdout},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
				t.Errorf("%v, hint %q", err, kafkaops.HintOf(err))
			}
		})
	}
}
