package markdown

import (
	"bytes"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/tui/safetext"
)

// TestTheGuardIsNeeded is the control of the others: without it the renderer decodes what was hidden, and makes links of citations. What reads
// its output is the second line: even then no control character comes through.
func TestTheGuardIsNeeded(t *testing.T) {
	const text = "&#27;]0;title&#7; **x** [1]\n\n[1]: http://evil/\n"
	out, ok := rendered(text, 80)
	if !ok || !bytes.Contains(out, []byte("\x1b]0;title")) || !bytes.Contains(out, []byte("http://evil/")) {
		t.Errorf("the renderer is harmless by itself: %q", out)
	}
	for _, l := range read(out, 80).Lines {
		for _, s := range l {
			if strings.ContainsAny(s.Text.String(), "\x1b\x07") {
				t.Errorf("a control character came through: %q", s.Text.String())
			}
		}
	}
	lines, _ := safetext.Lines([]byte(text), 10)
	out, _ = rendered(guard(lines, func(int) bool { return true }), 80)
	if bytes.Contains(out, []byte("\x1b]")) || bytes.Contains(out, []byte("\x07")) {
		t.Errorf("guarded, and yet %q", out)
	}
}

// TestARendererThatFails: what it can't lay out is shown as it is written.
func TestARendererThatFails(t *testing.T) {
	lines, _ := safetext.Lines([]byte("# as it **is** \x1b[2J written, and long enough for two lines"), 10)
	d := plain(lines, 30, 7)
	if len(d.Lines) != 2 || d.Rest != 7 || d.Lines[0].Width() != 30 || !strings.Contains(d.Lines[0][0].Text.String(), "# as it **is** ␛[2J") {
		t.Errorf("%+v", d)
	}
}

func TestDepthIsLimited(t *testing.T) {
	for text, want := range map[string]string{
		"- a":                         "- a",
		"> > > > > > > > x":           "> > > > > > \\> > x",
		"- - - - - - 1. x":            "- - - - - - \\1. x",
		"-x":                          "-x",
		"1234567890. x":               "1234567890. x",
		strings.Repeat(" ", 90) + "x": strings.Repeat(" ", maxIndent) + "x",
		"":                            "",
	} {
		if got := unnest(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}
