package theme_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestNeedsASCII(t *testing.T) {
	for name, c := range map[string]struct {
		env  func(string) string
		want bool
	}{
		"nothing set":            {env(), false},
		"UTF-8":                  {env("LANG", "en_GB.UTF-8"), false},
		"LC_ALL wins":            {env("LC_ALL", "C", "LANG", "en_GB.UTF-8"), true},
		"latin1":                 {env("LANG", "de_DE.ISO-8859-1"), true},
		"linux console":          {env("TERM", "linux", "LANG", "en_GB.UTF-8"), true},
		"dumb":                   {env("TERM", "dumb"), true},
		"C.utf8 in a container":  {env("LANG", "C.utf8"), false},
		"empty LC_ALL is no say": {env("LC_ALL", "", "LANG", "C"), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := theme.NeedsASCII(c.env); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestGlyphsTakeOneCell(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		g := theme.New(theme.Options{ASCII: ascii}).Glyphs()
		all := append(append([]safetext.Text{
			g.Done, g.Attention, g.Failed, g.Busy, g.Cursor, g.Mark, g.Crumb, g.On, g.Off,
			g.H, g.V, g.Cross, g.TeeDown, g.TeeUp, g.Up, g.Down, g.Enter,
		}, g.Levels[:]...), g.Eighths[:]...)
		for _, x := range all {
			if x.Width() != 1 || ascii && x.String()[0] >= 0x80 {
				t.Errorf("%q is %d wide (ascii %v)", x, x.Width(), ascii)
			}
		}
	}
}

func TestNoColourMeansNoColour(t *testing.T) {
	line := theme.Line{{Text: safetext.Const("lost"), Role: theme.Bad}}
	if got := theme.New(theme.Options{}).Render(line...); got != "lost" {
		t.Errorf("without colours: %q", got)
	}
	for _, c := range []theme.Colours{theme.Sixteen, theme.Full} {
		if got := theme.New(theme.Options{Colours: c}).Render(line...); got == "lost" || ansi.Strip(got) != "lost" {
			t.Errorf("with colours %d: %q", c, got)
		}
	}
	if got := theme.New(theme.Options{}).RenderSelected(line...); got == "lost" {
		t.Error("the selection cannot be seen without colours")
	}
}

func TestFitLine(t *testing.T) {
	line := theme.Line{{Text: safetext.Const("ab")}, {Text: safetext.Const("日本"), Role: theme.Good}}
	for w, want := range map[int]string{0: "", 1: "…", 2: "a…", 3: "ab…", 4: "ab… ", 5: "ab日…", 6: "ab日本", 8: "ab日本  "} {
		got := ansi.Strip(theme.Theme{}.Fit(w, line))
		if got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
}

func TestDegradeKeepsWidth(t *testing.T) {
	in := "─ é 日本 ✔ e\u0301 \x1b[31m▁█\x1b[m"
	got := theme.New(theme.Options{ASCII: true}).Degrade(in)
	if ansi.StringWidth(got) != ansi.StringWidth(in) || strings.ContainsFunc(got, func(r rune) bool { return r >= 0x80 }) {
		t.Errorf("got %q", got)
	}
}
