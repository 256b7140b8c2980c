package safetext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
)

func TestOf(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":              {"orders-42", "orders-42"},
		"escape sequence":    {"\x1b[31mred\x1b[m", "␛[31mred␛[m"},
		"clipboard write":    {"\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"},
		"C1 as a code point": {"\u009d52;c;x\u009c", "⟨009D⟩52;c;x⟨009C⟩"},
		"C1 as a byte":       {"\x9b31m", "⟨9B⟩31m"},
		"DEL and tab":        {"a\tb\x7f\n", "a␉b␡␊"},
		"bidi override":      {"a\u202ecod.exe", "a⟨202E⟩cod.exe"},
		"bidi isolate":       {"\u2066x\u2069", "⟨2066⟩x⟨2069⟩"},
		"invalid UTF-8":      {"a\xff\xfeb\xc3", "a⟨FF⟩⟨FE⟩b⟨C3⟩"},
		"zero width":         {"ad\u200bmin\ufeff", "ad⟨200B⟩min⟨FEFF⟩"},
		"no-break space":     {"a\u00a0b", "a⟨00A0⟩b"},
		"lone mark":          {"\u0301a", "⟨0301⟩a"},
		"accent":             {"e\u0301té", "e\u0301té"},
		"stack of marks":     {"e" + strings.Repeat("\u0301", 4), "e\u0301\u0301⟨0301⟩⟨0301⟩"},
		"mark on a sign":     {"\x1b\u0338", "␛⟨0338⟩"},
		"CJK":                {"日本 한국", "日本 한국"},
		"emoji":              {"ok 👍 🎉", "ok 👍 🎉"},
		"heart with VS16":    {"❤\ufe0f!", "❤!"},
		"hidden VS16":        {"a\ufe0f", "a⟨FE0F⟩"},
		"family":             {"👨\u200d👩\u200d👧", "👨👩👧"},
		"joiner in a word":   {"a\u200db", "a⟨200D⟩b"},
		"skin tone":          {"👍🏽", "👍⟨1F3FD⟩"},
		"flag":               {"🇩🇪", "⟨D⟩⟨E⟩"},
		"keycap":             {"1\ufe0f\u20e3", "1⟨FE0F⟩⟨20E3⟩"},
		"Hebrew":             {"שָׁלוֹם", "שָׁלוֹם"},
		"Arabic":             {"مرحبا", "مرحبا"},
		"Devanagari":         {"नमस्ते", "नमस⟨094D⟩ते"},
		"Thai AM":            {"น้ำ", "น้\u0e4d\u0e32"},
		"jamo":               {"\u1112\u1161\u11ab", "⟨1112⟩⟨1161⟩⟨11AB⟩"},
		"tag characters":     {"x\U000E0041", "x⟨E0041⟩"},
		"private use":        {"\ue0b0", "⟨E0B0⟩"},
		"noncharacter":       {"\uffff", "⟨FFFF⟩"},
		"wide ligature":      {"\ufdfd", "⟨FDFD⟩"},
	} {
		t.Run(name, func(t *testing.T) {
			got := safetext.Of(c.in)
			if got.String() != c.want {
				t.Errorf("Of(%q) = %q, want %q", c.in, got, c.want)
			}
			check(t, got)
		})
	}
}

func TestOfLooksAtABoundedPart(t *testing.T) {
	big := []byte(strings.Repeat("é\x1b", 4<<20/3))
	whole := testing.AllocsPerRun(3, func() { safetext.Of(big) })
	start := testing.AllocsPerRun(3, func() { safetext.Of(big[:2*safetext.LineBytes]) })
	if whole != start {
		t.Errorf("a 4 MiB value took %v allocations, its first 8 KiB %v", whole, start)
	}
	got := safetext.Of(big)
	if !strings.HasSuffix(got.String(), "…") || got.Width() > safetext.LineBytes {
		t.Errorf("width %d, ends %q", got.Width(), got.String()[len(got.String())-6:])
	}
	check(t, got)
}

func TestCuts(t *testing.T) {
	text := safetext.Of("ab日本e\u0301f")
	for name, c := range map[string]struct {
		got  safetext.Text
		want string
	}{
		"fits":               {text.Truncate(8), "ab日本e\u0301f"},
		"cut":                {text.Truncate(7), "ab日本…"},
		"cut in a wide one":  {text.Truncate(6), "ab日…"},
		"one cell":           {text.Truncate(1), "…"},
		"no cell":            {text.Truncate(0), ""},
		"pad":                {text.Fit(10), "ab日本e\u0301f  "},
		"pad after wide cut": {text.Fit(6), "ab日… "},
		"right":              {safetext.Of("42").FitRight(5), "   42"},
		"window":             {text.Cut(2, 4), "日本"},
		"window in halves":   {text.Cut(3, 4), " 本e\u0301"},
		"window past end":    {text.Cut(9, 4), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.got.String() != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
			check(t, c.got)
		})
	}
}

func TestLines(t *testing.T) {
	lines, rest := safetext.Lines([]byte("{\n\t\"a\": 1,\r\n\x1b}"), 10)
	want := []string{"{", "    \"a\": 1,␍", "␛}"}
	if rest != 0 || len(lines) != len(want) {
		t.Fatalf("got %q, rest %d", lines, rest)
	}
	for i := range want {
		if lines[i].String() != want[i] {
			t.Errorf("line %d: %q, want %q", i, lines[i], want[i])
		}
	}
	lines, rest = safetext.Lines(make([]byte, 4<<20), 3)
	if len(lines) != 3 || rest != 4<<20-3*safetext.LineBytes {
		t.Errorf("%d lines, rest %d", len(lines), rest)
	}
}

func TestWrapLosesNothing(t *testing.T) {
	text := safetext.Of(strings.Repeat("日é\u0301x\x1b", 50))
	var all strings.Builder
	for _, line := range text.Wrap(7) {
		if line.Width() > 7 {
			t.Errorf("%q is %d wide", line, line.Width())
		}
		all.WriteString(line.String())
	}
	if all.String() != text.String() {
		t.Error("wrapping changed the text")
	}
}

// TestPlainStringsBreakTheFrame is the control of check: measured as it came,
// the hostile input really is dangerous or ambiguous.
func TestPlainStringsBreakTheFrame(t *testing.T) {
	for _, s := range []string{"👨\u200d👩\u200d👧", "नमस्ते", "❤\ufe0f", "กำ"} {
		if ansi.StringWidth(s) == ansi.StringWidthWc(s) {
			t.Errorf("%q is measured alike by both; it tests nothing", s)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, s := range hostile() {
		f.Add([]byte(s), 7)
	}
	f.Fuzz(func(t *testing.T, b []byte, w int) {
		w = ((w % 200) + 200) % 200
		text := safetext.Of(b)
		check(t, text)
		if again := safetext.Of(text.String()); len(text.String()) <= safetext.LineBytes && again != text {
			t.Errorf("not idempotent: %q, %q", text, again)
		}
		if got := text.Truncate(w); got.Width() > w {
			t.Errorf("Truncate(%d) is %d wide", w, got.Width())
		} else {
			check(t, got)
		}
		for _, got := range []safetext.Text{text.Fit(w), text.FitRight(w)} {
			if got.Width() != w {
				t.Errorf("fitted to %d is %d wide", w, got.Width())
			}
			check(t, got)
		}
		check(t, text.Cut(w/2, w))
		check(t, safetext.Join(text, text, safetext.Const("│"), text))
		lines, _ := safetext.Lines(b, 20)
		for _, l := range lines {
			check(t, l)
		}
	})
}

func TestEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0x3400 && r < 0xA000 && r%97 != 0 || r >= 0xAC00 && r < 0xD7A0 && r%97 != 0 || r >= 0x20000 && r < 0xE0000 && r%997 != 0 || r >= 0xF0000 && r%997 != 0 {
			continue // a sample of the large uniform blocks
		}
		check(t, safetext.Of("a"+string(r)+"a"+string(r)+string(r)+"क"+string(r)+"क"))
		if t.Failed() {
			t.Fatalf("at U+%04X", r)
		}
	}
}

// check holds a text to the promises of the package.
func check(t *testing.T, text safetext.Text) {
	t.Helper()
	s := text.String()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for i, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			t.Errorf("%q holds U+%04X", s, r)
		}
		if i == 0 && unicode.Is(unicode.M, r) {
			t.Errorf("%q begins with a mark", s)
		}
	}
	if w := ansi.StringWidth(s); w != text.Width() {
		t.Errorf("%q: %d cells by clusters, says %d", s, w, text.Width())
	}
	if w := ansi.StringWidthWc(s); w != text.Width() {
		t.Errorf("%q: %d cells by wcwidth, says %d", s, w, text.Width())
	}
}

func hostile() []string {
	return []string{
		"", "orders", "\x1b[2J", "\x1b]52;c;ZXZpbA==\x07", "\x9b2J\x9d0;t\x9c", "\u009b2J", "a\u202eb\u2066c",
		"\xff\xc3(\xf0\x9f", "👨\u200d👩\u200d👧\u200d👦", "🇩🇪🇫🇷🇩", "❤\ufe0f\ufe0f", "1\ufe0f\u20e3", "👍🏽🏽",
		"नमस्ते क्षत्रिय", "தமிழ்", "น้ำ", "e\u0301\u0301\u0301\u0301", "\u0301", "\u1112\u1161\u11ab", "한\u11ab",
		"שָׁלוֹם עולם 123", "مرحبا ١٢٣", "日本語\u3000テスト", "\u0600\u06ddx", "\ue000\U000F0000", "x\U000E0041\U000E007F",
		"\u00a0\u2003\u3164\u2800", "﷽", "z\u034f\u0321", strings.Repeat("日", 3000),
	}
}
