// Package quote chooses the sentences of passages that answer a question. It writes nothing of its own: what it returns stands in the passages.
package quote

import (
	"cmp"
	"slices"
	"strings"
)

// Words knows how near words and sentences are: the offline table (seer/embed).
type Words interface {
	Word(dst []float32, word string) ([]float32, bool) // of one lower-case word, of unit length; false: not known
	Prose(dst []float32, text string) []float32        // unit length or all zero
	IDF(word string) float32                           // how rare a word is
}

// Passage is what sentences are taken from.
type Passage struct {
	Title    string
	Text     string
	Evidence float64 // how well the whole of it answers
}

// Sentence is one that was chosen.
type Sentence struct {
	Passage int // index
	Text    string
	Score   float64 // 0 … about 1.5
	at      int
}

// Options of a choice.
type Options struct {
	Words     Words                      // nil: only equal words are near
	Sentences func(text string) []string // splits a passage
	Max       int                        // sentences; 0: 4
}

// Bounds of the work: passages, sentences of each, words of a sentence and of the question.
const (
	maxPassages  = 20
	maxSentences = 64
	maxWords     = 80
	maxSentence  = 600 // bytes; longer ones are cut
)

// Choose returns the sentences that answer best: the best one first, or the one before it that it refers to, then the others, each passage's
// together and in its order, the best passage first. None when none has anything to do with the question.
func Choose(question string, passages []Passage, o Options) []Sentence {
	c := newChooser(question, o)
	best := 0.0
	for _, p := range passages {
		best = max(best, p.Evidence)
	}
	var all []Sentence
	seen := map[string]bool{}
	for i, p := range passages[:min(len(passages), maxPassages)] {
		texts := firstN(o.Sentences(p.Text), maxSentences)
		scores, _ := c.scores(p.Title, texts)
		for n, text := range texts {
			plain := Plain(text)
			if seen[plain] || headingLike(text) || asks(text) {
				continue
			}
			seen[plain] = true
			score := scores[n] + .25*beside(scores, n)
			if n > 0 && asks(texts[n-1]) { // it answers that
				score = max(score, .9*scores[n-1])
			}
			if score > 0 {
				score += c.fits(text)
			}
			if score > 0 && best > 0 {
				score *= .4 + .6*p.Evidence/best
			}
			all = append(all, Sentence{Passage: i, Text: cut(plain), Score: score, at: n})
		}
	}
	return pick(all, cmp.Or(o.Max, 4))
}

// Asked says of each passage how near the nearest of its sentences is to what the question asks of its subject, 0 … 1: "What religion do the Orvenni
// have?" is about the Orvenni as their passage is, but no sentence of it is about religion. Without Words it is 1.
func Asked(question string, passages []Passage, o Options) []float64 {
	c := newChooser(question, o)
	out := make([]float64, len(passages))
	for i, p := range passages {
		if i >= maxPassages || c.vector == nil {
			out[i] = 1
			continue
		}
		_, asked := c.scores(p.Title, firstN(o.Sentences(p.Text), maxSentences))
		for _, a := range asked {
			out[i] = max(out[i], a)
		}
	}
	return out
}

func asks(s string) bool { return strings.HasSuffix(strings.TrimRight(s, "*_\"”)"), "?") }

// beside is the better score of the two neighbours: an answer often stands next to the sentence that names what it is about.
func beside(scores []float64, n int) float64 {
	best := 0.0
	if n > 0 {
		best = scores[n-1]
	}
	if n+1 < len(scores) {
		best = max(best, scores[n+1])
	}
	return best
}

// Plain is a sentence without markdown's emphasis, headings and list marks.
func Plain(s string) string {
	s = strings.TrimLeft(s, "#>-*+ \t")
	if n := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); n > 0 && n < 3 && (strings.HasPrefix(s[n:], ". ") || strings.HasPrefix(s[n:], ") ")) {
		s = s[n+2:] // a list's number
	}
	return strings.TrimSpace(strings.NewReplacer("**", "", "__", "", "`", "").Replace(s))
}

func firstN(s []string, n int) []string { return s[:min(len(s), n)] }

// headingLike sentences say what follows, not what is so.
func headingLike(s string) bool {
	return strings.HasPrefix(s, "#") || len(strings.Fields(s)) < 2 || !strings.ContainsAny(s[max(0, len(s)-4):], ".!?…。！？\"”)") && len(strings.Fields(s)) <= 6
}

func cut(s string) string {
	if len(s) <= maxSentence {
		return s
	}
	return strings.ToValidUTF8(s[:maxSentence], "") + "…"
}

// pick keeps those near the best, and orders them.
func pick(all []Sentence, most int) []Sentence {
	slices.SortStableFunc(all, func(a, b Sentence) int { return cmp.Compare(b.Score, a.Score) })
	var chosen []Sentence
	for _, s := range all {
		if len(chosen) == most || s.Score <= .15 || s.Score < .3*all[0].Score {
			break
		}
		chosen = append(chosen, s)
	}
	return ordered(chosen)
}

// ordered puts sentences, the best of which is the first, in the order that they are read in.
func ordered(chosen []Sentence) []Sentence {
	if len(chosen) == 0 {
		return nil
	}
	rank := map[int]int{}
	for i, s := range chosen {
		if _, have := rank[s.Passage]; !have {
			rank[s.Passage] = i
		}
	}
	lead := chosen[0]
	leads := func(s Sentence) int { // 0: before lead, as that refers to it; 1: lead; 2: after
		switch {
		case s.Passage == lead.Passage && s.at == lead.at:
			return 1
		case s.Passage == lead.Passage && s.at == lead.at-1 && refers(lead.Text):
			return 0
		}
		return 2
	}
	slices.SortStableFunc(chosen, func(a, b Sentence) int {
		return cmp.Or(cmp.Compare(leads(a), leads(b)), cmp.Compare(rank[a.Passage], rank[b.Passage]), cmp.Compare(a.at, b.at))
	})
	return chosen
}

// refers says that a sentence begins with a word that stands for something named before.
func refers(s string) bool {
	first, _, _ := strings.Cut(strings.ToLower(s), " ")
	return slices.Contains(strings.Fields("it its they their he his she her this these that those such there both so then"), strings.Trim(first, ",;"))
}
