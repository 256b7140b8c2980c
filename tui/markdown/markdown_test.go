package markdown_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/tui/markdown"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func all(int) bool { return true }

// hostileTexts are such that terminals are known to fall for.
func hostileTexts() []string {
	return []string{
		"\x1b[2J\x1b[31mred\x1b[0m", "\x1b]52;c;aGVsbG8=\x07", "\x1b]0;title\x1b\\", "\u009b31m\u0085\u0090", "\x9b31m", "\r\n\t\v\f\x00\x7f",
		"\u202eevil\u202c \u2066x\u2069 \u200f", "\xff\xfe\x80\xc0 invalid", "👩\u200d👩\u200d👧\u200d👦", "🇩🇪🇫🇷 👍🏽 ❤\ufe0f ☠\ufe0e",
		"日本語テスト 한국어", "e" + strings.Repeat("\u0301", 60), "\u0301leading mark", "مرحبا بالعالم", "नमस्ते กำลัง ᄒ\u1161ᆫ", "\u200b\u2060\ufeff zero",
		strings.Repeat("界", 300), strings.Repeat("x", 500), "\ue000\U000f0000 private", "⧘1⧙⧼⧉⧚⧛",
	}
}

// text is what is shown, without roles.
func text(d markdown.Doc) string {
	var b strings.Builder
	for _, l := range d.Lines {
		for _, s := range l {
			b.WriteString(s.Text.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// exact fails unless every line is w cells of safe text and every citation stands where it is said to be.
func exact(t testing.TB, d markdown.Doc, w int) {
	t.Helper()
	th := theme.New(theme.Options{})
	for i, l := range d.Lines {
		s := th.Render(l...)
		uitest.Exact(t, ansi.Strip(s), w, 1)
		if w > 1 && i > 0 && strings.TrimSpace(ansi.Strip(s)) == "" && i == len(d.Lines)-1 {
			t.Fatalf("the last line is blank")
		}
		for _, span := range l {
			if safe := safetext.Of(span.Text.String()); safe.String() != span.Text.String() || safe.Width() != span.Text.Width() {
				t.Fatalf("line %d has %q, which is not safe", i, span.Text.String())
			}
		}
	}
	for _, c := range d.Cites {
		got := ""
		for _, span := range d.Lines[c.Line] {
			got += span.Text.String()
		}
		if at := safetext.Of(got).Cut(c.X, c.W).String(); at != fmt.Sprintf("[%d]", c.N) {
			t.Fatalf("citation %+v stands on %q", c, at)
		}
		if found, ok := d.At(c.Line, c.X+c.W-1); !ok || found != c {
			t.Fatalf("citation %+v is not found", c)
		}
	}
}

const sample = `# Why orders lost messages

7 of 10,000 were **committed** without being *processed*, all on ` + "`partition 2`" + ` [1], see [the docs](https://example.org/a?b=c&d=e).

1. first [2][3]
2. **second.**[1]
   - nested, and long enough to be wrapped at any width that is tested here
     - deeper

> quoted, and long enough to be wrapped at any width that is tested here, too [2]
> > twice

` + "```json\n{\"ids\": x[1],\n\t\"indented\": true}\n```" + `

| topic | n |
|---|--:|
| orders [1] | 12 |
| 日本語 | 3 |

![a picture](http://example.org/p.png) ~~gone~~ and www.example.org

- [x] done
- [ ] open

---

term
: what it means
`

func TestFrames(t *testing.T) {
	for _, w := range []int{24, 60, 110} {
		for name, o := range map[string]theme.Options{"none": {}, "sixteen": {Colours: theme.Sixteen}} {
			t.Run(fmt.Sprintf("%s/%d", name, w), func(t *testing.T) {
				d := markdown.Render(sample, w, all)
				exact(t, d, w)
				th := theme.New(o)
				var b strings.Builder
				for _, l := range d.Lines {
					b.WriteString(strings.ReplaceAll(th.Render(l...), "\x1b", "␛") + "\n")
				}
				golden.RequireEqual(t, b.String())
			})
		}
	}
}

func TestCitations(t *testing.T) {
	known := func(n int) bool { return n <= 3 }
	for name, c := range map[string]struct {
		text  string
		cites []int
		shown string
	}{
		"plain":             {"a [1] b [2][3].", []int{1, 2, 3}, "a [1] b [2][3]."},
		"unknown":           {"a [4] [0] [1000] [] [x] [01]", []int{1}, "a [4] [0] [1000] [] [x] [1]"},
		"not a link":        {"a [1](http://evil/)\n\n[1]: http://evil/", []int{1, 1}, "a [1](http://evil/)"},
		"in code":           {"`x[1]` [2]", []int{2}, "x[1] [2]"},
		"in emphasis":       {"**so [1].**[2]", []int{1, 2}, "so [1].[2]"},
		"escaped":           {"\\[1] \\\\[1]", []int{1, 1}, "[1]"},
		"forged stand-ins":  {"⧘1⧙ ⧼b> ⧉#27;", nil, "⟨29D8⟩1⟨29D9⟩ ⟨29FC⟩b> ⟨29C9⟩#27;"},
		"in a heading":      {"# so [1]", []int{1}, "so [1]"},
		"in a link's text":  {"[see [1] there](http://x/)", []int{1}, "see [1] there http://x/"},
		"unclosed emphasis": {"**so [1]", []int{1}, "**so [1]"},
	} {
		t.Run(name, func(t *testing.T) {
			d := markdown.Render(c.text, 60, known)
			exact(t, d, 60)
			var got []int
			for _, x := range d.Cites {
				got = append(got, x.N)
			}
			if !slices.Equal(got, c.cites) || !strings.Contains(text(d), c.shown) {
				t.Errorf("cites %v, not %v, in\n%s", got, c.cites, text(d))
			}
		})
	}
	if d := markdown.Render("a [1]", 60, nil); len(d.Cites) != 0 {
		t.Error("without a list of citations there are some")
	}
}

// TestNothingHiddenComesBack: entities, HTML and escape sequences are shown as they are written. Nothing else is in the accent role but a link's text, whose address stands beside it.
func TestNothingHiddenComesBack(t *testing.T) {
	for _, s := range []string{
		"&#27;[31mred&#x1b;[0m", "&lt;b&gt; &amp; &copy; &Tab;", "<script>alert(1)</script>", "<!-- hidden -->shown", "<div\n>x</div>", "<http://a/>",
		"\x1b[31mred", "\u009b31m", "a\u202eb", "[a](http://x/\x1b]8;;y\x07)", "\x1b]8;;http://x\x07y\x1b]8;;\x07",
		"38;2;0;0;2m [38;2;0;0;3m",
	} {
		d := markdown.Render(s, 80, all)
		exact(t, d, 80)
		for _, part := range []string{"hidden", "script", "red", "#27", "&lt;b&gt;", "8;;http://x", "202E", "<http://a/>"} {
			if strings.Contains(safetext.Of(s).String(), part) && !strings.Contains(text(d), part) {
				t.Errorf("%q: %q is not shown in\n%s", s, part, text(d))
			}
		}
		for _, l := range d.Lines {
			for _, span := range l {
				if span.Role == theme.Accent && !strings.Contains(s, "](") {
					t.Errorf("%q puts %q into the accent role", s, span.Text.String())
				}
			}
		}
	}
}

func TestNothingIsFetched(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the text was fetched from") }))
	t.Cleanup(server.Close)
	markdown.Render(fmt.Sprintf("![x](%[1]s/a.png) [y](%[1]s) <img src=%[1]s> %[1]s", server.URL), 80, all)
	if _, err := net.Dial("tcp", server.Listener.Addr().String()); err != nil {
		t.Fatal("the server would not have noticed:", err)
	}
}

func TestEveryWidthIsExactWhateverTheText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	marks := []string{"**", "*", "_", "`", "```\n", "\n\n", "\n", "# ", "> ", "- ", "1. ", "|", "|---|\n", "[1]", "[a](b)", "![a](b)", "&#27;", "<b>", "    ", "~~", "\\", "---\n", ": "}
	hostile := hostileTexts()
	for range 150 {
		var b strings.Builder
		for range r.IntN(60) {
			switch r.IntN(3) {
			case 0:
				b.WriteString(hostile[r.IntN(len(hostile))])
			case 1:
				b.WriteString([]string{"word ", "longer-words.with,marks ", "日本 ", "x"}[r.IntN(4)])
			default:
				b.WriteString(marks[r.IntN(len(marks))])
			}
		}
		w := 1 + r.IntN(120)
		exact(t, markdown.Render(b.String(), w, all), w)
	}
}

func TestWorkIsBounded(t *testing.T) {
	for name, s := range attacks() {
		t.Run(name, func(t *testing.T) {
			d := markdown.Render(strings.Repeat(s, 1+100_000/len(s)), 80, all)
			exact(t, d, 80)
			if d.Rest < 100_000-markdown.MaxBytes {
				t.Errorf("%d bytes are said not to be rendered", d.Rest)
			}
			if len(d.Lines) > 2*markdown.MaxBytes {
				t.Errorf("%d lines", len(d.Lines))
			}
		})
	}
	if d := markdown.Render("short", 80, all); d.Rest != 0 {
		t.Errorf("%d bytes of five are not rendered", d.Rest)
	}
}

func attacks() map[string]string {
	return map[string]string{
		"stars": "*a ", "underscores": "_a", "brackets": "[", "bangs": "![", "ticks": "`a``", "quotes": ">", "quotes of quotes": "> > > > > > > > a\n",
		"dashes": "- ", "table": strings.Repeat("|a", 20) + "\n" + strings.Repeat("|-", 20) + "\n", "columns": strings.Repeat("|a", 4000) + "\n" + strings.Repeat("|-", 4000) + "\n",
		"links": "[a](b", "tildes": "~~a ", "strong": "**a *b ", "nested": "                    - a\n", "www": "www.a.b ", "mail": "a@b.c", "lines": "\n",
		"references": "[a]: b\n", "definitions": "a\n: b\n", "html": "<a ", "wide": "界", "items": "- a\n", "fences": "```\n", "headings": "# a\n", "rules": "---\n",
		"marks": "e\u0301\u0301\u0301", "entities": "&#27;", "hostile": strings.Join(hostileTexts(), "\n"), "numbers": "999999999. a\n", "crumbs": "*", "carets": "\x1b[31m",
	}
}

func BenchmarkRender(b *testing.B) {
	b.SetBytes(int64(len(sample)))
	for b.Loop() {
		markdown.Render(sample, 100, all)
	}
}

func BenchmarkAttacks(b *testing.B) {
	for name, s := range attacks() {
		b.Run(name, func(b *testing.B) {
			long := strings.Repeat(s, 1+100_000/len(s))
			for b.Loop() {
				markdown.Render(long, 80, all)
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add(sample, uint8(80))
	for _, s := range hostileTexts() {
		f.Add(s, uint8(20))
		f.Add("**"+s+"** `"+s+"` [1]\n\n> "+s+"\n\n| "+s+" |\n|---|\n| [2] |", uint8(33))
	}
	for _, s := range attacks() {
		f.Add(strings.Repeat(s[:min(len(s), 64)], 20), uint8(9))
	}
	f.Fuzz(func(t *testing.T, s string, width uint8) {
		w := 1 + int(width)
		exact(t, markdown.Render(s, w, all), w)
	})
}
