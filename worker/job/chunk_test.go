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

func fullMeta() ChunkMeta {
	return ChunkMeta{
		Version: 1, Job: "census", Print: "0123456789abcdef", Source: "2019-jan", Index: 7, First: 70000, Rows: 10000,
		Vars: map[string]string{"year": "2019", "mon": "jan"}, Columns: []Column{{"HEHOUSUT", 30, 31}, {"AGE", 1, 3}}, Irregular: []int{0, 5, 9999},
	}
}

func TestChunkHeadersMakeTheRoundTrip(t *testing.T) {
	csv := ChunkMeta{Version: 1, Job: "sales", Print: "p", Source: "2024", Rows: 1, Header: "id,\xffname"}
	none := fullMeta()
	none.Columns, none.Irregular = []Column{}, nil
	for name, m := range map[string]ChunkMeta{"columns": fullMeta(), "csv, not UTF-8": csv, "no column is needed": none} {
		b, err := EncodeChunk(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeChunk(b); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: decoded %+v (%v), want %+v", name, got, err, m)
		}
	}
}

func TestChunkHeadersAreRefused(t *testing.T) {
	good, err := EncodeChunk(fullMeta())
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	for name, b := range map[string][]byte{
		"nothing":               nil,
		"another version":       swap(`"v":1`, `"v":2`),
		"an unknown name":       swap(`"v":1`, `"v":1,"w":2`),
		"a name twice":          swap(`"v":1`, `"v":1,"v":1`),
		"no source":             swap(`"source":"2019-jan"`, `"source":""`),
		"a negative index":      swap(`"index":7`, `"index":-7`),
		"an index over 32 bits": swap(`"index":7`, `"index":4294967296`),
		"too many rows":         swap(`"rows":10000`, `"rows":10000001`),
		"irregular unordered":   swap(`[0,5,9999]`, `[5,0]`),
		"irregular outside":     swap(`[0,5,9999]`, `[10000]`),
		"a reversed column":     swap(`"first":30`, `"first":32`),
		"a column far out":      swap(`"last":31`, `"last":16777216`),
		"something behind it":   append(bytes.Clone(good), " {}"...),
		"not UTF-8":             swap("2019-jan", "\xff"),
		"too long":              append(bytes.Clone(good), bytes.Repeat([]byte{' '}, maxChunkHeader)...),
	} {
		if m, err := DecodeChunk(b); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %+v, %v; want it refused", name, m, err)
		}
	}
}

func FuzzDecodeChunk(f *testing.F) {
	b, err := EncodeChunk(fullMeta())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"v":1,"job":"j","print":"p","source":"s","index":0,"first":0,"rows":0,"columns":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeChunk(b)
		if err != nil {
			return
		}
		again, err := EncodeChunk(m)
		if err != nil {
			t.Fatalf("what was decoded can't be encoded: %v", err)
		}
		if back, err := DecodeChunk(again); err != nil || !reflect.DeepEqual(normal(back), normal(m)) {
			t.Fatalf("%+v became %+v: %v", m, back, err)
		}
	})
}

// normal makes empty and absent the same where they mean the same.
func normal(m ChunkMeta) ChunkMeta {
	if len(m.Vars) == 0 {
		m.Vars = nil
	}
	if len(m.Irregular) == 0 {
		m.Irregular = nil
	}
	return m
}

func TestPackingKeepsTheColumnsOnly(t *testing.T) {
	j := jobOf(t, `
name: two
source: {url: "a.dat"}
format: {fixed: {A: 0-1, UNUSED: 2-3, B: 5-5}}
group_by: [B, A]
aggregates: {Count: count}
`)
	used := []Column{{"A", 0, 1}, {"B", 5, 5}}
	many := strings.Repeat("abcdefgh\n", 8)
	for _, test := range []struct {
		name, lines, want string
		columns           []Column
		irregular         []int
		rows              int
	}{
		{"nothing", "", "", nil, nil, 0},
		{"rows of one width", "abcdef\nABCDEF\n", "abf\nABF\n", used, nil, 2},
		{"the last line end is optional", "abcdef\nABCDEF", "abf\nABF\n", used, nil, 2},
		{"rows of any width that is enough", "abcdef\nABCDEFGHIJ\n", "abf\nABF\n", used, nil, 2},
		{"a short row whole", many + "abcde\n" + many, strings.Repeat("abf\n", 8) + "abcde\n" + strings.Repeat("abf\n", 8), used, []int{8}, 17},
		{"an empty row", many + "\n", strings.Repeat("abf\n", 8) + "\n", used, []int{8}, 9},
		{"two short rows as long as one row", "abcdefgh\nabc\nabcd\nabcdefgh\n" + many, "abf\nabc\nabcd\nabf\n" + strings.Repeat("abf\n", 8), used, []int{1, 2}, 12},
		{"a third are short: rows whole", "abcdef\nABCDEF\nab\n", "abcdef\nABCDEF\nab\n", nil, nil, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var m ChunkMeta
			got := NewPacker(j).Pack([]byte("before "), []byte(test.lines), &m)
			if string(got) != "before "+test.want || m.Rows != test.rows || !reflect.DeepEqual(m.Columns, test.columns) || fmt.Sprint(m.Irregular) != fmt.Sprint(test.irregular) {
				t.Errorf("packed %q, %+v; want %q", got, m, test.want)
			}
		})
	}
}

func TestTooManyIrregularRowsAreCarriedWhole(t *testing.T) {
	j := censusJob(t)
	lines := bytes.Repeat([]byte(strings.Repeat("1", 40)+"\n"+strings.Repeat("1", 40)+"\n"+strings.Repeat("1", 40)+"\n"+strings.Repeat("1", 40)+"\n"+strings.Repeat("1", 40)+"\nx\n"), maxIrregular)
	var m ChunkMeta
	if NewPacker(j).Pack(nil, lines, &m); len(m.Irregular) != maxIrregular || m.Columns == nil {
		t.Errorf("%d irregular rows of %d, columns %v", len(m.Irregular), m.Rows, m.Columns)
	}
	got := NewPacker(j).Pack(nil, append(lines, "x\n"...), &m)
	if m.Columns != nil || len(m.Irregular) != 0 || m.Rows != 6*maxIrregular+1 || len(got) != len(lines)+2 {
		t.Errorf("columns %v, %d irregular, %d rows, %d bytes", m.Columns, len(m.Irregular), m.Rows, len(got))
	}
}

// countByHand is the answer to the census job over lines, found without any of this package.
func countByHand(lines []byte) (groups map[string]int64, dead int) {
	groups = map[string]int64{}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if len(line) < 32 {
			dead++
			continue
		}
		groups["2019 "+strings.Trim(line[30:32], " \t")]++
	}
	return groups, dead
}

func TestPackedAndWholeRowsGiveTheSameAnswer(t *testing.T) {
	j := censusJob(t)
	p := programOf(t, j)
	random := rand.New(rand.NewPCG(7, 7))
	var lines []byte
	for i := range 3000 {
		row := fmt.Appendf(nil, "%030d%2d%s", i, random.IntN(16)-2, strings.Repeat("7", random.IntN(40)))
		if random.IntN(20) == 0 {
			row = row[:random.IntN(33)]
		}
		lines = append(append(lines, row...), '\n')
	}
	want, wantDead := countByHand(lines)
	for name, packer := range map[string]*Packer{"packed": NewPacker(j), "whole": {format: j.Format}} {
		m := metaOf(p, 0)
		m.First = 500
		value := packer.Pack(nil, lines, &m)
		if (name == "packed") != (m.Columns != nil) {
			t.Fatalf("%s: columns %v", name, m.Columns)
		}
		into := NewPartial(p)
		all := bytes.Split(lines, []byte{'\n'})
		dead := 0
		err := p.Chunk(m, value, into, func(row int64, line []byte, reason string) error {
			dead++
			if !bytes.Equal(line, all[row-500]) || !strings.Contains(reason, "column HEHOUSUT needs 32") {
				t.Errorf("%s: dead letter %d %q: %s", name, row, line, reason)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, g := range into.groups {
			got[strings.Join(keyValues(g.key, 2), " ")] = g.rows
		}
		if !reflect.DeepEqual(got, want) || dead != wantDead || into.Counts() != (Counts{Rows: 3000, Dead: int64(wantDead)}) {
			t.Errorf("%s: %v, %d dead, %+v; want %v, %d dead", name, got, dead, into.Counts(), want, wantDead)
		}
	}
}

func TestRememberedRowsAreCountedAsComputedOnes(t *testing.T) {
	j := jobOf(t, "name: codes\nsource: {url: a.dat}\nformat: {fixed: {A: 0-3}}\nwhere: A != \"0007\"\ncompute: {N: int(A)}\ngroup_by: [N]\naggregates: {Count: count}\n")
	p := programOf(t, j)
	random := rand.New(rand.NewPCG(20, 21))
	var lines []byte
	want, left, wantDead := map[string]int64{}, int64(0), int64(0)
	for range 5000 { // 600 codes do not fit 256 places
		n := random.IntN(600)
		switch {
		case n == 7:
			left++
		case n%100 == 13:
			wantDead++
		default:
			want[fmt.Sprint(n)]++
		}
		if n%100 == 13 {
			lines = fmt.Appendf(lines, "x%03d\n", n)
		} else {
			lines = fmt.Appendf(lines, "%04d\n", n)
		}
	}
	m := metaOf(p, 0)
	value := NewPacker(j).Pack(nil, lines, &m)
	into := NewPartial(p)
	dead := int64(0)
	if err := p.Chunk(m, value, into, func(int64, []byte, string) error { dead++; return nil }); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, g := range into.groups {
		got[keyValues(g.key, 1)[0]] = g.rows
	}
	if !reflect.DeepEqual(got, want) || dead != wantDead || into.Counts() != (Counts{Rows: 5000, LeftOut: left, Dead: wantDead}) {
		t.Errorf("%d groups, %d dead, %+v; want %d, %d dead, %d left out", len(got), dead, into.Counts(), len(want), wantDead, left)
	}
}

func TestDamagedChunksAreRefused(t *testing.T) {
	j := censusJob(t)
	p := programOf(t, j)
	good := metaOf(p, 0)
	value := NewPacker(j).Pack(nil, censusRows(10), &good)
	for _, test := range []struct {
		name  string
		class kafkaops.Class
		meta  func(m *ChunkMeta)
		value []byte
	}{
		{"of another computation", kafkaops.Conflict, func(m *ChunkMeta) { m.Print = "another" }, value},
		{"of another job", kafkaops.Conflict, func(m *ChunkMeta) { m.Job = "another" }, value},
		{"a row is missing", kafkaops.Invalid, func(*ChunkMeta) {}, value[:27]},
		{"a row too many", kafkaops.Invalid, func(*ChunkMeta) {}, append(bytes.Clone(value), " 1\n"...)},
		{"a byte is missing", kafkaops.Invalid, func(*ChunkMeta) {}, value[1:]},
		{"the end is missing", kafkaops.Invalid, func(*ChunkMeta) {}, value[:len(value)-1]},
		{"without the column", kafkaops.Invalid, func(m *ChunkMeta) { m.Columns = []Column{{"OTHER", 0, 1}} }, value},
		{"the column is elsewhere", kafkaops.Invalid, func(m *ChunkMeta) { m.Columns = []Column{{"HEHOUSUT", 31, 32}} }, value},
	} {
		m := good
		test.meta(&m)
		if err := p.Chunk(m, test.value, NewPartial(p), noDead(t)); kafkaops.ClassOf(err) != test.class {
			t.Errorf("%s: %v, want %s", test.name, err, test.class)
		}
	}
	if err := p.Chunk(good, value, NewPartial(p), noDead(t)); err != nil {
		t.Errorf("after those: %v", err)
	}
}
