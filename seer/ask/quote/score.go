package quote

type word struct {
	stem   string
	weight float64
	vector []float32
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
	if o.Words != nil {
		c.vector = o.Words.Prose(nil, question)
		if c.kind == nature {
			c.nature = o.Words.Prose(nil, natures)
		}
	}
	return c
}

// How much a word of the question counts that a sentence lacks: when the title has it, or a sentence before, it may be what the sentence is about
// without naming it ("It is 2,871 metres high.").
const (
	inTitle  = .8
	inBefore = .7
	reach    = 4 // sentences back
	leastCos = .3
)

// scores says how well each sentence of a passage answers: half by the question's words that it has, comes near to or is about, half by its meaning,
// as a whole and beside what the question asks of its subject.
func (c *chooser) scores(title string, texts []string) []float64 {
	given := c.met(c.content(title))
	met := make([][]float64, len(texts))
	for n, text := range texts {
		met[n] = c.met(c.content(text))
	}
	rest := c.rest(given, met)
	out := make([]float64, len(texts))
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
			out[n] = .4*out[n] + .3*max(0, cosine(c.vector, v)) + .3*max(0, cosine(rest, v))
		} else if own == 0 {
			out[n] = 0
		}
		if c.subject != "" && defines(text, c.subject) {
			out[n] += .35
		}
	}
	return out
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
			if cos := cosine(q.vector, w.vector); cos >= leastCos {
				out[i] = max(out[i], .8*cos)
			}
		}
	}
	return out
}

// rest is the meaning of what the question asks of its subject: of the words that neither the title nor several sentences of the passage have. That
// of the whole question, where all are its subject.
func (c *chooser) rest(given []float64, met [][]float64) []float32 {
	if c.vector == nil {
		return nil
	}
	sum := make([]float32, len(c.vector))
	some := false
	for i, q := range c.asked {
		times := 0
		for _, m := range met {
			if m[i] == 1 {
				times++
			}
		}
		if given[i] == 1 || 3*times > len(met)+1 || len(q.vector) != len(sum) {
			continue
		}
		some = true
		for d, x := range q.vector {
			sum[d] += float32(q.weight) * x
		}
	}
	if !some {
		return c.vector
	}
	return sum
}
