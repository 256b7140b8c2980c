package record

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/theme"
)

// textOf draws all lines of a body and checks that none is wider than it may be.
func textOf(t *testing.T, b body, w int) string {
	t.Helper()
	var lines []string
	for i := range b.len() {
		l := b.line(i)
		if l.Width() > max(w, 4) {
			t.Fatalf("line %d has %d cells, not %d at most: %q", i, l.Width(), w, plain(l))
		}
		lines = append(lines, plain(l))
	}
	return strings.Join(lines, "\n")
}

func plain(l theme.Line) string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text.String())
	}
	return b.String()
}

func TestJSONIsLaidOutAsEncodingJSONDoes(t *testing.T) {
	for _, in := range []string{
		`{}`, `[]`, `{"a":1}`, `[1,2,3]`, `{"a":{},"b":[],"c":[{}],"d":[[]]}`, ` { "a" : [ 1 , { "b" : null } ] , "c" : "x,y:{}[]\"\\" } `,
		`[true,false,null,-1.5e+10,12345678901234567890.123]`, `{"a":{"b":{"c":{"d":[1,[2,[3]]]}}}}`, "{\n\t\"a\":\r\n1}", `{"é":"日本","":"\u001b"}`, `[[],[],[[],{}]]`,
	} {
		t.Run(in, func(t *testing.T) {
			var want bytes.Buffer
			if err := json.Indent(&want, bytes.TrimSpace([]byte(in)), "", "  "); err != nil {
				t.Fatal(err)
			}
			if got := textOf(t, newBody([]byte(in), asJSON, 200), 200); got != want.String() {
				t.Errorf("got\n%s\nwant\n%s", got, want.String())
			}
		})
	}
}

func TestLongLinesAreWrappedAndNothingIsLost(t *testing.T) {
	in := `{"key with blanks":"` + strings.Repeat(`0123456789 \" \\ é `, 40) + `","n":` + strings.Repeat("9", 300) + `}`
	for _, w := range []int{4, 7, 20, 33, 80} {
		got := textOf(t, newBody([]byte(in), asJSON, w), w)
		if squeeze(got) != squeeze(in) {
			t.Errorf("at %d cells:\n%s", w, got)
		}
	}
}

func squeeze(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }

func TestTextKeepsItsLines(t *testing.T) {
	got := textOf(t, newBody([]byte("one\n\ttwo\n\nfour, and too long\nend\n"), asText, 10), 10)
	if want := "one\n    two\n\nfour, and \ntoo long\nend"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestHex(t *testing.T) {
	got := textOf(t, newBody([]byte("krapp\x00\x1b\xff0123456789"), asHex, 80), 80)
	want := "00000000  6b 72 61 70 70 00 1b ff  30 31 32 33 34 35 36 37  krapp...01234567\n" +
		"00000010  38 39                                             89"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDetect(t *testing.T) {
	for in, want := range map[string]format{
		`{"a":1}`: asJSON, " [1]\n": asJSON, `{"a":}`: asText, "plain": asText, "12": asText, "": asText, "two\nlines\t": asText,
		"\x00\x01": asHex, "\xff\xfe": asHex, "\x1b[2J\x1b[3J": asHex, "log \x1b[31mred\x1b[0m line that goes on for a while": asText,
	} {
		if got := detect([]byte(in)); got != want {
			t.Errorf("%q is %v, not %v", in, got, want)
		}
	}
}

func TestAnyBytesAtAnyWidth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		b := pagetest.HostileValue(r, r.IntN(3000))
		w := 20 + r.IntN(120) // narrower ones are cut by the frame
		for _, f := range []format{asJSON, asText, asHex} {
			if f == asHex && w < 28 {
				continue
			}
			textOf(t, newBody(b, f, w), w)
		}
		quoted, err := json.Marshal(map[string]any{string(b): []string{string(b)}})
		if err != nil {
			t.Fatal(err)
		}
		textOf(t, newBody(quoted, asJSON, w), w)
	}
}

// TestLargeValuesAreBounded: the worst that 4 MiB can be.
func TestLargeValuesAreBounded(t *testing.T) {
	const size = 4 << 20
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for name, in := range map[string]string{
		"line ends": strings.Repeat("\n", size), "elements": "[1" + strings.Repeat(",1", size/2) + "]", "one string": `["` + strings.Repeat("x", size) + `"]`,
		"deep": "[" + strings.Repeat(deep+",", size/len(deep)) + "1]", "controls": strings.Repeat("\x1b", size), "wide": strings.Repeat("界", size/3),
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range []format{asJSON, asText, asHex} {
				b := newBody([]byte(in), f, 78)
				if f != asHex && b.len() > maxLines {
					t.Errorf("%v has %d lines", f, b.len())
				}
				for _, i := range []int{0, b.len() / 2, b.len() - 1} {
					b.line(i)
				}
				if b.len() == maxLines && b.unlisted() == 0 {
					t.Errorf("%v does not say that there is more", f)
				}
			}
		})
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"c\"\\"}],"d":null}`, `[[],{}]`, `{"":""}`, `"x"`, `{`, "{\"a\":\"\x1b\"}"} {
		f.Add([]byte(s), 20)
	}
	f.Fuzz(func(t *testing.T, b []byte, w int) {
		w = min(max(w, 20), 200)
		got := textOf(t, newBody(b, asJSON, w), w)
		if !json.Valid(b) || strings.ContainsFunc(string(b), func(r rune) bool { return r > 0x7e || r < 0x20 }) {
			return
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, b); err != nil {
			t.Fatal(err)
		}
		if squeeze(got) != squeeze(compact.String()) {
			t.Errorf("%q at %d becomes\n%s", b, w, got)
		}
	})
}

func BenchmarkLargeJSON(b *testing.B) {
	in := []byte("[" + strings.Repeat(`{"name":"x","value":[1,2,3],"text":"héllo wörld"},`, 80_000) + "0]")
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		newBody(in, asJSON, 100)
	}
}
