package markdown

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/krapp-io/krapp/tui/safetext"
)

// Stand-ins take the place of characters that the renderer would act on. They count as punctuation, as what they stand for does, are one cell
// wide, and are shown by their codes where the text itself has them: so whatever stands for something was put there by guard.
const (
	citeOpen  = '⧘' // the brackets of a citation: never a link
	citeClose = '⧙'
	lessThan  = '⧼' // never HTML
	ampersand = '⧉' // never an entity: &#27; would be an escape character
	pipe      = '⧚' // in a line with more columns than a table may have
	quoteBar  = '⧛' // the renderer's mark beside what is quoted
)

// What a text may nest and how many columns a table may have: what takes the renderer longer than a frame lies far above.
const (
	maxDepth  = 6
	maxIndent = 24
	maxPipes  = 24
	maxRun    = 16 // of the same mark in a row, and of opening brackets in a line
)

// guard makes markdown of safe lines in which nothing is left that the renderer would decode, fetch or choke on.
func guard(lines []safetext.Text, cited func(int) bool) string {
	var b strings.Builder
	for _, l := range lines {
		s := l.String()
		s = unnest(s)
		s = calm(s)
		stand(&b, s, cited)
		b.WriteByte('\n')
	}
	return b.String()
}

// stand writes a line with stand-ins.
func stand(b *strings.Builder, s string, cited func(int) bool) {
	pipes := strings.Count(s, "|") > maxPipes
	for i := 0; i < len(s); {
		if n, size := citation(s[i:]); size > 0 && cited != nil && cited(n) {
			b.WriteRune(citeOpen)
			b.WriteString(s[i+1 : i+size-1])
			b.WriteRune(citeClose)
			i += size
			continue
		}
		r, size := rune(s[i]), 1
		if r >= 0x80 {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case r == '<':
			b.WriteRune(lessThan)
		case r == '&':
			b.WriteRune(ampersand)
		case r == '|' && pipes:
			b.WriteRune(pipe)
		case isStandIn(r):
			b.WriteString("⟨" + strings.ToUpper(strconv.FormatInt(int64(r), 16)) + "⟩")
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
}

func isStandIn(r rune) bool {
	switch r {
	case citeOpen, citeClose, lessThan, ampersand, pipe, quoteBar:
		return true
	}
	return false
}

// citation reads "[12]" at the beginning of s; size 0 when there is none.
func citation(s string) (n, size int) {
	if s[0] != '[' {
		return 0, 0
	}
	for i := 1; i < len(s) && i <= 4; i++ {
		switch {
		case s[i] >= '0' && s[i] <= '9' && i < 4:
			n = 10*n + int(s[i]-'0')
		case s[i] == ']' && i > 1 && n > 0:
			return n, i + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// unnest limits how deep a line stands in lists and quotations: what goes beyond is shown as it is written.
func unnest(s string) string {
	trimmed := strings.TrimLeft(s, " ")
	if indent := len(s) - len(trimmed); indent > maxIndent {
		s = s[indent-maxIndent:]
	}
	depth := 0
	for i := 0; i < len(s); {
		size := marker(s[i:])
		switch {
		case s[i] == ' ':
			i++
		case size == 0:
			return s
		case depth == maxDepth:
			return s[:i] + "\\" + s[i:]
		default:
			depth++
			i += size
		}
	}
	return s
}

// marker is the length of the mark of a quotation or of an item of a list at the beginning of s.
func marker(s string) int {
	if s[0] == '>' {
		return 1
	}
	i := 0
	for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i >= len(s) {
		return 0
	}
	mark := s[i] == '-' || s[i] == '*' || s[i] == '+'
	if i > 0 {
		mark = s[i] == '.' || s[i] == ')'
	}
	if mark && (i+1 == len(s) || s[i+1] == ' ') {
		return i + 1
	}
	return 0
}

// calm takes the meaning from marks that come in such a number in a line that only an attack needs them: pairing them takes quadratic time.
func calm(s string) string {
	for _, c := range []string{"*", "_", "~", "`", "[", "!"} {
		if n := strings.Count(s, c); n > maxRun*8 {
			s = strings.ReplaceAll(s, c, "\\"+c)
		}
	}
	return s
}
