package read

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/worker/job"
)

func TestChunksAreTheRowsOfTheFile(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	want := make(map[string][]string)
	var names []string
	for i, n := range []int{1, 99, 100, 101, 1234, 5000} { // a chunk has 100
		name, text := fmt.Sprintf("s%d", i), fixedRows(uint64(i), n)
		store(t, dir, name+".dat", zip(t, text))
		names, want[name] = append(names, name), packed(text)
	}
	store(t, dir, "empty.dat", nil)
	j := parse(t, dir, fixedFormat, 100, append(names, "empty")...)
	if err := start(t, options(t, c, j, "a")).wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	want["empty"] = nil
	for id, list := range states(t, c, j) {
		last := list[len(list)-1]
		if len(list) != 2 || list[0].Phase != job.Pending || last.Phase != job.Done || last.Rows != int64(len(want[id])) ||
			last.Chunks != int64((len(want[id])+99)/100) || last.Limited {
			t.Errorf("%s: %+v", id, list)
		}
	}
	if err := start(t, options(t, c, j, "a")).wait(t); err != nil {
		t.Errorf("a second start has nothing to do: %v", err)
	}
	delete(want, "empty")
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("after the second start: %v", wrong)
	}
}

// The progress of a source is in the results topic, beside partial results.
func TestProgressIsInTheResultsTopic(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	store(t, dir, "a.dat", []byte(fixedRows(1, 1000)))
	j := parse(t, dir, fixedFormat, 10, "a")
	o := options(t, c, j, "a")
	o.Delay = 10 * time.Millisecond
	if err := start(t, o).wait(t); err != nil {
		t.Fatal(err)
	}
	var last *job.State
	each(t, c, j.ResultsTopic(), func(r kafkaops.Record) {
		_, s, err := job.DecodeResult(r.Value)
		must(t, err)
		if s == nil || s.Phase != job.Reading || last != nil && s.Chunks <= last.Chunks {
			t.Errorf("state %+v behind %+v", s, last)
		}
		last = s
	})
	if last == nil || last.Chunks < 50 || last.Rows != 10*last.Chunks || last.Worker != "a" {
		t.Errorf("the last one is %+v", last)
	}
}

func TestLinesAreCarriedWhole(t *testing.T) {
	for name, test := range map[string]struct{ format, text, header string }{
		"csv with a header": {csvFormat, "name,CODE\na,1\n\"b\nc\",2\n\n" + strings.Repeat("d,3\n", 500), "name,CODE"},
		"json lines":        {jsonFormat, strings.Repeat(`{"CODE":1}`+"\n\n"+`{"CODE":2}`+"\r\n", 300), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, dir := kafkatest.Client(t), t.TempDir()
			store(t, dir, "a.dat", []byte(test.text))
			j := parse(t, dir, test.format, 7, "a")
			if err := start(t, options(t, c, j, "a")).wait(t); err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			values := make(map[int64]string)
			rows := 0
			each(t, c, j.ChunksTopic(), func(r kafkaops.Record) {
				h, _ := r.Header(job.ChunkHeader)
				m, err := job.DecodeChunk(h)
				must(t, err)
				values[m.Index] = string(r.Value)
				if m.Header != test.header || m.Columns != nil || m.First != m.Index*7 || m.Rows > 7 {
					t.Errorf("chunk %+v", m)
				}
				rows += m.Rows
			})
			for i := range int64(len(values)) {
				got.WriteString(values[i])
			}
			want := strings.ReplaceAll(strings.TrimPrefix(test.text, test.header+"\n"), "\r\n", "\n")
			if got.String() != want {
				t.Errorf("%d bytes, want %d", got.Len(), len(want))
			}
			if s := states(t, c, j)["a"]; s[len(s)-1].Rows != int64(rows) {
				t.Errorf("%d rows, the state says %+v", rows, s)
			}
		})
	}
}

// A trial reads the first chunks; who wants all afterwards gets the rest, and nothing twice.
func TestATrialIsContinued(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	text, short := fixedRows(1, 1000), fixedRows(2, 200)
	store(t, dir, "a.dat", zip(t, text))
	store(t, dir, "b.dat", zip(t, short))
	j := parse(t, dir, fixedFormat, 100, "a", "b")
	o := options(t, c, j, "a")
	o.Chunks = 2
	if err := start(t, o).wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, map[string][]string{"a": packed(text)[:200], "b": packed(short)}); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	s := states(t, c, j)
	if a, b := s["a"][1], s["b"][1]; !a.Limited || b.Limited || a.Chunks != 2 || b.Chunks != 2 {
		t.Errorf("states %+v, %+v", a, b)
	}
	if err := start(t, options(t, c, j, "a")).wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, map[string][]string{"a": packed(text), "b": packed(short)}); len(wrong) > 0 {
		t.Errorf("wrong after the rest: %v", wrong)
	}
}
