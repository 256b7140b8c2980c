package quote

import (
	"strings"
	"unicode"
)

type word struct {
	stem   string
	weight float64
	vector []float32
	name   bool // with a capital, in a question: what it is about rather than what it asks
}

// chooser scores sentences by how well they answer one question.
type chooser struct {
	o       Options
	asked   []word
	vector  []float32 // of the whole question
	vectors map[string][]float32
	kind    kind
	subject string    // of "what is X", "who are X": stemmed
	nature  []float32 // what words for somebody's or something's nature are near to, where that is asked for
}

func newChooser(question string, o Options) *chooser {
	c := &chooser{o: o, vectors: map[string][]float32{}, subject: subjectOf(question), kind: kindOf(question)}
	c.asked = c.content(question)
	c.names(question)
	if o.Words != nil {
		c.vector = o.Words.Prose(nil, question)
		if c.kind == nature {
			c.nature = o.Words.Prose(nil, natures)
		}
	}
	return c
}

// names marks the names among the question's words: with a capital, and not the first.
func (c *chooser) names(question string) {
	fields := strings.Fields(question)
	for _, w := range fields[min(1, len(fields)):] {
		if !unicode.IsUpper([]rune(w)[0]) {
			continue
		}
		for _, n := range c.content(w) {
			for i := range c.asked {
				c.asked[i].name = c.asked[i].name || c.asked[i].stem == n.stem
			}
		}
	}
}

// How much a word of the question counts that a sentence lacks: when the title has it, or a sentence before, it may be what the sentence is about
// without naming it ("It is 2,871 metres high.").
const (
	inTitle  = .8
	inBefore = .7
	reach    = 4 // sentences back
	leastCos = .3
)

// scores says how well each sentence of a passage answers: half by the question's words that it has, comes near to or is about, and half by its
// meaning, beside what the question asks of its subject most of all, and beside the whole. And how near it comes to what is asked of the subject.
func (c *chooser) scores(title string, texts []string) (out, asked []float64) {
	given := c.met(c.content(title))
	met := make([][]float64, len(texts))
	for n, text := range texts {
		met[n] = c.met(c.content(text))
	}
	rest, of := c.rest(given, met)
	out, asked = make([]float64, len(texts)), make([]float64, len(texts))
	for n, text := range texts {
		var total, sum, own float64
		for i, q := range c.asked {
			near := met[n][i]
			own = max(own, near)
			near = max(near, inTitle*given[i])
			for back := max(0, n-reach); back < n; back++ {
				near = max(near, inBefore*met[back][i])
			}
			total += q.weight
			sum += q.weight * near
		}
		if total > 0 {
			out[n] = sum / total
		}
		if c.vector != nil {
			v := c.o.Words.Prose(nil, text)
			asked[n] = max(0, cosine(rest, v))
			out[n] = .5*out[n] + .1*max(0, cosine(c.vector, v)) + .4*asked[n]
			asked[n] = .5*asked[n] + .5*c.share(met[n], of)
		} else if own == 0 {
			out[n] = 0
		}
		if c.subject != "" && defines(text, c.subject) {
			out[n] += .35
		}
	}
	return out, asked
}

// share is how much of some of the question's words was met.
func (c *chooser) share(met []float64, of []int) float64 {
	var total, sum float64
	for _, i := range of {
		total += c.asked[i].weight
		sum += c.asked[i].weight * met[i]
	}
	if total == 0 {
		return 1
	}
	return sum / total
}

// met is how near the nearest of some words is to each word of the question.
func (c *chooser) met(words []word) []float64 {
	out := make([]float64, len(c.asked))
	for i, q := range c.asked {
		for _, w := range words {
			if q.stem == w.stem {
				out[i] = 1
				break
			}
			if cos := dot(q.vector, w.vector); cos >= leastCos {
				out[i] = max(out[i], .8*cos)
			}
		}
	}
	return out
}

// rest is the meaning of what the question asks of its subject: of the words that neither the title nor several sentences of the passage have. That
// of the whole question, where all are its subject.
func (c *chooser) rest(given []float64, met [][]float64) (sum []float32, of []int) {
	if c.vector == nil {
		return nil, nil
	}
	sum = make([]float32, len(c.vector))
	for i, q := range c.asked {
		times := 0
		for _, m := range met {
			if m[i] == 1 {
				times++
			}
		}
		if given[i] == 1 || 3*times > len(met)+1 || q.name && times > 0 || len(q.vector) != len(sum) {
			continue
		}
		of = append(of, i)
		for d, x := range q.vector {
			sum[d] += float32(q.weight) * x
		}
	}
	if len(of) == 0 {
		return c.vector, nil
	}
	return sum, of
}
