package record

import (
	"fmt"
	"strings"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// hexBody shows bytes by offset: nothing is computed but the lines in sight.
type hexBody struct {
	src     []byte
	perLine int
}

// hexPerLine is how many bytes fit a line: offset, two digits and a blank each, a gap in the middle, and the characters.
func hexPerLine(w int) int {
	for _, n := range []int{32, 16, 8} {
		if 8+2+3*n+1+2+n <= w {
			return n
		}
	}
	return 4
}

func (h hexBody) len() int      { return (len(h.src) + h.perLine - 1) / h.perLine }
func (h hexBody) unlisted() int { return 0 }

func (h hexBody) line(i int) theme.Line {
	off := i * h.perLine
	b := h.src[off:min(len(h.src), off+h.perLine)]
	var digits, letters strings.Builder
	for j := range h.perLine {
		if j == h.perLine/2 {
			digits.WriteByte(' ')
		}
		if j >= len(b) {
			digits.WriteString("   ")
			continue
		}
		fmt.Fprintf(&digits, "%02x ", b[j])
		if b[j] < 0x20 || b[j] > 0x7e {
			letters.WriteByte('.')
			continue
		}
		letters.WriteByte(b[j])
	}
	return theme.Line{
		theme.S(theme.Muted, safetext.Sprintf("%08x  ", off)),
		{Text: safetext.Of(digits.String())},
		theme.S(theme.Muted, safetext.Sprintf(" %s", letters.String())),
	}
}
