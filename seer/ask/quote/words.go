package quote

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// content are the words that carry meaning.
func (c *chooser) content(text string) []word {
	var words []word
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		if w = strings.TrimSuffix(strings.Trim(w, "'"), "'s"); w == "" || stop[w] {
			continue
		}
		if len(words) == maxWords {
			break
		}
		words = append(words, word{stem: Stem(w), weight: c.weight(w), vector: c.vectorOf(w)})
	}
	return words
}

func (c *chooser) weight(w string) float64 {
	if c.o.Words == nil {
		return 1
	}
	return math.Sqrt(max(.1, float64(c.o.Words.IDF(w))))
}

func (c *chooser) vectorOf(w string) []float32 {
	if c.o.Words == nil {
		return nil
	}
	if v, have := c.vectors[w]; have {
		return v
	}
	v, ok := c.o.Words.Word(nil, w)
	if !ok {
		v = nil
	}
	c.vectors[w] = v
	return v
}

// dot is the cosine of two vectors of unit length; 0 where one is missing.
func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return float64(sum)
}

func cosine(a, b []float32) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return 0
	}
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}

// Stem takes English endings off, the same way for questions and sentences.
func Stem(w string) string {
	for _, s := range []string{"ing", "ied", "ies", "ed", "es", "s", "e"} {
		if base, ok := strings.CutSuffix(w, s); ok && len(base) >= 3 && (s != "s" || !strings.HasSuffix(base, "s")) {
			if s == "ied" || s == "ies" {
				return base + "y"
			}
			return base
		}
	}
	return w
}

// subjectOf is X of "what is X", "who are the X", stemmed; "" when that is not what is asked.
func subjectOf(question string) string {
	w := strings.Fields(strings.ToLower(strings.Trim(question, " ?!.")))
	if len(w) < 3 || w[0] != "what" && w[0] != "who" || !slices.Contains([]string{"is", "are", "was", "were"}, w[1]) {
		return ""
	}
	w = w[2:]
	for len(w) > 1 && slices.Contains([]string{"a", "an", "the"}, w[0]) {
		w = w[1:]
	}
	if len(w) > 4 || slices.Contains([]string{"like", "doing", "for"}, w[len(w)-1]) {
		return ""
	}
	for i := range w {
		w[i] = Stem(w[i])
	}
	return strings.Join(w, " ")
}

// defines says that a sentence tells what the subject is: it begins with it, and a form of "to be" comes next.
func defines(sentence, subject string) bool {
	w := strings.Fields(strings.ToLower(sentence))
	for len(w) > 0 && slices.Contains([]string{"a", "an", "the"}, w[0]) {
		w = w[1:]
	}
	n := len(strings.Fields(subject))
	if len(w) < n+2 {
		return false
	}
	for i := range n {
		w[i] = Stem(strings.Trim(w[i], ",.;:()\"'"))
	}
	return strings.Join(w[:n], " ") == subject && slices.ContainsFunc(w[n:min(n+3, len(w))], func(v string) bool {
		return slices.Contains([]string{"is", "are", "was", "were", "means", "lives", "live"}, v)
	})
}

var stop = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a an the of in on at for to from by with and or is are was were be been am do does did has have had it its they
 them their that this these those there here i me my we our you your what which who whom when where how why many much can could would
 will should please tell about like if as so than then not no any some into`) {
		m[w] = true
	}
	return m
}()
