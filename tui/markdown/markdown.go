package markdown

import (
	"bytes"
	"strings"

	"charm.land/glamour/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Bounds of the work.
const (
	MaxBytes = 16 << 10 // of a text that are rendered
	maxLines = 600      // of it
)

// least is the narrowest width that is laid out; below it lines are cut.
const least = 8

// Cite is where a citation stands in the rendered lines.
type Cite struct {
	N    int // as written: [N]
	Line int // index into Doc.Lines
	X, W int // cells
}

// Doc is a rendered text. It is immutable.
type Doc struct {
	Lines []theme.Line // each exactly as wide as asked for
	Cites []Cite       // in the order of the text
	Rest  int          // bytes of the text that were not rendered
}

// At is the citation in a cell; false when there is none.
func (d Doc) At(line, x int) (Cite, bool) {
	for _, c := range d.Cites {
		if c.Line == line && x >= c.X && x < c.X+c.W {
			return c, true
		}
	}
	return Cite{}, false
}

// Render lays a text out in lines of w cells. cited says which numbers in brackets are citations; nil: none are. Citations are in the accent
// role and, unlike anything else, listed in Cites: a link or a heading cannot look like one.
func Render(text string, w int, cited func(n int) bool) Doc {
	if w <= 0 {
		return Doc{}
	}
	body := []byte(text[:min(len(text), MaxBytes)])
	rest := len(text) - len(body)
	lines, unread := safetext.Lines(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), maxLines)
	rest += unread
	src := guard(lines, cited)
	out, ok := rendered(src, max(w, least))
	if !ok {
		return plain(lines, w, rest)
	}
	d := read(out, w)
	d.Rest = rest
	return d
}

// rendered is what glamour makes of a text; false when it gives up on it.
func rendered(src string, w int) (out []byte, ok bool) {
	defer func() {
		if recover() != nil { // a renderer's mistake must not end the console
			out, ok = nil, false
		}
	}()
	r, err := glamour.NewTermRenderer(glamour.WithStyles(styles()), glamour.WithWordWrap(w), glamour.WithInlineTableLinks(true))
	if err != nil {
		return nil, false
	}
	out, err = r.RenderBytes([]byte(src))
	return bytes.Trim(out, "\n"), err == nil
}

// plain shows the text as it is written.
func plain(lines []safetext.Text, w, rest int) Doc {
	d := Doc{Rest: rest}
	for _, l := range lines {
		for _, part := range l.Words(w) {
			d.Lines = append(d.Lines, theme.FitLine(theme.Line{{Text: part}}, w))
		}
	}
	return d
}

// Plain is the beginning of a text without its markup, in one line: for a draft, or where there is room for no more.
func Plain(text string) safetext.Text {
	text = text[:min(len(text), safetext.LineBytes)]
	return safetext.Of(strings.Join(strings.Fields(text), " "))
}
