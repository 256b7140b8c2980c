package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// block is a paragraph, a heading or a list item: no sentence reaches beyond it.
type block struct {
	from, to int
	heading  bool
	ends     bool // a blank line follows, or the text ends
}

// wrapped is how wide a line at least is whose end is only where an editor wrapped it; wide runes count twice.
const wrapped = 45

// blocks splits a text at blank lines, headings, list items, and newlines that don't merely wrap.
func blocks(text string) []block {
	var out []block
	open := false // the last block may go on
	for from := 0; from < len(text); {
		to := from + strings.IndexByte(text[from:], '\n')
		if to < from {
			to = len(text)
		}
		line := strings.TrimSpace(text[from:to])
		switch heading := isHeading(line); {
		case line == "":
			if len(out) > 0 {
				out[len(out)-1].ends = true
			}
			open = false
		case rule(line): // drawn, not written
			open = false
		case open && !heading && !item(line) && !row(line):
			out[len(out)-1].to = to
			open = goesOn(line, text[min(len(text), to+1):])
		default:
			out = append(out, block{from: from, to: to, heading: heading})
			open = !heading && !row(line) && goesOn(line, text[min(len(text), to+1):])
		}
		from = to + 1
	}
	for i := range out {
		titled(text, out, i)
	}
	if len(out) > 0 {
		out[len(out)-1].ends = true
	}
	return out
}

// goesOn says that a line's end is no end: it is as wide as a wrapped one, or the next line begins with a small letter.
func goesOn(line, next string) bool {
	width := 0
	for _, r := range line {
		if width++; ideographic(r) {
			width++
		}
	}
	if width >= wrapped {
		return true
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(next, " \t"))
	return unicode.IsLower(r)
}

// titled makes a heading of a short line between blank lines that ends without a mark.
func titled(text string, all []block, i int) {
	b := &all[i]
	if b.heading || !b.ends || i+1 == len(all) || i > 0 && !all[i-1].ends && !all[i-1].heading {
		return
	}
	s := strings.TrimSpace(text[b.from:b.to])
	if len(s) > 200 || strings.Contains(s, "\n") || item(s) || Words(s) > 12 {
		return
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	b.heading = !terminal(last) && last != ':' && last != ',' && last != ';'
}

// isHeading knows Markdown's.
func isHeading(line string) bool {
	level := len(line) - len(strings.TrimLeft(line, "#"))
	return level >= 1 && level <= 6 && len(line) > level && line[level] == ' '
}

// rule says that a line has neither letter nor digit, such as "-----".
func rule(line string) bool {
	return strings.IndexFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r >= 0x2190 }) < 0
}

// row says that a line is one of a table in Markdown.
func row(line string) bool { return len(line) > 1 && line[0] == '|' && line[len(line)-1] == '|' }

// item says that a line begins as a list's item does: "- ", "* ", "• ", "1. ", "1) ", "(a) ".
func item(line string) bool {
	for _, bullet := range []string{"- ", "* ", "+ ", "• ", "– ", "— ", "· ", "> "} {
		if strings.HasPrefix(line, bullet) {
			return true
		}
	}
	label, rest, found := strings.Cut(line[:min(len(line), 8)], " ")
	if !found || rest == "" || len(label) < 2 {
		return false
	}
	last := label[len(label)-1]
	core := strings.Trim(label, "().")
	if last != '.' && last != ')' || core == "" {
		return false
	}
	return strings.Trim(core, "0123456789") == "" || last == ')' && len(core) == 1
}
