package job

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

const everyKind = `
name: every
source: {url: "a.csv"}
format: {csv: {names: [g, h, x]}}
group_by: [g, h]
aggregates: {Count: count, Sum: sum x, Min: min x, Max: max x, Mean: mean x, Distinct: distinct x}
`

// computed is the partial result of rows as one chunk.
func computed(t testing.TB, p *Program, index int64, rows string) *Partial {
	t.Helper()
	into := NewPartial(p)
	m := metaOf(p, strings.Count(rows, "\n"))
	m.Index = index
	if err := p.Chunk(m, []byte(rows), into, func(int64, []byte, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return into
}

// records is a partial result as others read it.
func records(t testing.TB, r *Partial) []*PartialRecord {
	t.Helper()
	raw, err := r.Encode("w1")
	if err != nil {
		t.Fatal(err)
	}
	var all []*PartialRecord
	for _, b := range raw {
		record, err := DecodePartial(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		all = append(all, record)
	}
	return all
}

func TestRowsThatCantBeReadAreDeadLetters(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	var dead []string
	into := NewPartial(p)
	m := metaOf(p, 6)
	m.First = 100
	rows := "a,b,1\na,b,abc\na,b\na,b,\n\"a,b,1\"x\na,b,1e999\n"
	err := p.Chunk(m, []byte(rows), into, func(row int64, line []byte, reason string) error {
		dead = append(dead, fmt.Sprintf("%d %s: %s", row, line, reason))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`101 a,b,abc: x: "abc" is not a number`,
		`102 a,b: the row has too few fields: x is the 3.`,
		`104 "a,b,1"x: field 1 goes on behind its closing quote`,
		`105 a,b,1e999: x: "1e999" is not a number`,
	}
	if !reflect.DeepEqual(dead, want) {
		t.Errorf("dead letters %q, want %q", dead, want)
	}
	if want := (Counts{Rows: 6, Dead: 4}); into.Counts() != want {
		t.Errorf("counts %+v, want %+v", into.Counts(), want)
	}
	table := NewTable(p.job)
	for _, r := range records(t, into) {
		if err := table.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := string(table.Results()), `{"a":{"b":{"Count":2,"Sum":1,"Min":1,"Max":1,"Mean":1,"Distinct":1}}}`; got != want {
		t.Errorf("results %s, want %s", got, want)
	}
}

func TestAMissingGroupByFieldIsADeadLetter(t *testing.T) {
	p := programOf(t, jobOf(t, requestsJob))
	into := computed(t, p, 0, "{\"status\":1}\n{\"user\":{\"plan\":\"\"},\"status\":1}\n{\"user\":{\"plan\":null},\"status\":1}\n")
	if want := (Counts{Rows: 3, Dead: 1}); into.Counts() != want || len(into.groups) != 1 {
		t.Errorf("counts %+v, %d groups", into.Counts(), len(into.groups))
	}
}

func TestGroupsAreKeptApart(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	long := strings.Repeat("x", 200)
	into := computed(t, p, 0, "ab,c,1\na,bc,1\n,abc,1\nabc,,1\n"+long+",\xff,1\n")
	got := map[string]bool{}
	for _, r := range records(t, into) {
		for _, g := range r.Groups {
			got[strings.Join(g.Key, "|")] = true
		}
	}
	want := map[string]bool{"ab|c": true, "a|bc": true, "|abc": true, "abc|": true, long + `|\xff`: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
}

func TestAnyOrderAndGroupingGivesTheSameBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(14, 15))
	p := programOf(t, jobOf(t, everyKind))
	var rows []string
	for range 600 {
		x := fmt.Sprintf("%d.%03d", random.IntN(2000)-1000, random.IntN(1000))
		switch random.IntN(8) {
		case 0:
			x = fmt.Sprint(random.Int64() - random.Int64())
		case 1:
			x = fmt.Sprintf("%de%d", random.IntN(10), random.IntN(600)-300)
		case 2:
			x = ""
		case 3:
			x = "not a number"
		}
		rows = append(rows, fmt.Sprintf("g%d,%d,%s\n", random.IntN(3), random.IntN(12), x))
	}
	var want []byte
	for round := range 12 {
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		var parts []*PartialRecord
		index := int64(0)
		for rest := rows; len(rest) > 0; index++ {
			n := 1 + random.IntN(len(rest))
			parts = append(parts, records(t, computed(t, p, index, strings.Join(rest[:n], "")))...)
			rest = rest[n:]
		}
		random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		table := NewTable(p.job)
		for _, r := range parts {
			if err := table.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		got := table.Results()
		if round == 0 {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("round %d:\n%s\n%s", round, got, want)
		}
		if c := table.Completeness(); c.Rows != 600 || c.Chunks != index || c.Duplicated != 0 {
			t.Fatalf("round %d: %+v", round, c)
		}
	}
}

func TestAResetPartialIsANewOne(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	used := computed(t, p, 3, "a,b,1.5\nc,d,2\nc,d,x\n")
	if used.Empty() {
		t.Error("it has rows")
	}
	used.Reset()
	if !used.Empty() {
		t.Error("it was reset")
	}
	again := NewPartial(p)
	for _, into := range []*Partial{used, again} {
		if err := p.Chunk(metaOf(p, 1), []byte("c,z,4\n"), into, noDead(t)); err != nil {
			t.Fatal(err)
		}
	}
	a, errA := used.Encode("w")
	b, errB := again.Encode("w")
	if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestLargePartialsAreSplit(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	var rows strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&rows, "group %d %s,h,%d\n", i, strings.Repeat("x", 40), i)
	}
	into := computed(t, p, 5, rows.String())
	raw, err := into.Encode("w")
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable(jobOf(t, strings.Replace(everyKind, ", Distinct: distinct x", "", 1)))
	table.jobPrint = into.jobPrint
	table.aggregators = NewTable(p.job).aggregators
	for i, b := range raw {
		if len(b) > splitPartial {
			t.Errorf("record %d has %d bytes", i, len(b))
		}
		r, err := DecodePartial(b)
		if err != nil {
			t.Fatal(err)
		}
		if r.Part != i || (i == 0) != (len(r.Chunks) > 0) || (i == 0) != (r.Counts.Rows > 0) {
			t.Errorf("record %d: part %d, %d chunks, %+v", i, r.Part, len(r.Chunks), r.Counts)
		}
		if err := table.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if c := table.Completeness(); len(raw) < 4 || c.Groups != 20000 || c.Rows != 20000 || c.Chunks != 1 {
		t.Errorf("%d records, %+v", len(raw), c)
	}
}

func TestRowsWithoutAnyWantedColumnAreCounted(t *testing.T) {
	j := jobOf(t, "name: rows\nsource: {url: \"{year}.dat\", lists: {year: [\"2019\"]}}\nformat: {fixed: {A: 0-1}}\ngroup_by: [year]\naggregates: {Count: count}\n")
	p := programOf(t, j)
	m := metaOf(p, 0)
	value := NewPacker(j).Pack(nil, []byte("abc\n\nabcdef\n"), &m)
	into := NewPartial(p)
	if err := p.Chunk(m, value, into, noDead(t)); err != nil || string(value) != "\n\n\n" || into.Counts() != (Counts{Rows: 3}) {
		t.Errorf("%q, %+v, %v", value, into.Counts(), err)
	}
}

func TestAnEmptyPartialIsARecord(t *testing.T) {
	p := programOf(t, jobOf(t, everyKind))
	if all := records(t, NewPartial(p)); len(all) != 1 || len(all[0].Groups) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestPartialRecordsAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                "",
		"another version":        `{"v":2,"job":"j","print":"p","worker":"w","part":0,"groups":[]}`,
		"no job":                 `{"v":1,"print":"p","worker":"w","part":0,"groups":[]}`,
		"an unknown name":        `{"v":1,"job":"j","print":"p","worker":"w","part":0,"groups":[],"more":1}`,
		"more dead than rows":    `{"v":1,"job":"j","print":"p","worker":"w","part":0,"counts":{"rows":1,"dead":2},"groups":[]}`,
		"negative rows":          `{"v":1,"job":"j","print":"p","worker":"w","part":0,"counts":{"rows":-1},"groups":[]}`,
		"a reversed range":       `{"v":1,"job":"j","print":"p","worker":"w","part":0,"chunks":{"s":[[2,1]]},"groups":[]}`,
		"a huge range":           `{"v":1,"job":"j","print":"p","worker":"w","part":0,"chunks":{"s":[[0,4000000000]]},"groups":[]}`,
		"counts in a later part": `{"v":1,"job":"j","print":"p","worker":"w","part":1,"counts":{"rows":1},"groups":[]}`,
		"a watermark far out":    `{"v":1,"job":"j","print":"p","worker":"w","part":0,"watermark":"9999-01-01T00:00:00Z","groups":[]}`,
	} {
		if r, err := DecodePartial([]byte(text)); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func FuzzDecodePartial(f *testing.F) {
	p := programOf(f, jobOf(f, everyKind))
	raw, err := computed(f, p, 9, "a,b,1.5\na,b,7\nc,\xff,\nbroken\n").Encode("w")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw[0])
	f.Add([]byte(`{"v":1,"job":"every","print":"` + p.job.Print() + `","worker":"w","part":0,"chunks":{"s":[[0,9],[5,5]]},"groups":[{"k":["a","b"],"n":2,"a":[2,[2,"17"],0,0,[1,"1p3"],0]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodePartial(b)
		if err != nil {
			return
		}
		table := NewTable(p.job)
		if table.Add(r) != nil {
			if len(table.groups) > 0 || table.counts != (Counts{}) || len(table.sources) > 0 {
				t.Fatalf("a refused record changed the table")
			}
			return
		}
		snapshot, err := table.Snapshot(nil)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := Restore(p.job, snapshot)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Results(), table.Results()) || back.Completeness().Sentence != table.Completeness().Sentence {
			t.Fatalf("%s\n%s", back.Results(), table.Results())
		}
	})
}
