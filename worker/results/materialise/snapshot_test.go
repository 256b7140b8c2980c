package materialise

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// snapshotted writes results of 10 chunks and a snapshot of them, and returns the topic ID of the results.
func snapshotted(t *testing.T, c *rdkafka.Client, j *job.Job) {
	t.Helper()
	createTopics(t, c, j)
	commit(t, c, source(t, j, "2019-jan", 10, 5)...)
	m := New(c, j, Options{WriteSnapshots: true})
	stop := run(t, m)
	caughtUp(t, m)
	stop()
	if v := m.View(); v.Snapshots.Written != 1 || v.Snapshots.Err != nil {
		t.Fatalf("at a clean stop: %+v", v.Snapshots)
	}
}

// snapshots reads the snapshots topic.
func snapshots(t *testing.T, c *rdkafka.Client, j *job.Job) []kafkaops.Record {
	t.Helper()
	records, err := c.Fetch(t.Context(), kafkaops.TopicPartition{Topic: j.SnapshotsTopic()}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestARestartReadsOnlyWhatCameAfterTheSnapshot(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	snapshotted(t, c, j)
	commit(t, c, source(t, j, "2020-jan", 3, 5)...)
	m, whole := New(c, j, Options{}), New(c, j, Options{})
	run(t, m)
	v := caughtUp(t, m)
	if !v.Snapshots.Restored || v.Read != 3 || !v.Completeness.Complete || v.Completeness.Chunks != 13 {
		t.Errorf("restored: %v, read %d, %s", v.Snapshots.Restored, v.Read, v.Completeness.Sentence)
	}
	if err := c.DeleteTopics(t.Context(), j.SnapshotsTopic()); err != nil {
		t.Fatal(err)
	}
	run(t, whole)
	if w := caughtUp(t, whole); w.Snapshots.Restored || w.Read != 13 || string(w.Results) != string(v.Results) {
		t.Errorf("without a snapshot: read %d, %s, with one %s", w.Read, w.Results, v.Results)
	}
}

func TestProgressSurvivesASnapshot(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	commit(t, c, state(t, j, job.State{ID: "2019-jan", Phase: job.Pending}), state(t, j, job.State{ID: "2019-jan", Phase: job.Reading, Chunks: 4, Rows: 40}))
	first := New(c, j, Options{WriteSnapshots: true})
	stop := run(t, first)
	caughtUp(t, first)
	stop()
	m := New(c, j, Options{})
	run(t, m)
	if v := caughtUp(t, m); v.Read != 0 || v.Completeness.Reading != 1 || v.Completeness.ChunksExpected != 4 {
		t.Errorf("read %d, %s", v.Read, v.Completeness.Sentence)
	}
}

func TestExpiredResultsAreInTheSnapshot(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	snapshotted(t, c, j)
	tp := kafkaops.TopicPartition{Topic: j.ResultsTopic()}
	commit(t, c, source(t, j, "2020-jan", 3, 5)...)
	if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{tp: 10}); err != nil {
		t.Fatal(err)
	}
	m := New(c, j, Options{})
	run(t, m)
	if v := caughtUp(t, m); !v.Completeness.Complete || v.Completeness.Expired != 0 || !v.Snapshots.Restored {
		t.Errorf("what expired is in the snapshot, yet: %s", v.Completeness.Sentence)
	}
}

func TestBadSnapshotsAreSetAside(t *testing.T) {
	for name, spoil := range map[string]func(r *kafkaops.Record){
		"a bit flipped":          func(r *kafkaops.Record) { r.Value[len(r.Value)/2] ^= 1 },
		"cut":                    func(r *kafkaops.Record) { r.Value = r.Value[:len(r.Value)-1] },
		"nothing in it":          func(r *kafkaops.Record) { r.Value = []byte{} },
		"of a newer version":     func(r *kafkaops.Record) { swap(r, `"v":1`, `"v":2`) },
		"of another print":       func(r *kafkaops.Record) { swap(r, `"print":"`, `"print":"0`) },
		"of a topic that's gone": func(r *kafkaops.Record) { swap(r, `"topic":"`, `"topic":"A`) },
		"without a header":       func(r *kafkaops.Record) { r.Headers = nil },
		"with a broken header":   func(r *kafkaops.Record) { r.Headers[0].Value = []byte("{") },
	} {
		t.Run(name, func(t *testing.T) {
			c, j := kafkatest.Client(t), census(t)
			snapshotted(t, c, j)
			bad := snapshots(t, c, j)[0]
			spoil(&bad)
			kafkatest.Send(t, c, bad)
			if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{{Topic: j.SnapshotsTopic()}: 1}); err != nil { // the good one
				t.Fatal(err)
			}
			m := New(c, j, Options{})
			run(t, m)
			if v := caughtUp(t, m); v.Snapshots.Restored || v.Snapshots.SetAside != 1 || v.Read != 10 || !v.Completeness.Complete {
				t.Errorf("restored %v, set aside %d, read %d, %s", v.Snapshots.Restored, v.Snapshots.SetAside, v.Read, v.Completeness.Sentence)
			}
		})
	}
}

func swap(r *kafkaops.Record, old, new string) {
	r.Headers[0].Value = []byte(strings.Replace(string(r.Headers[0].Value), old, new, 1))
}

func TestADamagedSnapshotLeavesTheOneBefore(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	snapshotted(t, c, j)
	commit(t, c, source(t, j, "2020-jan", 3, 5)...)
	second := New(c, j, Options{WriteSnapshots: true})
	stop := run(t, second)
	caughtUp(t, second)
	stop()
	all := snapshots(t, c, j)
	if len(all) != 2 || string(all[0].Key) == string(all[1].Key) {
		t.Fatalf("%d snapshots, under the keys %q and %q", len(all), all[0].Key, all[len(all)-1].Key)
	}
	all[1].Value[100] ^= 1
	kafkatest.Send(t, c, all[1])
	m := New(c, j, Options{})
	run(t, m)
	if v := caughtUp(t, m); !v.Snapshots.Restored || v.Snapshots.SetAside != 1 || v.Read != 3 || !v.Completeness.Complete {
		t.Errorf("%+v, read %d, %s", v.Snapshots, v.Read, v.Completeness.Sentence)
	}
}

func TestLargeSnapshotsAreCutAndPutTogether(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	m := New(c, j, Options{})
	f := newFollower(m)
	f.table, f.ids = job.NewTable(j), map[string]string{j.ResultsTopic(): "id"}
	raw := make([]byte, 2*partBytes+1)
	for i := range raw {
		raw[i] = byte(i * 7)
	}
	records, err := f.snapshots.cut(raw)
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	var whole []byte
	for i, r := range records {
		h, err := decodePart(r.Headers[0].Value)
		if err != nil || h.Part != i || h.Parts != 3 || string(r.Key) != partKey(j.Print(), 0, i) {
			t.Errorf("part %d: %+v, key %s, %v", i, h, r.Key, err)
		}
		whole = append(whole, r.Value...)
	}
	if !bytes.Equal(whole, raw) {
		t.Error("the parts are not the whole")
	}
	shelf := newShelf(f)
	records[1].Headers[0].Value = []byte(strings.Replace(string(records[1].Headers[0].Value), `"id":"`, `"id":"x`, 1))
	if err := shelf.put(records); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := shelf.take(0, nil); ok || shelf.setAside != 0 {
		t.Error("parts of two snapshots were put together")
	}
}

func TestASnapshotIsWrittenWhenEnoughHasCome(t *testing.T) {
	c, j := kafkatest.Client(t), census(t)
	createTopics(t, c, j)
	m := New(c, j, Options{WriteSnapshots: true, SnapshotRecords: 8})
	run(t, m)
	commit(t, c, source(t, j, "2019-jan", 7, 5)...)
	if v := caughtUp(t, m); v.Snapshots.Written != 0 {
		t.Errorf("%d written after 7 records", v.Snapshots.Written)
	}
	commit(t, c, source(t, j, "2020-jan", 1, 5)...)
	caughtUp(t, m)
	commit(t, c, source(t, j, "2021-jan", 1, 5)...)
	await(t, m, "a snapshot", func(v *View) bool { return v.Snapshots.Written == 1 })
}

func FuzzDecodePart(f *testing.F) {
	h := partHeader{Print: "p", TopicID: "t", ID: "i", Slot: 1, Part: 2, Parts: 3}
	good, err := h.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(slices.Concat(good[:len(good)-1], []byte(`,"new":1}`)))
	f.Add([]byte(`{"v":1,"slot":-1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodePart(b)
		if err != nil {
			if kafkaops.ClassOf(err) != kafkaops.Invalid {
				t.Errorf("class %s", kafkaops.ClassOf(err))
			}
			return
		}
		again, err := got.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodePart(again); err == nil && back != got {
			t.Errorf("%+v, then %+v", got, back)
		}
	})
}
