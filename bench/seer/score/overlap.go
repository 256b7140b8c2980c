package score

import (
	"strings"
	"unicode"
)

// Overlap is the share of a question's content words whose stem is also in a text; NaN for a question without content words. It says how
// much of an answer a mere search for words could find.
func Overlap(question, text string) float64 {
	there := make(map[string]bool)
	for _, w := range content(text) {
		there[w] = true
	}
	asked := content(question)
	n := 0
	for _, w := range asked {
		if there[w] {
			n++
		}
	}
	return float64(n) / float64(len(asked))
}

// content returns the stems of the words that carry meaning.
func content(text string) []string {
	stops := make(map[string]bool)
	for w := range strings.FieldsSeq(stopWords) {
		stops[w] = true
	}
	var stems []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !stops[w] && len(w) > 1 {
			stems = append(stems, stem(w))
		}
	}
	return stems
}

// stem cuts common English endings; only for counting, so a crude one will do.
func stem(w string) string {
	for _, end := range []string{"ingly", "edly", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"} {
		if cut, ok := strings.CutSuffix(w, end); ok && len(cut) >= 3 {
			return cut
		}
	}
	return w
}

const stopWords = `a about after all also an and any are as at be because been before but by can could did do does doing don t s m for from get had has
have he her here him his how i if in into is it its just like may me might more most must my no nor not of off on once one only or other our out over
own same shall she should so some such than that the their them then there these they this those to too under until up upon us very was we were what
when where which while who whom whose why will with won would you your there many much long
der die das ein eine wer wo wie was wann und nach dem den des im in le la les un une des du de qui que quand fut au et a t il`
