package job

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

const codesJob = `
name: codes
source: {url: "{year}.dat", lists: {year: ["2019", "2020"]}}
format: {fixed: {CODE: 0-1}}
group_by: [year, CODE]
aggregates: {Count: count}
labels: {CODE: {"1": ONE, "2": TWO, "10": TEN}}
`

func stateOf(j *Job, id string, phase SourcePhase, chunks, rows int64) State {
	s := State{Version: 1, Job: j.Name, ID: id, URL: id + ".dat", Phase: phase, Chunks: chunks, Rows: rows}
	if phase == Failed {
		s.Error = &Failure{Class: kafkaops.NotFound, Text: "the server says 404 Not Found", URL: s.URL}
	}
	return s
}

// add puts rows of a source into a table as chunk index.
func add(t *testing.T, table *Table, p *Program, source string, index int64, rows string) {
	t.Helper()
	into := NewPartial(p)
	m := metaOf(p, strings.Count(rows, "\n"))
	m.Source, m.Index, m.Vars = source, index, map[string]string{"year": source}
	if err := p.Chunk(m, []byte(rows), into, func(int64, []byte, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, r := range records(t, into) {
		if err := table.Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResultsAreNestedInOrderWithLabels(t *testing.T) {
	j := jobOf(t, codesJob)
	p := programOf(t, j)
	table := NewTable(j)
	if got := string(table.Results()); got != "{}" {
		t.Errorf("empty results %s", got)
	}
	add(t, table, p, "2020", 0, "10\n 2\n10\n-1\n")
	add(t, table, p, "2019", 0, " 1\n99\n  \nx\n")
	want := `{"2019":{"1":{"Description":"ONE","Count":1}},"2020":{"2":{"Description":"TWO","Count":1},"10":{"Description":"TEN","Count":2}}}`
	if got := string(table.Results()); got != want {
		t.Errorf("results %s, want %s", got, want)
	}
	c := table.Completeness()
	if c.Unlabelled != 3 || !reflect.DeepEqual(c.UnlabelledBy, map[string]int64{"CODE": 3}) || c.Dead != 1 || c.Groups != 3 {
		t.Errorf("%+v", c)
	}
	groups := table.Groups()
	if len(groups) != 3 || !reflect.DeepEqual(groups[2], Group{Key: []string{"2020", "10"}, Labels: []string{"", "TEN"}, Rows: 2, Values: []Value{{Text: "2", Number: 2}}}) {
		t.Errorf("groups %+v", groups)
	}
}

func TestResultsOfOtherShapes(t *testing.T) {
	for _, test := range []struct{ name, groupBy, want string }{
		{"one field", "group_by: [g]", `{"9":{"Count":1,"Low":null},"10":{"Count":2,"Low":-1},"b":{"Count":1,"Low":4}}`},
		{"none", "", `{"Count":4,"Low":-1}`},
	} {
		j := jobOf(t, "name: shape\nsource: {url: a.csv}\nformat: {csv: {names: [g, x]}}\naggregates: {Count: count, Low: min x}\n"+test.groupBy)
		table, p := NewTable(j), programOf(t, j)
		add(t, table, p, "s", 0, "b,4\n10,3\n9,\n10,-1\n")
		if got := string(table.Results()); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestCompleteness(t *testing.T) {
	j := jobOf(t, codesJob)
	p := programOf(t, j)
	for _, test := range []struct {
		name     string
		fill     func(table *Table)
		complete bool
		sentence string
	}{
		{"nothing", func(*Table) {}, false, "no sources yet"},
		{"all", func(table *Table) {
			add(t, table, p, "2019", 0, strings.Repeat(" 1\n", 1200)+"x\n")
			add(t, table, p, "2019", 1, "77\n")
			source(t, table, stateOf(j, "2019", Done, 2, 1202))
		}, true, "complete: 1 of 1 sources, 2 chunks, 1,202 rows, 1 dead-lettered, 1 unlabelled"},
		{"the last state counts", func(table *Table) {
			source(t, table, stateOf(j, "2019", Failed, 0, 0))
			source(t, table, stateOf(j, "2019", Done, 0, 0))
		}, true, "complete: 1 of 1 sources, 0 chunks, 0 rows"},
		{"still reading", func(table *Table) {
			add(t, table, p, "2019", 0, " 1\n")
			source(t, table, stateOf(j, "2019", Reading, 3, 30))
			source(t, table, stateOf(j, "2020", Pending, 0, 0))
		}, false, "incomplete: 0 of 2 sources, 1 of 3 chunks, 1 of 30 rows so far"},
		{"a chunk is missing", func(table *Table) {
			add(t, table, p, "2019", 1, " 1\n")
			source(t, table, stateOf(j, "2019", Done, 2, 2))
		}, false, "incomplete: 1 of 1 sources, 1 of 2 chunks, 1 of 2 rows"},
		{"rows don't add up", func(table *Table) {
			add(t, table, p, "2019", 0, " 1\n")
			source(t, table, stateOf(j, "2019", Done, 1, 2))
		}, false, "incomplete: 1 of 1 sources, 1 of 1 chunks, 1 of 2 rows"},
		{"a source failed", func(table *Table) {
			add(t, table, p, "2019", 0, " 1\n")
			source(t, table, stateOf(j, "2019", Done, 1, 1))
			source(t, table, stateOf(j, "2020", Failed, 0, 0))
		}, false, "incomplete: 1 of 2 sources, 1 of 1 chunks, 1 of 1 rows; 2020 failed: the server says 404 Not Found"},
		{"a chunk twice", func(table *Table) {
			add(t, table, p, "2019", 0, " 1\n")
			add(t, table, p, "2019", 0, " 1\n")
			source(t, table, stateOf(j, "2019", Done, 1, 2))
		}, false, "incomplete: 1 of 1 sources, 1 of 1 chunks, 2 of 2 rows; WRONG: 1 chunk counted twice"},
		{"chunks of an unknown source", func(table *Table) {
			add(t, table, p, "1999", 0, " 1\n")
			source(t, table, stateOf(j, "2019", Done, 0, 1))
		}, false, "incomplete: 1 of 1 sources, 1 of 0 chunks, 1 of 1 rows"},
	} {
		table := NewTable(j)
		test.fill(table)
		if c := table.Completeness(); c.Complete != test.complete || c.Sentence != test.sentence {
			t.Errorf("%s: %v, %q; want %v, %q", test.name, c.Complete, c.Sentence, test.complete, test.sentence)
		}
	}
}

func source(t *testing.T, table *Table, s State) {
	t.Helper()
	if err := table.Source(s); err != nil {
		t.Fatal(err)
	}
}

func TestChunksWithinOneRecordTwiceAreSeen(t *testing.T) {
	j := jobOf(t, codesJob)
	p := programOf(t, j)
	into := NewPartial(p)
	for _, index := range []int64{4, 3, 4, 5} {
		m := metaOf(p, 1)
		m.Index = index
		if err := p.Chunk(m, []byte(" 1\n"), into, noDead(t)); err != nil {
			t.Fatal(err)
		}
	}
	table := NewTable(j)
	for _, r := range records(t, into) {
		if err := table.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if c := table.Completeness(); c.Duplicated != 1 || c.Chunks != 3 {
		t.Errorf("%d duplicated of %d", c.Duplicated, c.Chunks)
	}
}

func TestRecordsThatDontFitAreRefusedWhole(t *testing.T) {
	j := jobOf(t, everyKind)
	p := programOf(t, j)
	good := `{"k":["a","b"],"n":2,"a":[2,[2,"3"],[2,1],[2,2],[2,"3"],0]}`
	record := func(groups string) string {
		return fmt.Sprintf(`{"v":1,"job":"every","print":%q,"worker":"w","part":0,"counts":{"rows":2},"chunks":{"s":[[0,0]]},"groups":[%s]}`, p.job.Print(), groups)
	}
	table := NewTable(j)
	for name, text := range map[string]string{
		"a value too few":           record(good + `,{"k":["a"],"n":2,"a":[2,[2,"3"],[2,1],[2,2],[2,"3"],0]}`),
		"an aggregate too few":      record(good + `,{"k":["a","b"],"n":2,"a":[2,[2,"3"],[2,1],[2,2],[2,"3"]]}`),
		"a count that isn't rows":   record(good + `,{"k":["a","b"],"n":2,"a":[3,[2,"3"],[2,1],[2,2],[2,"3"],0]}`),
		"more rows than the group":  record(good + `,{"k":["a","b"],"n":2,"a":[2,[3,"3"],[2,1],[2,2],[2,"3"],0]}`),
		"no rows":                   record(good + `,{"k":["a","b"],"n":0,"a":[0,0,0,0,0,0]}`),
		"rows without a sum":        record(good + `,{"k":["a","b"],"n":2,"a":[2,2,[2,1],[2,2],[2,"3"],0]}`),
		"a sum that is no number":   record(good + `,{"k":["a","b"],"n":2,"a":[2,[2,"x"],[2,1],[2,2],[2,"3"],0]}`),
		"a sketch that is none":     record(good + `,{"k":["a","b"],"n":2,"a":[2,[2,"3"],[2,1],[2,2],[2,"3"],[2,"AAAA"]]}`),
		"a group's values too long": record(good + `,{"k":["a","` + strings.Repeat("x", maxDescribing) + `"],"n":2,"a":[2,[2,"3"],[2,1],[2,2],[2,"3"],0]}`),
	} {
		r, err := DecodePartial([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := table.Add(r); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c := table.Completeness(); c.Rows != 0 || c.Chunks != 0 || len(table.Groups()) != 0 {
		t.Errorf("a refused record changed something: %+v", c)
	}
	r, err := DecodePartial([]byte(record(good)))
	if err != nil || table.Add(r) != nil {
		t.Errorf("the good one: %v", err)
	}
	r.Print = "another"
	if err := table.Add(r); kafkaops.ClassOf(err) != kafkaops.Conflict || table.Completeness().Refused != 1 {
		t.Errorf("of another computation: %v, %+v", err, table.Completeness())
	}
}

func TestTheNumberOfGroupsIsBounded(t *testing.T) {
	j := jobOf(t, codesJob)
	p := programOf(t, j)
	table := NewTable(j)
	table.most = 3
	add(t, table, p, "2019", 0, " 1\n 2\n 3\n")
	more := records(t, computed(t, p, 1, " 1\n 4\n"))[0]
	if err := table.Add(more); kafkaops.ClassOf(err) != kafkaops.Invalid || len(table.groups) != 3 || table.counts.Rows != 3 {
		t.Errorf("a fourth group: %v, %d groups, %d rows", err, len(table.groups), table.counts.Rows)
	}
	if distinct := NewTable(jobOf(t, everyKind)); distinct.most != maxSketches {
		t.Errorf("%d groups with sketches of 16 KiB", distinct.most)
	}
}

func TestOldWindowsAreDropped(t *testing.T) {
	j := jobOf(t, learningJob) // windows of a minute, kept for an hour
	p := programOf(t, j)
	table := NewTable(j)
	event := func(when string) {
		t.Helper()
		into := NewPartial(p)
		var watermark time.Time
		if _, reason := p.Event(fmt.Appendf(nil, `{"at":%q,"class":"4b"}`, when), time.Time{}, &watermark, into); reason != "" {
			t.Fatal(reason)
		}
		for _, r := range records(t, into) {
			if err := table.Add(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := at("2026-01-01T12:00:00Z")
	event("2026-01-01T10:00:00Z")
	table.Drop(now)
	event("2026-01-01T11:01:00Z")
	table.Drop(now)
	if n := len(table.Groups()); n != 2 {
		t.Errorf("%d windows: the first ended exactly an hour ago and is kept", n)
	}
	event("2026-01-01T11:01:01Z")
	table.Drop(now)
	if got := table.Groups(); len(got) != 1 || got[0].Key[1] != "2026-01-01T11:01:00Z" || table.Completeness().Dropped != 1 {
		t.Errorf("groups %+v, %+v", got, table.Completeness())
	}
	event("2026-01-01T10:00:30Z") // of the window that is gone
	if len(table.Groups()) != 1 || table.Completeness().Dropped != 2 || table.Completeness().Rows != 4 {
		t.Errorf("%+v", table.Completeness())
	}
	event("2026-06-01T00:00:00Z") // of the future: now is the bound
	table.Drop(now)
	if len(table.Groups()) != 2 {
		t.Errorf("an event of the future dropped a window: %+v", table.Groups())
	}
}

func TestForgottenSources(t *testing.T) {
	j := jobOf(t, codesJob)
	table := NewTable(j)
	source(t, table, stateOf(j, "2019", Pending, 0, 0))
	source(t, table, stateOf(j, "2020", Pending, 0, 0))
	add(t, table, programOf(t, j), "2020", 0, " 1\n")
	table.Forget("2019")
	table.Forget("2020")
	table.Forget("2021")
	if c := table.Completeness(); c.Sources != 0 || c.Chunks != 1 {
		t.Errorf("%+v", c)
	}
	if err := table.Source(State{Job: "another", ID: "x"}); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("of another job: %v", err)
	}
}
