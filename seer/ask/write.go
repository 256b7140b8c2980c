package ask

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/exact"
)

// number writes a count with separators: 12,345.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	return sign + grouped(s)
}

func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// decimal writes a number with separators and at most places decimals, "about" when some were cut off.
func decimal(r *big.Rat, places int) string {
	text, whole := exact.FormatRat(r, places)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	digits, fraction, has := strings.Cut(text, ".")
	text = sign + grouped(digits)
	if has {
		text += "." + fraction
	}
	if !whole {
		return "about " + text
	}
	return text
}

// count writes "1 record", "2 records".
func count(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + one + "s"
}

// code writes hostile text as a code span: nothing in it is markup, and it is short.
func code(s string) string {
	return "`" + strings.ReplaceAll(oneLine(s, 80), "`", "'") + "`"
}

// oneLine is a text's beginning, without line breaks and control characters.
func oneLine(s string, runes int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == runes {
			return b.String() + "…"
		}
		switch {
		case r == utf8.RuneError:
			b.WriteRune('\uFFFD')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			continue
		default:
			b.WriteRune(r)
		}
		n++
	}
	if n == 0 {
		return " "
	}
	return b.String()
}

// prose makes a sentence from a text harmless as markdown: its brackets are no citations, its stars no emphasis.
func prose(s string) string {
	s = oneLine(s, 1000)
	return markup.Replace(s)
}

var markup = strings.NewReplacer("[", "\\[", "]", "\\]", "*", "\\*", "`", "\\`", "<", "\\<", "\\", "\\\\")

// when writes a time, to the second, of its zone.
func when(t time.Time) string {
	zone := t.Format("-07:00")
	if _, offset := t.Zone(); offset == 0 {
		zone = "UTC"
	}
	if t.Nanosecond() != 0 {
		return t.Format("2006-01-02 15:04:05.000 ") + zone
	}
	return t.Format("2006-01-02 15:04:05 ") + zone
}

func placeName(p seer.Place) string {
	return p.Topic + "/" + strconv.Itoa(int(p.Partition)) + "@" + strconv.FormatInt(p.Offset, 10)
}

// list writes "a, b and c".
func list(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// someOf writes the first of many.
func someOf(items []string, most int) string {
	if len(items) <= most {
		return list(items)
	}
	return strings.Join(items[:most], ", ") + fmt.Sprintf(" and %d more", len(items)-most)
}

// excerpt cuts a value to what a citation may hold.
func excerpt(b []byte) string {
	s := string(b[:min(len(b), seer.MaxExcerpt)])
	if len(b) > seer.MaxExcerpt {
		for len(s) > 0 && !utf8.RuneStart(b[len(s)]) {
			s = s[:len(s)-1]
		}
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > seer.MaxExcerpt { // replacing grew it
		s = strings.ToValidUTF8(s[:seer.MaxExcerpt], "")
	}
	return s
}
