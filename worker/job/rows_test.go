package job

import (
	"bytes"
	stdcsv "encoding/csv"
	stdjson "encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestSplitFindsWholeRows(t *testing.T) {
	lines, csv := Format{Kind: Fixed}, Format{Kind: CSV}
	for _, test := range []struct {
		name              string
		format            Format
		data              string
		maxRows, maxBytes int
		atEOF             bool
		n, rows           int
	}{
		{"nothing", lines, "", 10, 100, true, 0, 0},
		{"no whole row yet", lines, "abc", 10, 100, false, 0, 0},
		{"the last row without its end", lines, "abc", 10, 100, true, 3, 1},
		{"two and a piece", lines, "a\nb\nc", 10, 100, false, 4, 2},
		{"two and the last", lines, "a\nb\nc", 10, 100, true, 5, 3},
		{"as many rows as asked", lines, "a\nb\nc\n", 2, 100, true, 4, 2},
		{"as many bytes as asked", lines, "aa\nbb\ncc\n", 10, 8, true, 6, 2},
		{"exactly as many bytes", lines, "aa\nbb\ncc\n", 10, 9, true, 9, 3},
		{"one row, whatever its length", lines, "aaaaaaaa\nb\n", 10, 2, false, 9, 1},
		{"empty rows", lines, "\n\n", 10, 100, true, 2, 2},
		{"fixed rows may hold quotes", lines, "a\"\nb\n", 10, 100, false, 5, 2},
		{"a quoted line end", csv, "a,\"b\nc\"\nd,e\n", 10, 100, false, 12, 2},
		{"a quoted field that isn't closed yet", csv, "a,\"b\nc", 10, 100, false, 0, 0},
		{"a quote that may be doubled by what follows", csv, "a,\"b\"", 10, 100, false, 0, 0},
		{"doubled quotes", csv, "\"a\"\"\n\"\"b\"\nc\n", 10, 100, false, 12, 2},
		{"a stray quote is its row's mistake only", csv, "5\" pipe,1\nb\n", 10, 100, false, 12, 2},
		{"two stray quotes", csv, "a\"\" b,1\nc\n", 10, 100, false, 10, 2},
		{"junk behind a closing quote", csv, "\"a\"x,\"b\n\"\nc\n", 10, 100, false, 12, 2},
	} {
		s := NewSplitter(test.format)
		if n, rows := s.Split([]byte(test.data), test.maxRows, test.maxBytes, test.atEOF); n != test.n || rows != test.rows {
			t.Errorf("%s: %d bytes, %d rows; want %d, %d", test.name, n, rows, test.n, test.rows)
		}
	}
}

// readAll splits CSV into rows and fields with this package.
func readAll(data []byte, delimiter byte) (rows [][]string, err error) {
	s := NewSplitter(Format{Kind: CSV, Delimiter: delimiter})
	var c csvRows
	for len(data) > 0 {
		n, _ := s.Split(data, 1, 1, true)
		line := bytes.TrimSuffix(data[:n], []byte{'\n'})
		data = data[n:]
		if len(line) == 0 {
			continue // as encoding/csv does
		}
		var row []string
		if reason := c.split(line, delimiter, func(_ int, value []byte) bool { row = append(row, string(value)); return true }); reason != "" {
			return nil, fmt.Errorf("%q: %s", line, reason)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func compareCSV(t *testing.T, data []byte) {
	t.Helper()
	reader := stdcsv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1
	want, wantErr := reader.ReadAll()
	got, err := readAll(data, ',')
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: %v, encoding/csv says %v", data, err, wantErr)
	}
	if err == nil && !slices.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("%q: %q, encoding/csv reads %q", data, got, want)
	}
}

func TestCSVIsReadAsEncodingCSVReadsIt(t *testing.T) {
	for _, data := range []string{"a,b\n", "a,,\n", ",\n", "\"\"\n", "\"\",x\n", "\"a\"\"b\",\"c,d\",\"e\nf\"\n", "a\"b\n", "\"a\"b\n", "\"a", "a\n\nb\n", "a,\"\"\"\"\n", "ü,\"é\"\"\"\n"} {
		compareCSV(t, []byte(data))
	}
	random := rand.New(rand.NewPCG(8, 9))
	const alphabet = "ab,,\"\"\n"
	for range 20000 {
		data := make([]byte, random.IntN(24))
		for i := range data {
			data[i] = alphabet[random.IntN(len(alphabet))]
		}
		compareCSV(t, data)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,\"b\"\"\n\",c\nd\n"))
	f.Add([]byte("\"a\"b,c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.ContainsRune(data, '\r') { // whoever reads the source takes it away; encoding/csv does so inside of quotes only before '\n'
			compareCSV(t, data)
		}
	})
}

func TestWantedCSVFieldsAreFound(t *testing.T) {
	j := jobOf(t, salesJob)
	p := programOf(t, j)
	for _, test := range []struct{ name, header, line, region, amount, reason string }{
		{"plain", salesHeader, "1,x,north,p,c,1,9.50,n", "north", "9.50", ""},
		{"what follows the last wanted one may lack", salesHeader, "1,x,north,p,c,1,9.50", "north", "9.50", ""},
		{"quoted", salesHeader, `1,x,"no ""r"" th",p,"c, d",1,"9",n`, `no "r" th`, "9", ""},
		{"another order, spaces and a byte order mark", "\ufeffamount, region ,product", "7,south,p", "south", "7", ""},
		{"empty is there", salesHeader, "1,x,,p,c,1,,n", "", "", ""},
		{"too few fields", salesHeader, "1,x,north,p,c", "", "", "too few fields: amount is the 7."},
		{"too few, quoted", salesHeader, `1,"x",north`, "", "", "too few fields: product is the 4."},
		{"a bare quote", salesHeader, `1,x"y,north,p,c,1,1`, "", "", "field 2 has a quote inside"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := p.layout.bindHeader(test.header); err != nil {
				t.Fatal(err)
			}
			reason := p.layout.read([]byte(test.line))
			if !strings.Contains(reason, test.reason) || (reason == "") != (test.reason == "") {
				t.Fatalf("reason %q, want %q", reason, test.reason)
			}
			if v := p.layout.values; reason == "" && (string(v[p.index["region"]]) != test.region || string(v[p.index["amount"]]) != test.amount || v[p.index["amount"]] == nil) {
				t.Errorf("values %q", v)
			}
		})
	}
}

func TestWantedJSONFieldsAreFound(t *testing.T) {
	l, err := newLayout(Format{Kind: JSONLines}, []string{"user.id", "user", "n", "name with \"quotes\"", "year"})
	if err != nil {
		t.Fatal(err)
	}
	l.source(map[string]string{"year": "2024"})
	for _, test := range []struct {
		name, line string
		want       []string // "-": absent
		reason     string
	}{
		{"an object and its member", `{"user" : {"x":[1,{}],"id":"u1"} ,"n":1.50}`, []string{"u1", `{"x":[1,{}],"id":"u1"}`, "1.50", "-"}, ""},
		{"absent", `{}`, []string{"-", "-", "-", "-"}, ""},
		{"null is there and empty", `{"n":null,"user":null}`, []string{"-", "", "", "-"}, ""},
		{"escapes", `{"n":"a\"\u00e9\n","name with \"quotes\"":"x\\","\u0075ser":{"i\u0064":"e"}}`, []string{"e", `{"i\u0064":"e"}`, "a\"é\n", `x\`}, ""},
		{"true and false", `{"n":true,"user":false}`, []string{"-", "false", "true", "-"}, ""},
		{"the last of two counts", `{"n":1,"n":2}`, []string{"-", "-", "2", "-"}, ""},
		{"a variable can't be replaced", `{"year":"1999"}`, []string{"-", "-", "-", "-"}, ""},
		{"blanks around", " \t{\"n\":1} \r", []string{"-", "-", "1", "-"}, ""},
		{"cut short", `{"n":1`, nil, "it ends too early"},
		{"nothing", ``, nil, "it ends too early"},
		{"a list", `[1]`, nil, "not a JSON object"},
		{"a list cut short", `[1`, nil, "it ends too early"},
		{"two objects", `{} {}`, nil, "something follows"},
		{"not JSON", `{n:1}`, nil, "it is not JSON"},
		{"broken behind what is wanted", `{"n":1,"z":{"a":tru}}`, nil, "it is not JSON"},
		{"not UTF-8", "{\"n\":\"\xff\"}", nil, "it is not JSON"},
		{"nested without end", strings.Repeat(`{"user":`, 1) + strings.Repeat("[", 100_000), nil, "it is not JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reason := l.read([]byte(test.line))
			if !strings.Contains(reason, test.reason) || (reason == "") != (test.reason == "") {
				t.Fatalf("reason %q, want %q", reason, test.reason)
			}
			for i, want := range test.want {
				if got := l.values[i]; (got == nil) != (want == "-") || got != nil && string(got) != want {
					t.Errorf("field %s is %q, want %q", l.fields[i], got, want)
				}
			}
			if string(l.values[4]) != "2024" {
				t.Errorf("the variable is %q", l.values[4])
			}
		})
	}
}

func FuzzJSONRow(f *testing.F) {
	f.Add([]byte(`{"user":{"id":"u\u00e9"},"n":-1.5e3,"s":[{}]}`))
	f.Add([]byte(`{"n":{"n":1},"n":null} `))
	f.Fuzz(func(t *testing.T, line []byte) {
		l, err := newLayout(Format{Kind: JSONLines}, []string{"user.id", "n"})
		if err != nil {
			t.Fatal(err)
		}
		reason := l.read(line)
		var want struct {
			N stdjson.RawMessage `json:"n"`
		}
		if reason != "" {
			return // jsontext refuses more than encoding/json does: what isn't UTF-8, lone surrogates
		}
		if err := stdjson.Unmarshal(line, &want); err != nil {
			t.Fatalf("%q was read, encoding/json says %v", line, err)
		}
	})
}

func TestBlankLinesAreNoRows(t *testing.T) {
	p := programOf(t, jobOf(t, requestsJob))
	into := NewPartial(p)
	if err := p.Chunk(metaOf(p, 3), []byte("\n{\"user\":{\"plan\":\"a\"},\"status\":1}\n \t"), into, noDead(t)); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Rows: 3, Blank: 2}); into.Counts() != want {
		t.Errorf("counts %+v, want %+v", into.Counts(), want)
	}
}

func TestRowsAreComputedWithoutAllocation(t *testing.T) {
	for name, set := range map[string]func() (*Program, ChunkMeta, []byte){
		"csv": func() (*Program, ChunkMeta, []byte) {
			p := programOf(t, jobOf(t, salesJob))
			m := metaOf(p, 1000)
			m.Header = salesHeader
			return p, m, salesRows(1000)
		},
		"json": func() (*Program, ChunkMeta, []byte) {
			p := programOf(t, jobOf(t, requestsJob))
			return p, metaOf(p, 1000), requestRows(1000)
		},
		"fixed": func() (*Program, ChunkMeta, []byte) {
			p := programOf(t, censusJob(t))
			return p, metaOf(p, 1000), censusRows(1000)
		},
	} {
		p, m, value := set()
		into := NewPartial(p)
		allocations := testing.AllocsPerRun(10, func() {
			into.Reset()
			if err := p.Chunk(m, value, into, noDead(t)); err != nil {
				t.Fatal(err)
			}
		})
		if allocations > 100 { // for 1,000 rows: those of the chunk and of its groups' keys
			t.Errorf("%s: %.0f allocations", name, allocations)
		}
	}
}
