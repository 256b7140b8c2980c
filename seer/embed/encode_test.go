package embed

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// encoding is one text as tools/seer-table encodes it: with Hugging Face's tokeniser, and numpy.
type encoding struct {
	Text     string
	Prose    []int  // rows
	Template []int  // rows
	P, T     string // the vectors in int8 steps of 1/127, in base64
}

func encodings(t testing.TB) []encoding {
	t.Helper()
	file, err := os.Open("testdata/encodings.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		CRC   string
		Cases []encoding
	}
	if err := json.NewDecoder(r).Decode(&all); err != nil {
		t.Fatal(err)
	}
	if id := load(t).ID(); !strings.HasSuffix(id, ":"+all.CRC) {
		t.Fatalf("the encodings are of table %s, not of %s", all.CRC, id)
	}
	if len(all.Cases) < 300 {
		t.Fatalf("only %d encodings", len(all.Cases))
	}
	return all.Cases
}

// rows is what a text is cut into.
func rows(t *Table, w *words) []int {
	got := []int{}
	var into [maxPieces]uint16
	for {
		word, ok := w.next()
		if !ok {
			return got
		}
		if w.chars > maxChars || w.masks && w.digit {
			continue
		}
		for _, row := range into[:t.split(word, &into)] {
			got = append(got, int(row))
		}
	}
}

func TestGoCutsAndEncodesAsPythonDoes(t *testing.T) {
	table := load(t)
	empty := 0
	for _, c := range encodings(t) {
		if got := rows(table, &words{rest: c.Text}); !slices.Equal(got, c.Prose) {
			t.Errorf("prose %q:\n got %v\nwant %v", c.Text, table.names(got), table.names(c.Prose))
		}
		if got := rows(table, &words{rest: c.Text, masks: true}); !slices.Equal(got, c.Template) {
			t.Errorf("template %q:\n got %v\nwant %v", c.Text, table.names(got), table.names(c.Template))
		}
		sameVector(t, "prose", c.Text, table.Prose(nil, c.Text), c.P)
		sameVector(t, "template", c.Text, table.Template(nil, c.Text), c.T)
		if len(c.Prose) == 0 {
			empty++
		}
	}
	if empty == 0 {
		t.Error("no text without known pieces among them")
	}
}

// sameVector holds each number to half a step of what it was rounded to, and a little for the order of the additions.
func sameVector(t *testing.T, kind, text string, got []float32, want string) {
	t.Helper()
	steps, err := base64.StdEncoding.DecodeString(want)
	if err != nil || len(steps) != len(got) {
		t.Fatalf("%q: %d steps, %v", text, len(steps), err)
	}
	for i, x := range got {
		if math.Abs(float64(x)*127-float64(int8(steps[i]))) > 0.501 {
			t.Errorf("%s %q: number %d is %v, not %v/127", kind, text, i, x, int8(steps[i]))
			return
		}
	}
}

// names are the pieces of rows.
func (t *Table) names(rows []int) []string {
	out := []string{}
	for _, row := range rows {
		begin := uint32(0)
		if row > 0 {
			begin = u32(t.ends, row-1)
		}
		out = append(out, t.pieces[begin:u32(t.ends, row)])
	}
	return out
}

func TestEveryPieceIsFoundAtItsRow(t *testing.T) {
	table := load(t)
	n := len(table.ends) / 4
	if n < 29_000 {
		t.Fatalf("%d rows", n)
	}
	for row := range n {
		name := table.names([]int{row})[0]
		part, continued := strings.CutPrefix(name, "##")
		if got, size := table.longestPiece([]byte(part), continued); got != row || size != len(part) {
			t.Errorf("%q is row %d, not %d", name, got, row)
		}
		if row > 0 && name <= table.names([]int{row - 1})[0] {
			t.Errorf("%q is out of order", name)
		}
	}
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestWhatMeansTheSameIsNear(t *testing.T) {
	table := load(t)
	for _, c := range []struct{ text, near, far string }{
		{"The fisherman's boat sank in the storm.", "A ship went down at sea in bad weather.", "The recipe needs two eggs and some flour."},
		{"connection to the broker timed out", "the server could not be reached", "invoice paid by the customer"},
		{"the payment was declined by the bank", "credit card transaction failed", "the garden needs watering"},
		{"no space left on device", "the disk is full", "user logged in"},
	} {
		for kind, encode := range map[string]func([]float32, string) []float32{"prose": table.Prose, "template": table.Template} {
			v := encode(nil, c.text)
			if near, far := cosine(v, encode(nil, c.near)), cosine(v, encode(nil, c.far)); near < far+0.15 {
				t.Errorf("%s: %q is at %.2f from %q, at %.2f from %q", kind, c.text, near, c.near, far, c.far)
			}
		}
	}
}

func TestTemplatesDropMasksAndWordsWithDigits(t *testing.T) {
	table := load(t)
	want := table.Template(nil, "connection to timed out after ms")
	for _, text := range []string{"connection to <addr> timed out after <num> ms", "Connection to 7f9c timed out after 4711 ms", "connection to<ip>timed out after 9 ms"} {
		if got := table.Template(nil, text); !slices.Equal(got, want) {
			t.Errorf("%q has a vector of its own", text)
		}
	}
	if slices.Equal(table.Prose(nil, "connection to 7 timed out"), table.Prose(nil, "connection to timed out")) {
		t.Error("prose drops numbers too")
	}
}

func TestWords(t *testing.T) {
	table := load(t)
	car, ok := table.Word(nil, "car")
	if !ok || math.Abs(cosine(car, car)-1) > 1e-5 {
		t.Errorf("car: %v, length² %v", ok, cosine(car, car))
	}
	vehicle, _ := table.Word(nil, "vehicle")
	butter, _ := table.Word(nil, "butter")
	if cosine(car, vehicle) < 0.5 || cosine(car, butter) > 0.4 {
		t.Errorf("car is at %.2f from vehicle, at %.2f from butter", cosine(car, vehicle), cosine(car, butter))
	}
	if v, ok := table.Word(nil, "🙂"); ok || cosine(v, v) != 0 {
		t.Errorf("an unknown word has a vector: %v", ok)
	}
}

func TestRareWordsHaveAHigherIDF(t *testing.T) {
	table := load(t)
	order := []string{"the", "server", "lighthouse"}
	for i := range order[1:] {
		if a, b := table.IDF(order[i]), table.IDF(order[i+1]); a < 0 || a >= b {
			t.Errorf("IDF of %q is %.2f, of %q %.2f", order[i], a, order[i+1], b)
		}
	}
	if table.IDF("") != table.IDF("🙂") || table.IDF("🙂") < table.IDF("lighthouse") || table.IDF("the lighthouse") != table.IDF("lighthouse") {
		t.Error("an empty word is not unknown, or a rarest piece does not count")
	}
}

func TestNothingIsAllocatedWhereThereIsRoom(t *testing.T) {
	table := load(t)
	dst := make([]float32, 0, table.Dim())
	texts := encodings(t)
	got := testing.AllocsPerRun(1, func() {
		for _, c := range texts {
			dst = table.Prose(dst, c.Text)
			dst = table.Template(dst, c.Text)
			dst, _ = table.Word(dst, c.Text)
			table.IDF(c.Text)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestTheVectorBeginsAtDst(t *testing.T) {
	table := load(t)
	dst := []float32{1, 2, 3}
	if got := table.Prose(dst, "hello"); len(got) != table.Dim() || !slices.Equal(got, table.Prose(nil, "hello")) {
		t.Errorf("%d numbers", len(got))
	}
}

func FuzzEncode(f *testing.F) {
	table := load(f)
	for _, c := range encodings(f) {
		f.Add([]byte(c.Text))
	}
	f.Add([]byte("\xff\xfe\xc3 \xe4\xb8 <\xf0\x9f"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := string(text)
		for kind, encode := range map[string]func([]float32, string) []float32{"prose": table.Prose, "template": table.Template} {
			v := encode(nil, s)
			if squares := cosine(v, v); len(v) != dim || squares != 0 && math.Abs(squares-1) > 1e-4 {
				t.Errorf("%s: %d numbers, length² %v", kind, len(v), squares)
			}
		}
		if _, ok := table.Word(nil, s); ok && table.IDF(s) < 0 {
			t.Error("negative IDF")
		}
	})
}
