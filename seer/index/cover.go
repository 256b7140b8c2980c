package index

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// How a question's words are told to be in a document, or near to what is in it.
const (
	unmetWord   = .05 // what a word counts that nothing is near to: a question in other words throughout has some of these
	unmetName   = .6  // times which the evidence is less for each name or number of the question that is not there
	plainUnmet  = .3  // what a word counts that is not there itself, where no vectors of words are at hand
	maxCompared = 4096
)

// cover says how much of a question a document covers. It compares each word of the documents of one search once.
type cover struct {
	words Table // nil: only the same words are near
	asked []askedWord
	seen  map[string][]float32 // a document's word → how near each word asked is to it; at most maxCompared
}

type askedWord struct {
	token
	name   bool
	vector []float32 // nil: not known
}

func newCover(words Table, question string) *cover {
	c := &cover{words: words, seen: map[string][]float32{}}
	names := namesOf(question)
	foreign := foreignIn(question)
	for _, t := range queryWords(question) {
		if foreign && foreignStop[t.word] {
			continue
		}
		a := askedWord{token: t, name: !foreign && names[t.word]}
		if words != nil {
			if v, ok := words.Word(make([]float32, 0, words.Dim()), t.word); ok {
				a.vector = v
			}
		}
		c.asked = append(c.asked, a)
	}
	return c
}

// share is √ of the geometric mean, over the question's words, of the nearest word's cosine in the text (1 for the word itself), and less for each
// name that is missing. A question without a word that carries meaning is covered by nothing.
func (c *cover) share(text string) float64 {
	if len(c.asked) == 0 {
		return 0
	}
	best := make([]float32, len(c.asked))
	tokenise(text, func(t token) { c.compare(t, best) })
	sum, missing := 0.0, 0
	for i, b := range best {
		if b < 1 && c.asked[i].name {
			missing++
		}
		least := unmetWord
		if c.words == nil {
			least = plainUnmet
		}
		sum += math.Log(max(least, float64(b)))
	}
	return math.Exp(sum/float64(len(best))/2) * math.Pow(unmetName, float64(missing))
}

func (c *cover) compare(t token, best []float32) {
	near, have := c.seen[t.word]
	if !have {
		near = c.near(t)
		if len(c.seen) < maxCompared {
			c.seen[t.word] = near
		}
	}
	for i, n := range near {
		best[i] = max(best[i], n)
	}
}

// near compares a document's word with each word asked.
func (c *cover) near(t token) []float32 {
	near := make([]float32, len(c.asked))
	var vector []float32
	if c.words != nil && len(c.seen) < maxCompared {
		if v, ok := c.words.Word(make([]float32, 0, c.words.Dim()), t.word); ok {
			vector = v
		}
	}
	for i, a := range c.asked {
		switch {
		case a.stem == t.stem:
			near[i] = 1
		case vector != nil && a.vector != nil:
			near[i] = min(dot(vector, a.vector), .99)
		}
	}
	return near
}

// dot is the cosine of vectors of unit length; 0 where their lengths differ.
func dot(a, b []float32) float32 {
	if len(a) != len(b) {
		return 0
	}
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// namesOf are the words of a question that are names or numbers: not the first, and capital, or with a digit. A question all in capitals has none.
func namesOf(question string) map[string]bool {
	names := map[string]bool{}
	if !strings.ContainsFunc(question, unicode.IsLower) {
		return names
	}
	for i, w := range strings.Fields(question) {
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		capital := i > 0 && strings.IndexFunc(w, unicode.IsUpper) == 0
		if capital || strings.ContainsAny(w, "0123456789") {
			tokenise(w, func(t token) { names[t.word] = true })
		}
	}
	return names
}

// foreignIn says that a question is in a language other than English: it has two of that language's commonest words.
func foreignIn(question string) bool {
	n := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(question), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if foreignStop[fold(w)] {
			n++
		}
	}
	return n > 1
}

// foreignStop are German, French and Spanish words without a meaning of their own, as tokenise gives them.
var foreignStop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range slices.Concat(
		strings.Fields(`der die das den dem des ein eine einen einem einer und oder ist sind war waren wird werden wurde hat haben hatte wer wie wo
			wann warum was welche welcher welches von vom zu zum zur im in am an auf aus bei mit nach unter uber fur durch nicht es er sie wir ich`),
		strings.Fields(`le la les un une des du de et ou est sont qui que quoi quand quel quelle quels quelles comment pourquoi combien dans sur avec
			pour par ne pas il elle au aux ce cette se son sa ses`),
		strings.Fields(`el los las una unos y o es son quien cuando donde como cual cuantos por para con del al no se su sus en`)) {
		m[fold(w)] = true
	}
	return m
}()
