package record

import (
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// jsonBody is JSON that is valid, a member or an element a line. Numbers and strings stay as they were written.
type jsonBody struct {
	src   []byte
	lines []piece
	rest  int
}

// indent is the cells a level is moved in by.
const indent = 2

// token is a piece of JSON.
type token struct {
	off, end int
	first    byte // 0: there is none
}

// nextToken finds the token at or after i. The source is valid JSON.
func nextToken(b []byte, i int) token {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i == len(b) {
		return token{off: i, end: i}
	}
	t := token{off: i, end: i + 1, first: b[i]}
	switch b[i] {
	case '{', '}', '[', ']', ',', ':':
		return t
	case '"':
		for t.end < len(b) && b[t.end] != '"' {
			if b[t.end] == '\\' {
				t.end++
			}
			t.end++
		}
		t.end = min(t.end+1, len(b))
		return t
	}
	for t.end < len(b) && !isSpace(b[t.end]) && !isPunctuation(b[t.end]) {
		t.end++
	}
	return t
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isPunctuation(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ',', ':':
		return true
	}
	return false
}

// jsonIndexer makes the lines.
type jsonIndexer struct {
	*jsonBody
	w     int
	depth int
	cells cells
}

func indexJSON(b []byte, w int) body {
	x := jsonIndexer{jsonBody: &jsonBody{src: b}, w: w}
	t := nextToken(b, 0)
	off := t.off
	for t.first != 0 {
		if len(x.lines) >= maxLines {
			x.rest = len(b) - off
			break
		}
		next := nextToken(b, t.end)
		ends := next.first == 0
		switch t.first {
		case '{', '[':
			if next.first != '}' && next.first != ']' {
				ends = true
			}
		case ',':
			ends = true
		}
		closes := (next.first == '}' || next.first == ']') && t.first != '{' && t.first != '['
		if ends || closes {
			x.add(off, t.end)
			off = next.off
		}
		x.level(t, next, closes)
		t = next
	}
	return x.jsonBody
}

// level follows the nesting: an opening bracket that is not closed at once moves what follows in.
func (x *jsonIndexer) level(t, next token, closes bool) {
	if (t.first == '{' || t.first == '[') && next.first != '}' && next.first != ']' {
		x.depth++
	}
	if closes {
		x.depth--
	}
}

// add makes a line of a range, or several where it is too long.
func (x *jsonIndexer) add(off, end int) {
	p := piece{off: uint32(off), indent: uint16(min(max(x.depth, 0)*indent, x.w/2))}
	room, used := x.w-int(p.indent), 0
	for i := off; i < end; {
		t := nextToken(x.src, i)
		if t.off >= end {
			break
		}
		inside := x.insideOf(t)
		for j := t.off; j < t.end; {
			n, w := x.step(j, t)
			if used+w > room && j > int(p.off) {
				x.put(p, j)
				p.off, p.inside, used = uint32(j), inside, 0
				if j == t.off {
					p.inside = inNothing
				}
			}
			j, used = j+n, used+w
		}
		i = t.end
	}
	x.put(p, end)
}

func (x *jsonIndexer) put(p piece, end int) {
	if len(x.lines) >= maxLines {
		return
	}
	p.end = uint32(end)
	x.lines = append(x.lines, p)
}

// step is the next character of a token: an escape is never torn apart, and a colon is drawn with a blank.
func (x *jsonIndexer) step(i int, t token) (n, w int) {
	switch {
	case t.first == ':':
		return 1, 2
	case t.first == '"' && x.src[i] == '\\' && i+1 < t.end:
		return 2, 2
	}
	return x.cells.next(x.src[i:])
}

// insideOf says what a line is in that begins within a token.
func (j *jsonBody) insideOf(t token) inside {
	switch {
	case t.first != '"':
		return inNothing
	case nextToken(j.src, t.end).first == ':':
		return inName
	}
	return inString
}

func (j *jsonBody) len() int      { return len(j.lines) }
func (j *jsonBody) unlisted() int { return j.rest }

func (j *jsonBody) line(i int) theme.Line {
	p := j.lines[i]
	line := theme.Line{{Text: safetext.Spaces(int(p.indent))}}
	at, end := int(p.off), int(p.end)
	if p.inside != inNothing {
		stop := at
		for stop < end && j.src[stop] != '"' {
			if j.src[stop] == '\\' {
				stop++
			}
			stop++
		}
		stop = min(stop+1, end)
		line = append(line, theme.S(roleOf(p.inside), safetext.Of(j.src[at:stop])))
		at = stop
	}
	for at < end {
		t := nextToken(j.src, at)
		if t.off >= end {
			break
		}
		line = append(line, j.span(t, end))
		at = t.end
	}
	return line
}

// span draws a token, as far as it is on the line.
func (j *jsonBody) span(t token, end int) theme.Span {
	text := safetext.Of(j.src[t.off:min(t.end, end)])
	switch {
	case t.first == ':':
		return theme.S(theme.Muted, safetext.Const(": "))
	case isPunctuation(t.first), t.first == 'n': // null
		return theme.S(theme.Muted, text)
	case t.first == '"':
		return theme.S(roleOf(j.insideOf(t)), text)
	}
	return theme.S(theme.Good, text)
}

func roleOf(in inside) theme.Role {
	if in == inName {
		return theme.Accent
	}
	return theme.Text
}
