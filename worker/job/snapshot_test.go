package job

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// filled is a table with a bit of everything.
func filled(t *testing.T) *Table {
	t.Helper()
	j := jobOf(t, codesJob)
	p := programOf(t, j)
	table := NewTable(j)
	add(t, table, p, "2019", 0, " 1\n10\n-1\nx\n")
	add(t, table, p, "2019", 2, " 1\n")
	add(t, table, p, "2019", 2, " 1\n")
	add(t, table, p, "1999", 7, " 2\n")
	source(t, table, stateOf(j, "2019", Reading, 3, 6))
	source(t, table, stateOf(j, "2020", Failed, 0, 0))
	if err := table.Add(&PartialRecord{Version: 1, Job: "another"}); err == nil {
		t.Fatal("a record of another job was merged")
	}
	return table
}

func TestSnapshotsMakeTheRoundTrip(t *testing.T) {
	table := filled(t)
	offsets := map[int32]int64{0: 12, 5: 1 << 40}
	b, err := table.Snapshot(offsets)
	if err != nil {
		t.Fatal(err)
	}
	back, gotOffsets, err := Restore(table.job, b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(gotOffsets, offsets) || !reflect.DeepEqual(back.Completeness(), table.Completeness()) || !bytes.Equal(back.Results(), table.Results()) {
		t.Errorf("restored %v\n%+v\n%s", gotOffsets, back.Completeness(), back.Results())
	}
	again, err := back.Snapshot(offsets)
	if err != nil || !bytes.Equal(again, b) {
		t.Errorf("the snapshot of what was restored is another: %v", err)
	}
	p := programOf(t, table.job)
	for _, of := range []*Table{table, back} { // both go on the same way: the chunk is there already
		add(t, of, p, "2019", 0, " 1\n")
	}
	if a, b := table.Completeness(), back.Completeness(); !reflect.DeepEqual(a, b) || b.Duplicated != 2 {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestSnapshotsOfEveryAggregateGoOn(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	rows := "a,b,1.25\na,b,1e-300\na,b,9223372036854775807\n"
	parts := append(records(t, computed(t, p, 0, rows)), records(t, computed(t, p, 1, rows+"a,c,\n"))...)
	straight, restored := NewTable(p.job), NewTable(p.job)
	for _, r := range parts {
		if err := straight.Add(r); err != nil {
			t.Fatal(err)
		}
		if err := restored.Add(r); err != nil {
			t.Fatal(err)
		}
		b, err := restored.Snapshot(nil)
		if err != nil {
			t.Fatal(err)
		}
		if restored, _, err = Restore(p.job, b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(straight.Results(), restored.Results()) {
		t.Errorf("%s\n%s", straight.Results(), restored.Results())
	}
}

func TestDamagedSnapshotsAreRefused(t *testing.T) {
	table := filled(t)
	good, err := table.Snapshot(map[int32]int64{0: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		damaged := bytes.Clone(good)
		damaged[i] ^= 1
		if _, _, err := Restore(table.job, damaged); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, _, err := Restore(table.job, good[:i]); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Fatalf("cut at byte %d: %v", i, err)
		}
	}
	changed := *table.job
	changed.Where = `CODE != "1"`
	if _, _, err := Restore(&changed, good); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("of another computation: %v", err)
	}
}

func TestABombInASnapshotIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 300 MB")
	}
	bomb, err := sealSnapshot(make([]byte, maxSnapshot+1))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(jobOf(t, codesJob), bomb); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("%v", err)
	}
}

// FuzzRestore fuzzes the body, since the checksum refuses any other.
func FuzzRestore(f *testing.F) {
	j := jobOf(f, codesJob)
	b, err := NewTable(j).Snapshot(map[int32]int64{0: 1})
	if err != nil {
		f.Fatal(err)
	}
	body, err := openSnapshot(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"job":"codes","print":"` + j.Print() + `","offsets":{"0":5},"counts":{"rows":2},"duplicated":0,"refused":0,"dropped":0,"states":[{"v":1,"job":"codes","id":"2019","url":"u","phase":"done"}],"chunks":{"2019":"OjAAAAEAAAAAAAAAEAAAAAEA"},"groups":[{"k":["2019","1"],"n":2,"a":[2]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		sealed, err := sealSnapshot(body)
		if err != nil {
			t.Fatal(err)
		}
		table, offsets, err := Restore(j, sealed)
		if err != nil {
			return
		}
		again, err := table.Snapshot(offsets)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Restore(j, again); err != nil {
			t.Fatal(err)
		}
	})
}
