package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// aMatch is a way in which messages are recognised at the other end of somebody's pipeline.
type aMatch struct {
	name        string
	keepHeaders bool
	args        []string
}

func matches() []aMatch {
	return []aMatch{
		{"by headers that are kept", true, nil},
		{"by key", false, []string{"--key", "order-{{id}}", "--id", "key"}},
		{"by a JSON path", false, []string{"--value", `{"order":{"total":{{randInt 1 99}},"id":"{{id}}"}}`, "--id", "value.order.id"}},
	}
}

// piped is how many messages go through each pipeline; the application makes its mistakes with one in a thousand.
const piped = 5000

func oneInAThousand(copies int) func(int) int {
	return func(n int) int {
		if n%1000 == 500 {
			return copies
		}
		return 1
	}
}

func TestPipelinesOfOthers(t *testing.T) {
	b := startBackend(t)
	for _, m := range matches() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct {
				name   string
				copies func(int) int
				judged func(t *testing.T, b backend, app *copier, args []string)
			}{
				{"right", nil, pipelineIsRight},
				{"drops one in a thousand", oneInAThousand(0), pipelineDrops},
				{"repeats one in a thousand", oneInAThousand(2), pipelineRepeats},
			} {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					app := &copier{from: b.topic(t, 3), to: b.topic(t, 4), keepHeaders: m.keepHeaders, copies: c.copies}
					app.start(t, b)
					c.judged(t, b, app, append([]string{"--count", strconv.Itoa(piped), "--until-topic", app.to, "--grace", "3s"}, m.args...))
				})
			}
		})
	}
}

func pipelineIsRight(t *testing.T, b backend, app *copier, args []string) {
	j := b.doit(t, app.from, args...)
	j.wantOnce(t, piped)
	if app.keepHeaders {
		wantEachOnce(t, b.client(t), app.to, j.Run, piped)
	}
}

func pipelineDrops(t *testing.T, b backend, app *copier, args []string) {
	run, _ := b.sending(t, app.from, args...)
	dropped := app.mistakes(t, run, piped)
	if len(dropped) != piped/1000 {
		t.Fatalf("the application dropped %d messages", len(dropped))
	}
	j := b.await(t, run, "all others have arrived and the grace is over", func(j judgement) bool {
		return j.Stored == piped && j.Waiting == 0
	})
	j.want(t, "missing")
	j.wantRanges(t, "missing", j.MissingRanges, dropped)
	if j.Missing != int64(len(dropped)) || j.Once != piped-j.Missing || j.Duplicated != 0 {
		t.Errorf("miscounted: %s", j.short())
	}
}

func pipelineRepeats(t *testing.T, b backend, app *copier, args []string) {
	j := b.doit(t, app.from, args...)
	j.want(t, "duplicated")
	repeated := app.mistakes(t, j.Run, piped)
	if len(repeated) != piped/1000 {
		t.Fatalf("the application repeated %d messages", len(repeated))
	}
	j.wantRanges(t, "duplicated", j.DuplicatedRanges, repeated)
	if j.Duplicated != int64(len(repeated)) || j.Once != piped-j.Duplicated || j.Missing != 0 {
		t.Errorf("miscounted: %s", j.short())
	}
}

func TestAMessageThatArrivesLateIsNoLongerMissing(t *testing.T) {
	b := startBackend(t)
	app := &copier{from: b.topic(t, 1), to: b.topic(t, 1), keepHeaders: true, copies: func(n int) int {
		if n == 7 {
			return 0
		}
		return 1
	}}
	app.start(t, b)
	run, _ := b.sending(t, app.from, "--count", "10", "--until-topic", app.to, "--grace", "1s")
	late := app.mistakes(t, run, 10)
	j := b.await(t, run, "one is missing", func(j judgement) bool { return j.Verdict == "missing" && j.Waiting == 0 })
	j.wantRanges(t, "missing", j.MissingRanges, late)

	held := app.touched[0]
	held.Topic = app.to
	if err := produced(t.Context(), b.client(t), []kafkaops.Record{held}); err != nil {
		t.Fatal(err)
	}
	b.isdone(t, run).wantOnce(t, 10)
}

func TestAForeignGroupIsJudgedByWhatItCommitted(t *testing.T) {
	b := startBackend(t)
	c := b.client(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	run, doit := b.sending(t, topic, "--count", "3000", "--group", group, "--committed", "--stall-after", "2s", "--key", "{{seq}}")
	<-doit.done

	// The group has passed a part of one partition: exactly those messages are committed.
	half := kafkaops.Offsets{{Topic: topic, Partition: 0}: 400, {Topic: topic, Partition: 1}: 0}
	commit(t, c, group, topic, half)
	var passed int64
	for _, p := range scan(t, c, topic, run) {
		if p.partition == 0 && p.offset < 400 {
			passed++
		}
	}
	j := b.await(t, run, "what is behind the commit is counted", func(j judgement) bool { return j.Processed > 0 })
	if j.Processed != passed || passed == 0 || j.Verdict == "done" || j.Missing != 0 {
		t.Fatalf("%d messages are behind the commit; judged: %s", passed, j.short())
	}
	wantCommitted(t, j)

	commit(t, c, group, topic, nil)
	j = b.isdone(t, run)
	j.wantOnce(t, 3000)
	wantCommitted(t, j)
	if j = b.isdone(t, run); j.Verdict != "done" { // the verdict that was kept
		t.Errorf("asked again: %s", j.short())
	}
	wantCommitted(t, j)
}

// wantCommitted fails the test if a judgement says more than a commit proves.
func wantCommitted(t *testing.T, j judgement) {
	t.Helper()
	if !strings.Contains(j.Said, "committed") || strings.Contains(j.Said+j.Cause, "processed") {
		t.Errorf("of what was committed it is said: %q, %q", j.Said, j.Cause)
	}
}
