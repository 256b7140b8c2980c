package index

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"unicode"
)

// hashTable is a table whose words have vectors by their hash; words that mean the same, by concepts, lie near to one another.
type hashTable struct {
	id  string
	dim int
}

var concepts = map[string]string{
	"automobile": "car", "vehicle": "car", "physician": "doctor", "medic": "doctor", "feline": "cat", "kitten": "cat",
	"rejected": "declined", "refused": "declined", "purchase": "order", "payment": "pay", "eat": "food", "meal": "food",
}

var testTable = hashTable{"test-table:64", 64}

func (h hashTable) ID() string { return h.id }
func (h hashTable) Dim() int   { return h.dim }

func (h hashTable) gauss(seed string, scale float32, into []float32) {
	f := fnv.New64a()
	_, _ = f.Write([]byte(seed))
	r := rand.New(rand.NewPCG(f.Sum64(), 1))
	for i := range into {
		into[i] += scale * float32(r.NormFloat64())
	}
}

func (h hashTable) word(word string, into []float32) {
	concept := concepts[word]
	if concept == "" {
		concept = word
	}
	h.gauss(concept, 1, into)
	h.gauss("own "+word, .4, into)
}

func (h hashTable) text(dst []float32, text string) []float32 {
	dst = append(dst[:0], make([]float32, h.dim)...)
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !stopWords[w] {
			h.word(w, dst)
		}
	}
	var sum float64
	for _, x := range dst {
		sum += float64(x) * float64(x)
	}
	if sum > 0 {
		for i := range dst {
			dst[i] /= float32(math.Sqrt(sum))
		}
	}
	return dst
}

func (h hashTable) Prose(dst []float32, text string) []float32    { return h.text(dst, text) }
func (h hashTable) Template(dst []float32, text string) []float32 { return h.text(dst, text) }
func (h hashTable) IDF(word string) float32                       { return min(12, 2+float32(len(word))) }

func (h hashTable) Word(dst []float32, word string) ([]float32, bool) {
	v := h.text(dst, word)
	return v, len(word) > 0 && !strings.ContainsAny(word, "0123456789")
}

// countingEmbedder counts the texts that it was asked for, and fails when told to.
type countingEmbedder struct {
	Embedder
	texts atomic.Int64
	fail  atomic.Bool
}

var errDown = errors.New("the embedder is down")

func (c *countingEmbedder) Embed(ctx context.Context, kind Kind, texts []string) ([][]float32, error) {
	if c.fail.Load() {
		return nil, errDown
	}
	c.texts.Add(int64(len(texts)))
	return c.Embedder.Embed(ctx, kind, texts)
}
