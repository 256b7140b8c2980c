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
	cover     *cover
}

// templateFactor brings the evidence of templates to the measure of passages': their texts are short and have few words to be near to.
const templateFactor = 1.25

func newJudge(o Options, question string) *judge {
	j := &judge{embedder: o.Embedder, words: o.Words, sentences: o.Sentences, cover: newCover(o.Words, question)}
	if j.words != nil {
		for kind := range kinds {
			j.asked[kind] = tableVector(j.words, kind, question)
		}
	}
	return j
}

// judged sets Sentence and Evidence.
//
// The evidence is how near the document is, three parts the whole of it and one its best sentence (a sentence alone, a short one most of all, is near
// to many questions about its subject that it does not answer; the whole alone drowns where passages are long), times how much of the question its
// words cover. What of it is enough is for the asker to say. On the dev half of bench/seer, questions with an answer above those without: AUC .85
// among passages and .90 among templates; .82 and .86 by the nearness times Soft. Of a text alone, which Soft can say little of: .99 either way.
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
		h.Evidence = max(0, 3*whole+h.Sentence) / 4 * j.cover.share(h.Title+"\n"+h.Text)
		if kind == Template {
			h.Evidence *= templateFactor
		}
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
