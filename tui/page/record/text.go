package record

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// textBody is text, long lines wrapped between characters.
type textBody struct {
	src   []byte
	lines []piece
	rest  int
}

func indexText(b []byte, w int) body {
	t := &textBody{src: b}
	var c cells
	off, used := 0, 0
	for i := 0; i < len(b); {
		if len(t.lines) == maxLines {
			t.rest = len(b) - off
			return t
		}
		if b[i] == '\n' {
			t.lines = append(t.lines, piece{off: uint32(off), end: uint32(i)})
			i++
			off, used = i, 0
			continue
		}
		n, cw := c.next(b[i:])
		if used+cw > w && i > off {
			t.lines = append(t.lines, piece{off: uint32(off), end: uint32(i)})
			off, used = i, 0
		}
		i, used = i+n, used+cw
	}
	if off < len(b) {
		t.lines = append(t.lines, piece{off: uint32(off), end: uint32(len(b))})
	}
	return t
}

func (t *textBody) len() int      { return len(t.lines) }
func (t *textBody) unlisted() int { return t.rest }

func (t *textBody) line(i int) theme.Line {
	p := t.lines[i]
	lines, _ := safetext.Lines(t.src[p.off:p.end], 1)
	if len(lines) == 0 {
		return nil
	}
	return theme.Line{{Text: lines[0]}}
}
