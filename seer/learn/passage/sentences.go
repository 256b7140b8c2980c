package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a stretch of the text, a sentence or part of a long one.
type span struct {
	from, to int // bytes
	quarters int // of words
	heading  bool
	ends     bool // its paragraph ends with it
}

// Sentences splits a text of any script into its sentences, in order, white space made single spaces. A heading and a list item are
// sentences of their own; what has more than 100 words without an end is cut. What is not UTF-8 becomes U+FFFD.
func Sentences(text string) []string {
	text = valid(text)
	spans := sentences(text)
	out := make([]string, len(spans))
	for i, s := range spans {
		out[i] = strings.Join(strings.Fields(text[s.from:s.to]), " ")
	}
	return out
}

// valid returns the text as UTF-8 with newlines as Unix has them.
func valid(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return text
}

// sentences finds the sentences of a valid text. None is empty or longer than maxWords.
func sentences(text string) []span {
	var out []span
	for _, b := range blocks(text) {
		first := len(out)
		out = appendSentences(out, text, b)
		if len(out) > first {
			out[first].heading = b.heading
			out[len(out)-1].ends = b.ends
		}
	}
	return out
}

// appendSentences splits one block.
func appendSentences(out []span, text string, b block) []span {
	s := text[b.from:b.to]
	small := strings.IndexFunc(s, unicode.IsUpper) < 0
	from := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if !terminal(r) {
			continue
		}
		stop := i - n // where the mark begins
		i += marks(s[i:])
		if ends(s, from, stop, i, r, small) {
			out = appendSpan(out, text, b.from+from, b.from+i)
			from = i
		}
	}
	return appendSpan(out, text, b.from+from, b.to)
}

// appendSpan adds a sentence without the space around it, in pieces when it is too long.
func appendSpan(out []span, text string, from, to int) []span {
	for from < to {
		s := text[from:to]
		from += len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		if from >= to {
			break
		}
		n := cut(text[from:to], maxWords*word)
		piece := strings.TrimRightFunc(text[from:from+n], unicode.IsSpace)
		if piece != "" {
			out = append(out, span{from: from, to: from + len(piece), quarters: measure(piece)})
		}
		from += n
	}
	return out
}

func terminal(r rune) bool {
	switch r {
	case '.', '!', '?', '…':
		return true
	}
	return r >= 0x80 && unicode.Is(unicode.STerm, r)
}

// marks returns the length of further marks and of what closes quotes and brackets behind one.
func marks(s string) int {
	for i, r := range s {
		switch {
		case terminal(r), r == '"', r == '\'':
		case r >= 0x29 && (unicode.Is(unicode.Pe, r) || unicode.Is(unicode.Pf, r)):
		default:
			return i
		}
	}
	return len(s)
}

// ends says whether the sentence that began at from ends with the mark at [stop, end), r being its first rune. small: nothing in the text has a
// capital letter, so that they can't show where a sentence begins.
func ends(s string, from, stop, end int, r rune, small bool) bool {
	rest := s[end:]
	if rest == "" {
		return true
	}
	next, _ := utf8.DecodeRuneInString(rest)
	if r >= 0x80 && r != '…' { // 。 । ؟: they end a sentence and nothing else, but for what is quoted
		quoted := strings.HasSuffix(s[:end], "」") || strings.HasSuffix(s[:end], "』")
		return !quoted || next != 'と' && next != 'っ'
	}
	if !unicode.IsSpace(next) {
		return ideographic(next) && r != '.'
	}
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	rest = strings.TrimLeftFunc(rest, func(r rune) bool {
		return r == '"' || r == '\'' || unicode.Is(unicode.Ps, r) || unicode.Is(unicode.Pi, r)
	})
	next, _ = utf8.DecodeRuneInString(rest)
	w := ""
	if r == '.' && end-stop == 1 {
		w = lastWord(s[from:stop])
	}
	if unicode.IsLower(next) {
		return small && (r != '.' || w != "" && abbreviated(w) == ordinary && !initials(w))
	}
	return r != '.' || end-stop > 1 || endsWord(s[from:stop], w, rest, next)
}

// endsWord judges a single full stop behind the word w, before a rest that begins with a capital letter, a number or a letter of a script
// without capitals.
func endsWord(before, w, rest string, next rune) bool {
	if w == "" {
		return true
	}
	number := strings.Trim(w, "0123456789") == ""
	if number && len(w) <= 3 && len(before) < 16 && len(strings.TrimSpace(before)) == len(w) { // the label of a list item
		return false
	}
	if number && len(w) <= 2 && germanMonth(firstWord(rest)) {
		return false
	}
	switch abbreviated(w) {
	case continues:
		return false
	case numbered:
		return !unicode.IsDigit(next)
	}
	return !initials(w) || unicode.IsDigit(next) || starter(firstWord(rest))
}
