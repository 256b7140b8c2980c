package index

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the longest word that is indexed, in bytes: beyond that it is no word, but a key or an encoding, which exact search finds.
const maxWord = 64

// token is a word as it stands in a text, lower-case and without accents, and the stem that it is found by.
type token struct{ word, stem string }

// tokenise calls each for every word of a text that is not a stop word: runs of letters and digits of any script; the parts of camelCase words
// as well as the whole; pairs of neighbours in scripts that don't put spaces between words.
func tokenise(text string, each func(token)) {
	emit := func(word string) {
		if word == "" || len(word) > maxWord || stopWords[word] || len(word) == 1 && word[0] >= 'a' {
			return
		}
		each(token{word, stem(word)})
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case unspaced(r):
			end := 0
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !unspaced(r) {
					break
				}
				end += n
			}
			pairs(text[:end], each)
			text = text[end:]
		case inWord(r):
			end := wordEnd(text)
			spaced(text[:end], emit)
			text = text[end:]
			text = strings.TrimPrefix(strings.TrimPrefix(text, "'s"), "’s")
		default:
			text = text[size:]
		}
	}
}

func inWord(r rune) bool {
	return r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') ||
		r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// unspaced says whether r is of a script without spaces between words.
func unspaced(r rune) bool {
	return r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func wordEnd(text string) int {
	for i, r := range text {
		if !inWord(r) || unspaced(r) {
			return i
		}
	}
	return len(text)
}

// pairs gives the pairs of neighbouring runes; a rune that stands alone is a word.
func pairs(run string, each func(token)) {
	runes := []rune(run)
	if len(runes) == 1 {
		each(token{run, run})
	}
	for i := 1; i < len(runes); i++ {
		pair := string(runes[i-1 : i+1])
		each(token{pair, pair})
	}
}

// spaced gives a word, and its parts if it is camelCase.
func spaced(word string, emit func(string)) {
	if len(word) > 4*maxWord {
		return
	}
	emit(fold(word))
	start, before := 0, rune(0)
	for i, r := range word {
		next, _ := utf8.DecodeRuneInString(word[i+utf8.RuneLen(r):])
		if i > start && unicode.IsUpper(r) && (unicode.IsLower(before) || unicode.IsUpper(before) && unicode.IsLower(next)) {
			emit(fold(word[start:i]))
			start = i
		}
		before = r
	}
	if start > 0 {
		emit(fold(word[start:]))
	}
}

// fold makes a word lower-case and takes the accents of Latin letters off.
func fold(word string) string {
	plain := true
	for i := 0; i < len(word); i++ {
		plain = plain && word[i] < utf8.RuneSelf && (word[i] < 'A' || word[i] > 'Z')
	}
	if plain {
		return word
	}
	var b strings.Builder
	for _, r := range word {
		r = unicode.ToLower(r)
		switch {
		case r < 0xc0 || r > 0x17f:
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(r)
			}
		case r == 'ß':
			b.WriteString("ss")
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		default:
			b.WriteRune(unaccented(r))
		}
	}
	return b.String()
}

// unaccented is the base letter of a lower-case letter of Latin-1 or Latin Extended-A.
func unaccented(r rune) rune {
	for _, group := range accents {
		if strings.ContainsRune(group[1:], r) {
			return rune(group[0])
		}
	}
	return r
}

var accents = [...]string{
	"aàáâãäåāăą", "cçćĉċč", "dďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ", "lĺļľŀł", "nñńņňŉ", "oòóôõöøōŏő", "rŕŗř", "sśŝşš",
	"tţťŧ", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž",
}

// stopWords carry no meaning of their own, in questions least of all.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a about above after again all also am an and any are aren as at be because been before being below between both
		but by can cannot could couldn did didn do does doesn doing don down during each few for from further had hadn has hasn have haven having he her
		here hers herself him himself his how i if in into is isn it its itself just ll me more most mustn my myself no nor not now of off on once only or
		other our ours ourselves out over own re same shan she should shouldn so some such than that the their theirs them themselves then there these they
		this those through to too under until up upon us ve very was wasn we were weren what when where which while who whom whose why will with won
		would wouldn you your yours yourself yourselves
		like tell please know anything something say says said much many get got give let describe explain`) {
		m[w] = true
	}
	return m
}()

// stem takes English endings off, lightly: plurals, -ed, -ing, and y for i, as the first steps of Porter's algorithm do.
func stem(w string) string {
	if len(w) < 4 {
		return w
	}
	for i := 0; i < len(w); i++ {
		if w[i] < 'a' || w[i] > 'z' {
			return w // digits, or another script
		}
	}
	w = singular(w)
	switch {
	case strings.HasSuffix(w, "eed"):
		if vowels(w[:len(w)-3]) {
			w = w[:len(w)-1]
		}
	case strings.HasSuffix(w, "ed") && vowels(w[:len(w)-2]):
		w = restored(w[:len(w)-2])
	case strings.HasSuffix(w, "ing") && vowels(w[:len(w)-3]):
		w = restored(w[:len(w)-3])
	}
	if n := len(w); n > 2 && w[n-1] == 'e' {
		return w[:n-1]
	} else if n > 2 && w[n-1] == 'y' && !vowel(w[n-2]) {
		return w[:n-1] + "i"
	}
	return w
}

func singular(w string) string {
	switch {
	case strings.HasSuffix(w, "sses"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-2]
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "zes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s"):
		return w[:len(w)-1]
	}
	return w
}

// restored undoes the doubling of a consonant before an ending: stopp(ed) is stop. The e that an ending swallowed needs no care, as a final e is
// dropped.
func restored(w string) string {
	n := len(w)
	if n > 2 && w[n-1] == w[n-2] && !vowel(w[n-1]) && w[n-1] != 'l' && w[n-1] != 's' && w[n-1] != 'z' {
		return w[:n-1]
	}
	return w
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }

// vowels says whether what is left of a word is one: it has a vowel and two letters.
func vowels(w string) bool { return len(w) > 1 && strings.ContainsAny(w, "aeiouy") }
