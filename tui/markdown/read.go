package markdown

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// reader takes what the renderer wrote apart.
type reader struct {
	w     int
	doc   Doc
	class class
	line  []run // of the present line
	blank int   // lines without text, not yet added
}

// run is text of one class; number is set where it is a citation.
type run struct {
	class  class
	number int
	text   string
}

// read makes lines of w cells of the renderer's output. Escape sequences set the class or are dropped; everything else passes safetext again.
func read(out []byte, w int) Doc {
	r := reader{w: w}
	parser := ansi.NewParser()
	var state byte
	for len(out) > 0 {
		seq, width, n, next := ansi.DecodeSequence(out, state, parser)
		state = next
		switch {
		case width > 0:
			r.add(seq)
		case len(seq) == 1 && seq[0] == '\n':
			r.end()
		case bytes.HasPrefix(seq, []byte("\x1b[")) && seq[len(seq)-1] == 'm':
			r.style(seq[2 : len(seq)-1])
		case len(seq) > 0 && seq[0] >= 0x20 && seq[0] != 0x7f && seq[0] != 0x9b && utf8.Valid(seq):
			r.add(seq) // a mark without a letter: safetext shows it
		}
		out = out[n:]
	}
	r.end()
	return r.doc
}

// style reads the parameters of a colour: the class is the last of "38;2;0;0;CLASS". Anything else ends it.
func (r *reader) style(params []byte) {
	r.class = prose
	const mark = "38;2;0;0;"
	_, after, found := strings.Cut(string(params), mark)
	if !found {
		return
	}
	after, _, _ = strings.Cut(after, ";")
	if len(after) == 1 && after[0] >= '0' && after[0] < '0'+byte(classes) {
		r.class = class(after[0] - '0')
	}
}

func (r *reader) add(text []byte) {
	if n := len(r.line); n > 0 && r.line[n-1].class == r.class {
		r.line[n-1].text += string(text)
		return
	}
	r.line = append(r.line, run{class: r.class, text: string(text)})
}

// end adds the present line; blank ones only between others, and one in a row.
func (r *reader) end() {
	runs := trimmed(r.line)
	r.line = nil
	if len(runs) == 0 {
		r.blank++
		return
	}
	if r.blank > 0 && len(r.doc.Lines) > 0 {
		r.doc.Lines = append(r.doc.Lines, theme.FitLine(nil, r.w))
	}
	r.blank = 0
	r.put(restore(runs))
}

// trimmed drops the blanks at a line's end.
func trimmed(runs []run) []run {
	for n := len(runs); n > 0; n-- {
		runs[n-1].text = strings.TrimRight(runs[n-1].text, " ")
		if runs[n-1].text != "" {
			return runs[:n]
		}
	}
	return nil
}

// put adds runs as a line, or several where the renderer did not keep to the width.
func (r *reader) put(runs []run) {
	var line theme.Line
	at := 0
	flush := func() {
		r.doc.Lines = append(r.doc.Lines, theme.FitLine(line, r.w))
		line, at = nil, 0
	}
	for _, x := range runs {
		text := safetext.Of(x.text)
		s := x.class.span()
		if x.number > 0 {
			s = theme.Span{Role: theme.Accent}
			if at+text.Width() > r.w && at > 0 {
				flush()
			}
			if text.Width() <= r.w {
				r.doc.Cites = append(r.doc.Cites, Cite{N: x.number, Line: len(r.doc.Lines), X: at, W: text.Width()})
			}
		}
		for !text.IsEmpty() {
			s.Text = text.Cut(0, r.w-at)
			switch {
			case !s.Text.IsEmpty():
				text = text.Cut(s.Text.Width(), text.Width())
			case at > 0:
				flush()
				continue
			default: // a wide character in a column of one cell
				s.Text, text = safetext.Spaces(1), text.Cut(2, text.Width())
			}
			line, at = append(line, s), at+s.Text.Width()
		}
	}
	if len(line) > 0 {
		flush()
	}
}

// restore puts what stand-ins stand for back, and sets citations apart. In code, brackets are only brackets.
func restore(runs []run) []run {
	var out []run
	bars := 0
	for _, x := range runs {
		var b strings.Builder
		for i := 0; i < len(x.text); {
			c, size := utf8.DecodeRuneInString(x.text[i:])
			switch c {
			case citeOpen:
				b.WriteByte('[')
				n, length := citation("[" + strings.Replace(head(x.text[i+size:]), string(citeClose), "]", 1))
				if length > 0 && x.class != code {
					out = append(out, run{class: x.class, text: strings.TrimSuffix(b.String(), "[")}, run{class: x.class, number: n, text: "[" + digits(n) + "]"})
					b.Reset()
					size += length - 2 + utf8.RuneLen(citeClose)
				}
			case citeClose:
				b.WriteByte(']')
			case lessThan:
				b.WriteByte('<')
			case ampersand:
				b.WriteByte('&')
			case pipe:
				b.WriteByte('|')
			case quoteBar:
				bars++
				b.WriteString([]string{" ", "│"}[bars%2])
			default:
				b.WriteString(x.text[i : i+size])
			}
			i += size
		}
		out = append(out, run{class: x.class, text: b.String()})
	}
	return out
}

// head is as much of a text as a citation can take.
func head(s string) string { return s[:min(len(s), 3+utf8.RuneLen(citeClose))] }

func digits(n int) string { return strconv.Itoa(n) }
