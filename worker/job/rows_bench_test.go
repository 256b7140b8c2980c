package job

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// jobOf parses a job; programs and partial results are made of it.
func jobOf(t testing.TB, text string) *Job {
	t.Helper()
	j, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func programOf(t testing.TB, j *Job) *Program {
	t.Helper()
	p, err := Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func censusJob(t testing.TB) *Job {
	t.Helper()
	j, err := Load("census")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

const salesJob = `
name: sales
source: {url: "sales/{year}.csv", lists: {year: ["2024"]}}
format: {csv: {header: true}}
group_by: [region, product]
aggregates: {Count: count, Amount: sum amount, Largest: max amount}
`

const salesHeader = "id,at,region,product,customer,units,amount,note"

const requestsJob = `
name: requests
source: {url: "requests/{day}.jsonl", lists: {day: ["1"]}}
format: {jsonl: {}}
group_by: [user.plan, status]
aggregates: {Count: count, Bytes: sum bytes, Slowest: max ms}
`

// censusRows are rows of 950 digits with a code of 0 to 12 in columns 30 and 31.
func censusRows(rows int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	row := make([]byte, 951)
	for range rows {
		for i := range row {
			row[i] = byte('0' + random.IntN(10))
		}
		copy(row[30:], fmt.Sprintf("%2d", random.IntN(13)))
		row[950] = '\n'
		b.Write(row)
	}
	return b.Bytes()
}

func salesRows(rows int) []byte {
	random := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&b, "%d,2024-03-%02dT10:00:00Z,%s,p-%d,customer %d,%d,%d.%02d,as usual\n", i, random.IntN(28)+1,
			[]string{"north", "south", "east", "west"}[random.IntN(4)], random.IntN(20), random.IntN(1000), random.IntN(9)+1, random.IntN(500), random.IntN(100))
	}
	return b.Bytes()
}

func requestRows(rows int) []byte {
	random := rand.New(rand.NewPCG(5, 6))
	var b bytes.Buffer
	for range rows {
		fmt.Fprintf(&b, `{"at":"2026-11-21T10:00:00.123Z","user":{"id":"u-%06d","plan":%q},"method":"GET","path":"/api/v1/orders/%d","status":%d,"bytes":%d,"ms":%d.75,"agent":"Mozilla/5.0 (X11)","cached":false}`+"\n",
			random.IntN(1e6), []string{"free", "pro"}[random.IntN(2)], random.IntN(1e6), []int{200, 200, 404, 500}[random.IntN(4)], random.IntN(1e5), random.IntN(100))
	}
	return b.Bytes()
}

func metaOf(p *Program, rows int) ChunkMeta {
	return ChunkMeta{Version: 1, Job: p.job.Name, Print: p.job.Print(), Source: "s", Rows: rows, Vars: map[string]string{"year": "2019", "mon": "jan", "yy": "19", "day": "1"}}
}

func noDead(t testing.TB) func(int64, []byte, string) error {
	t.Helper()
	return func(row int64, line []byte, reason string) error {
		return fmt.Errorf("row %d %q: %s", row, line, reason)
	}
}

func benchmarkChunk(b *testing.B, p *Program, m ChunkMeta, value []byte) {
	b.Helper()
	into := NewPartial(p)
	dead := noDead(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		into.Reset()
		if err := p.Chunk(m, value, into, dead); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.Rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkPack(b *testing.B) {
	const rows = 5000
	lines := censusRows(rows)
	packer := NewPacker(censusJob(b))
	var m ChunkMeta
	var dst []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		dst = packer.Pack(dst[:0], lines, &m)
	}
	if m.Rows != rows || len(dst) != rows*3 {
		b.Fatalf("%d rows, %d bytes", m.Rows, len(dst))
	}
}

func BenchmarkSplit(b *testing.B) {
	lines := censusRows(5000)
	s := NewSplitter(Format{Kind: Fixed})
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		if n, rows := s.Split(lines, 1e6, 1e9, false); n != len(lines) || rows != 5000 {
			b.Fatal(n, rows)
		}
	}
}

func BenchmarkChunkPacked(b *testing.B) {
	j := censusJob(b)
	p := programOf(b, j)
	m := metaOf(p, 0)
	value := NewPacker(j).Pack(nil, censusRows(10000), &m)
	benchmarkChunk(b, p, m, value)
}

func BenchmarkChunkWholeRows(b *testing.B) {
	p := programOf(b, censusJob(b))
	benchmarkChunk(b, p, metaOf(p, 5000), censusRows(5000))
}

func BenchmarkChunkCSV(b *testing.B) {
	p := programOf(b, jobOf(b, salesJob))
	m := metaOf(p, 10000)
	m.Header = salesHeader
	benchmarkChunk(b, p, m, salesRows(10000))
}

func BenchmarkChunkJSON(b *testing.B) {
	p := programOf(b, jobOf(b, requestsJob))
	benchmarkChunk(b, p, metaOf(p, 5000), requestRows(5000))
}

func BenchmarkChunkWhere(b *testing.B) {
	p := programOf(b, jobOf(b, salesJob+"where: region != \"east\"\ncompute: {cents: float(amount) * 100}\n"))
	m := metaOf(p, 10000)
	m.Header = salesHeader
	benchmarkChunk(b, p, m, salesRows(10000))
}

func BenchmarkEvent(b *testing.B) {
	p := programOf(b, jobOf(b, learningJob))
	into := NewPartial(p)
	value := []byte(`{"at":"2026-11-21T10:00:30Z","student":"s1","class":"4b","kind":"answer","correct":true}`)
	var watermark = at("2026-11-21T10:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		if late, reason := p.Event(value, at("2026-11-21T10:00:31Z"), &watermark, into); late || reason != "" {
			b.Fatal(late, reason)
		}
	}
}
