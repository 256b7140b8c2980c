package materialise

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/worker/job"
)

func TestTwoFollowersGiveTheSameAnswerToTheByte(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	early := New(c, j, Options{})
	run(t, early)
	for _, id := range []string{"2019-jan", "2020-jan", "2021-jan"} {
		commit(t, c, source(t, j, id, 40, 7)...)
	}
	late := New(c, j, Options{})
	run(t, late)
	a, b := caughtUp(t, early), caughtUp(t, late)
	if string(a.Results) != string(b.Results) || a.Completeness.Sentence != b.Completeness.Sentence {
		t.Errorf("early: %s\n%s\nlate: %s\n%s", a.Results, a.Completeness.Sentence, b.Results, b.Completeness.Sentence)
	}
	if !a.Completeness.Complete || a.Completeness.Rows != 3*40*7 || len(a.Groups) != 36 || len(a.Sources) != 3 || a.Verdict() != Complete || !a.Settled() {
		t.Errorf("%s: %d rows, %d groups, %d sources, %s", a.Completeness.Sentence, a.Completeness.Rows, len(a.Groups), len(a.Sources), a.Verdict())
	}
	if a.Groups[0].Key[0] != "2019" || a.Groups[0].Labels[1] != "OTHER UNIT" || a.Groups[0].Values[0].Text != "28" {
		t.Errorf("first group %+v", a.Groups[0])
	}
}

func TestProgressOfReadersIsShownUntilTheSourceIsDone(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	m := New(c, j, Options{})
	run(t, m)
	commit(t, c, state(t, j, job.State{ID: "2019-jan", Phase: job.Pending}))
	commit(t, c, state(t, j, job.State{ID: "2019-jan", Phase: job.Reading, Chunks: 2, Rows: 20}), chunk(t, j, "2019-jan", 0, 10, "1"))
	v := caughtUp(t, m)
	if k := v.Completeness; k.Reading != 1 || k.ChunksExpected != 2 || k.Chunks != 1 || k.Complete || v.Verdict() != Incomplete || v.Settled() {
		t.Errorf("while it is read: %s (%+v)", v.Completeness.Sentence, v.Sources)
	}
	commit(t, c, chunk(t, j, "2019-jan", 1, 10, "1"), state(t, j, job.State{ID: "2019-jan", Phase: job.Done, Chunks: 2, Rows: 20}))
	v = caughtUp(t, m)
	if !v.Completeness.Complete || v.Sources[0].Phase != job.Done || v.Sources[0].Counted != 2 {
		t.Errorf("when it is done: %s (%+v)", v.Completeness.Sentence, v.Sources)
	}
}

func TestItWaitsForTopicsThatDoNotExistYet(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	m := New(c, j, Options{})
	run(t, m)
	v := await(t, m, "it waits", func(v *View) bool { return v.Phase == Waiting })
	if kafkaops.ClassOf(v.Err) != kafkaops.NotFound || kafkaops.HintOf(v.Err) == "" || v.CaughtUp || v.RetryAt.IsZero() {
		t.Errorf("%v, hint %q, caught up: %v", v.Err, kafkaops.HintOf(v.Err), v.CaughtUp)
	}
	if err := m.CaughtUp(t.Context()); kafkaops.ClassOf(err) != kafkaops.NotFound {
		t.Errorf("CaughtUp = %v", err)
	}
	createTopics(t, c, j)
	commit(t, c, source(t, j, "2019-jan", 2, 5)...)
	if v := caughtUp(t, m); !v.Completeness.Complete || v.Err != nil || v.Phase != Live {
		t.Errorf("%s, %s, %v", v.Phase, v.Completeness.Sentence, v.Err)
	}
}

func TestRecordsThatCannotBeMergedAreCountedAndHoldNothingUp(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	results := func(value string) kafkaops.Record {
		return kafkaops.Record{Topic: j.ResultsTopic(), Value: []byte(value)}
	}
	kafkatest.Send(t, c, results("nonsense"), results(`{"v":1}`), results(`{"v":9,"job":"census","print":"x","worker":"w","part":0,"groups":[]}`),
		results(`{"v":1,"job":"census","print":"other","worker":"w","part":0,"groups":[]}`),
		kafkaops.Record{Topic: j.SourcesTopic(), Key: []byte("x"), Value: []byte("nonsense")})
	stray := state(t, j, job.State{ID: "2019-feb", Phase: job.Pending})
	stray.Key = []byte("2019-mar")
	commit(t, c, append(source(t, j, "2019-jan", 2, 5), stray)...)
	m := New(c, j, Options{})
	run(t, m)
	v := caughtUp(t, m)
	if k := v.Completeness; !k.Complete || k.Damaged != 3 || k.Refused != 1 || k.Sources != 1 || v.Read != 6 {
		t.Errorf("%s: damaged %d, refused %d, sources %d, read %d", k.Sentence, k.Damaged, k.Refused, k.Sources, v.Read)
	}
}

func TestACompactedSourcesTopicSaysTheSame(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	all := source(t, j, "2019-jan", 3, 5)
	gone := state(t, j, job.State{ID: "2018-jan", Phase: job.Pending})
	commit(t, c, append(all[1:], gone)...) // the pending record has been compacted away
	tombstone := gone
	tombstone.Value = nil
	commit(t, c, tombstone)
	m := New(c, j, Options{})
	run(t, m)
	if v := caughtUp(t, m); !v.Completeness.Complete || v.Completeness.Sources != 1 {
		t.Errorf("%s (%+v)", v.Completeness.Sentence, v.Sources)
	}
}

func TestExpiredResultsAreNeverTakenForAWholeAnswer(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	commit(t, c, source(t, j, "2019-jan", 10, 5)...)
	tp := kafkaops.TopicPartition{Topic: j.ResultsTopic()}
	if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{tp: 4}); err != nil {
		t.Fatal(err)
	}
	m := New(c, j, Options{})
	run(t, m)
	v := caughtUp(t, m)
	if k := v.Completeness; k.Complete || k.Expired != 4 || k.Chunks != 6 || v.Verdict() != Wrong || !v.Settled() {
		t.Errorf("%s: expired %d, %s", k.Sentence, k.Expired, v.Verdict())
	}
}

func TestTopicsThatAreMadeAgainBeginTheResultsAnew(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	commit(t, c, source(t, j, "2019-jan", 10, 5)...)
	m := New(c, j, Options{WriteSnapshots: true, SnapshotRecords: 1})
	run(t, m)
	await(t, m, "a snapshot is written", func(v *View) bool { return v.Snapshots.Written > 0 && v.CaughtUp })
	if err := c.DeleteTopics(t.Context(), j.ResultsTopic(), j.SourcesTopic()); err != nil {
		t.Fatal(err)
	}
	createTopics(t, c, j)
	commit(t, c, source(t, j, "2020-jan", 3, 5)...)
	v := await(t, m, "the new answer", func(v *View) bool { return v.CaughtUp && v.Completeness.Complete && v.Completeness.Chunks == 3 })
	if len(v.Sources) != 1 || v.Sources[0].ID != "2020-jan" {
		t.Errorf("sources %+v", v.Sources)
	}
}

func TestNextAndCaughtUpEndWithTheirContextAndWithRun(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	m := New(c, j, Options{})
	stop := run(t, m)
	v := await(t, m, "it is live", func(v *View) bool { return v.Phase == Live })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := m.Next(ctx, v.Version+100); kafkaops.ClassOf(err) != kafkaops.TimedOut || got.Job != j {
		t.Errorf("Next = %v", err)
	}
	stop()
	kafkatest.Send(t, c, chunk(t, j, "2019-jan", 0, 1, "1"))
	if err := m.CaughtUp(t.Context()); kafkaops.ClassOf(err) != kafkaops.Unavailable {
		t.Errorf("CaughtUp after the end = %v", err)
	}
	if v := m.View(); v.Phase != Stopped || !v.CaughtUp {
		t.Errorf("at last: %s", v.Phase)
	}
}

func TestTheWholeReportIsWhole(t *testing.T) {
	v := View{Job: census(t), Phase: Live, CaughtUp: true, Lag: -1, Results: []byte("{}")}
	v.Completeness.Failures = []job.SourceFailure{{ID: "2019-jan", Chunks: 2, Failure: job.Failure{Class: kafkaops.NotFound, Text: "404", URL: "u", Position: 7}}}
	v.Completeness.Failed = 1
	r := v.Report()
	if r.Lag != nil || r.Newest != nil || r.Verdict != Wrong || !slices.Equal(r.Failures, []ReportFailure{{"2019-jan", kafkaops.NotFound, "404", "u", 7, 2}}) {
		t.Errorf("%+v", r)
	}
}
