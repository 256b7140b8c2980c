package index

import (
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSentences is how many sentences of a passage are compared with a question, leastWords how many words a sentence has: headings say nothing.
const (
	maxSentences = 64
	leastWords   = 5
)

// judge works out how strong the evidence of hits is.
type judge struct {
	embedder  Embedder
	words     Table // nil: embedder
	sentences func(string) []string
	asked     [kinds][]float32 // the question's vector, of words where there are, of embedder else
}

func newJudge(o Options, question string) *judge {
	j := &judge{embedder: o.Embedder, words: o.Words, sentences: o.Sentences}
	if j.words != nil {
		for kind := range kinds {
			j.asked[kind] = tableVector(j.words, kind, question)
		}
	}
	return j
}

// judged sets Sentence and Evidence.
//
// The evidence counts the whole and its best sentence alike: a sentence alone, a short one most of all, is near to many questions about its subject
// that it does not answer, and the whole alone drowns in long passages. AUC on the dev half of bench/seer over prose, against near misses and
// against what is far off: the sentence .72 and .98, both .76 and .98, the whole .80 and .99, with differences below .05 being ties.
func (j *judge) judged(ctx context.Context, kind Kind, hits []Hit) ([]Hit, error) {
	if j.words == nil && kind == Passage {
		if err := j.remotely(ctx, hits); err != nil {
			return nil, err
		}
	}
	for i := range hits {
		h := &hits[i]
		whole := h.Cosine
		if j.words != nil {
			whole = cosine(j.asked[kind], tableVector(j.words, kind, embedded(&h.Doc)))
		}
		switch {
		case kind == Template:
			h.Sentence = whole
		case j.words != nil:
			h.Sentence = j.bestSentence(h.Text)
		}
		h.Evidence = h.Soft * max(0, h.Sentence+whole) / 2
	}
	return hits, nil
}

// statements are the sentences that a question is compared with: those that say something, if there are any.
func (j *judge) statements(text string) []string {
	all := j.sentences(text)
	all = all[:min(len(all), maxSentences)]
	var long []string
	for _, s := range all {
		if len(s) > 30 && len(s) > 2*utf8.RuneCountInString(s) || len(strings.Fields(s)) >= leastWords { // the first: scripts without spaces
			long = append(long, s)
		}
	}
	if len(long) == 0 {
		return all
	}
	return long
}

func (j *judge) bestSentence(text string) float64 {
	var best float64
	vec := make([]float32, 0, j.words.Dim())
	for _, sentence := range j.statements(text) {
		vec = j.words.Prose(vec[:0], sentence)
		best = max(best, cosine(j.asked[Passage], vec))
	}
	return best
}

// remotely asks the embedder for the sentences of all hits at once.
func (j *judge) remotely(ctx context.Context, hits []Hit) error {
	var texts []string
	var of []int
	for i := range hits {
		for _, sentence := range j.statements(hits[i].Text) {
			texts, of = append(texts, sentence), append(of, i)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := j.embedder.Embed(ctx, Passage, texts)
	if err != nil {
		return err
	}
	for n, v := range vectors {
		if n < len(of) {
			h := &hits[of[n]]
			h.Sentence = max(h.Sentence, cosine(j.asked[Passage], v))
		}
	}
	return nil
}

// cosine is 0 where one of the two is zero, or of another length.
func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if !(aa > 0 && bb > 0) {
		return 0
	}
	return ab / (math.Sqrt(aa) * math.Sqrt(bb))
}

// sentences splits at full stops, question and exclamation marks that white space follows, and at the ends of lines.
func sentences(text string) []string {
	var out []string
	start, ended := 0, false
	cut := func(end int) {
		if s := strings.TrimSpace(text[start:end]); s != "" {
			out = append(out, s)
		}
		start = end
	}
	for i, r := range text {
		if r == '\n' || ended && unicode.IsSpace(r) {
			cut(i)
		}
		ended = strings.ContainsRune(".!?", r)
		if strings.ContainsRune("。！？", r) {
			cut(i + len(string(r)))
		}
	}
	cut(len(text))
	return out
}
