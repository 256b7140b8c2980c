package route

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTokens bounds a question in words: longer ones are prose, not a query.
const maxTokens = 160

// token is one word of the question. Its role is found once; a word without a role at the end was not understood.
type token struct {
	text   string // as written, without punctuation around it
	lower  string
	stem   string // singular
	quoted bool
	first  bool // begins a sentence: its capital says nothing
	end    bool // punctuation or the end of a sentence behind it
}

// tokenize splits text into words; quoted parts stay whole. The second result says that the text was cut.
func tokenize(text string) (tokens []token, cut bool) {
	first := true
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		if len(tokens) == maxTokens {
			return tokens, true
		}
		if closing := closingQuote(r); closing != 0 {
			if n := strings.IndexRune(text[i+size:], closing); n > 0 && n <= 512 {
				tokens = append(tokens, newToken(text[i+size:i+size+n], true, first))
				first = false
				i += size + n + utf8.RuneLen(closing)
				continue
			}
		}
		n := strings.IndexFunc(text[i:], unicode.IsSpace)
		if n < 0 {
			n = len(text) - i
		}
		word := text[i : i+n]
		i += n
		bare := trimWord(word)
		if bare == "" {
			if isOperator(word) {
				tokens = append(tokens, newToken(word, false, first))
			}
			continue
		}
		t := newToken(bare, false, first)
		last, _ := utf8.DecodeLastRuneInString(word)
		t.end = strings.ContainsRune("?!.,;:", last)
		first = strings.ContainsRune("?!.", last)
		tokens = append(tokens, t)
	}
	return tokens, false
}

func newToken(text string, quoted, first bool) token {
	lower := strings.ToLower(text)
	if !quoted {
		for _, s := range []string{"'s", "’s"} {
			if cut, ok := strings.CutSuffix(lower, s); ok {
				lower, text = cut, text[:max(0, len(text)-len(s))]
			}
		}
	}
	return token{text: text, lower: lower, stem: singular(lower), quoted: quoted, first: first}
}

func closingQuote(r rune) rune {
	switch r {
	case '"', '\'', '`':
		return r
	case '“', '„':
		return '”'
	case '‘':
		return '’'
	case '«':
		return '»'
	}
	return 0
}

// trimWord drops the punctuation around a word, and keeps a sign before a number.
func trimWord(w string) string {
	w = strings.TrimRight(w, "?!.,;:()[]{}\"'`“”‘’»…")
	w = strings.TrimLeft(w, "?!.,;:()[]{}\"'`“”„‘’«…#")
	if isOperator(w) {
		return w
	}
	if strings.IndexFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return ""
	}
	return w
}

func isOperator(w string) bool {
	switch w {
	case "=", "==", "!=", "<>", ">", "<", ">=", "<=", "≥", "≤", "≠":
		return true
	}
	return false
}

// singular is the word without a plural's ending. It is crude, and the same for both sides of each comparison.
func singular(w string) string {
	n := len(w)
	switch {
	case w == "ids":
		return "id"
	case n < 4 || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case n > 4 && strings.HasSuffix(w, "ies"):
		return w[:n-3] + "y"
	case n > 4 && (strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "zes")):
		return w[:n-2]
	case n > 5 && strings.HasSuffix(w, "uses"):
		return w[:n-2]
	case w[n-1] == 's':
		return w[:n-1]
	}
	return w
}

// loose is the word without the endings that verbs take, so that "failing" finds "failed". Words that it makes too short stay as they are.
func loose(w string) string {
	w = singular(w)
	for _, s := range []string{"ing", "ed", "e"} {
		if cut, ok := strings.CutSuffix(w, s); ok && len(cut) >= 4 {
			return cut
		}
	}
	return w
}

// Words splits an identifier into lower-case words: at punctuation, and where camelCase begins a new one.
func Words(name string) []string {
	var words []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			words = append(words, strings.ToLower(b.String()))
			b.Reset()
		}
	}
	var before rune
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && unicode.IsLower(before):
			flush()
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	flush()
	return words
}
