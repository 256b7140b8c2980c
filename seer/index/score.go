package index

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// maxQueryWords is how many different words of a question count.
const maxQueryWords = 32

// softness is how much a near word counts at most, beside the word itself.
const softness = 0.8

// queryWords returns the different words of a question, in order.
func queryWords(text string) []token {
	var words []token
	tokenise(text, func(t token) {
		if len(words) < maxQueryWords && !slices.ContainsFunc(words, func(w token) bool { return w.stem == t.stem }) {
			words = append(words, t)
		}
	})
	return words
}

// list is the documents of one index word, as a query word sees them.
type list struct {
	idf, weight float64 // weight: of what the list gives, 1 for the word itself
	posts       []posting
}

// plan is all that a question's keywords are scored by, as it was at one moment.
type plan struct {
	words [][]list // for each word of the question its own list, which may be empty, then those of its nearest
	docs  float64  // in all
	mean  float64  // words of a document
	rows  []*chunk
	next  uint32
	seq   uint64
	gone  uint64 // removed before that
}

// outlived says whether documents that the plan sees may be gone from the rows, so that it has to be made again. That takes a search that is
// interrupted for as long as a thousand removals take.
func (l *lexicon) outlived(p *plan) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.buried > p.gone
}

// plan collects the lists for a question.
func (l *lexicon) plan(words []token) plan {
	nearby := make([][]near, len(words))
	for i, w := range words {
		nearby[i] = l.soft.nearest(w)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	p := plan{rows: l.rows, next: l.next, seq: l.seq, gone: l.removed, docs: float64(l.alive), mean: float64(l.total) / float64(max(l.alive, 1))}
	for i, w := range words {
		own := l.list(w.stem, w.word)
		own.weight = 1
		lists := []list{own}
		for _, n := range nearby[i] {
			other := l.list(n.stem, n.surface)
			other.weight = softness * float64(n.cosine) * min(1, own.idf/other.idf)
			lists = append(lists, other)
		}
		p.words = append(p.words, lists)
	}
	return p
}

// list returns the documents of a word, and how rare it is: ln(1 + (N − n + ½)/(n + ½)) over the documents that are there and some that are
// imagined, of which it is in as many as the table says of English at large.
func (l *lexicon) list(stem, surface string) list {
	all, with := float64(l.alive)+prior, 0.0
	var out list
	if t := l.terms[stem]; t != nil {
		with, out.posts = float64(t.docs), t.posts
	}
	if l.soft.words != nil {
		with += prior * min(1, math.Exp(-float64(l.soft.words.IDF(surface))))
	}
	out.idf = math.Log1p(max(0, all-with+.5) / (with + .5))
	return out
}

// scores is what the words of a question give each document, by its place in rows. It is reused.
type scores struct {
	exact, soft, word []float32
	touched, of       []uint32 // by any word; by the word at hand
}

var scoresPool = sync.Pool{New: func() any { return new(scores) }}

// score scores all documents. The caller gives the scores back.
func (p *plan) score() *scores {
	s, _ := scoresPool.Get().(*scores)
	if n := int(p.next); cap(s.exact) < n {
		s.exact, s.soft, s.word = make([]float32, n), make([]float32, n), make([]float32, n)
	} else {
		s.exact, s.soft, s.word = s.exact[:n], s.soft[:n], s.word[:n]
	}
	for _, lists := range p.words {
		for i, l := range lists {
			if !(l.idf*l.weight > 0) { // nor NaN
				continue
			}
			for _, post := range l.posts {
				tf := float64(post.tf)
				part := l.idf * tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*float64(post.words)/max(p.mean, 1)))
				got := float32(part * l.weight)
				if i == 0 {
					s.exact[post.ord] += got
				}
				if was := s.word[post.ord]; was == 0 {
					s.of = append(s.of, post.ord)
					s.word[post.ord] = got
				} else if got > was {
					s.word[post.ord] = got
				}
			}
		}
		for _, ord := range s.of {
			if s.soft[ord] == 0 {
				s.touched = append(s.touched, ord)
			}
			s.soft[ord] += s.word[ord]
			s.word[ord] = 0
		}
		s.of = s.of[:0]
	}
	return s
}

// done gives the scores back.
func (s *scores) done() {
	for _, ord := range s.touched {
		s.exact[ord], s.soft[ord] = 0, 0
	}
	s.touched = s.touched[:0]
	scoresPool.Put(s)
}

// share brings a soft score to 0 … 1. It is reckoned beside how rare a word can be, which grows with the index, not beside the best that this
// question could have: people ask in words that no answer has, and what a question could have told least of all which ones have an answer (AUC on the
// dev half of bench/seer: .68, this: .78).
func (p *plan) share(soft float32) float64 {
	return float64(soft) / (float64(soft) + 1.8*math.Log(p.docs+prior))
}

// entry returns the document in a row, or nil if the plan doesn't see it.
func (p *plan) entry(ord uint32) *entry {
	if ord >= p.next {
		return nil
	}
	e := p.rows[ord/chunkRows][ord%chunkRows].Load()
	if e == nil {
		return nil
	}
	if died := e.died.Load(); died != 0 && died <= p.seq {
		return nil
	}
	return e
}

// ranked is a document with the score that it is ranked by.
type ranked struct {
	*entry
	by float32
}

func compareRanked(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.by, a.by), cmp.Compare(a.doc.ID, b.doc.ID))
}

// top returns the documents with the highest scores in by, best first, equal ones by ID.
func (p *plan) top(s *scores, by []float32, depth int, keep func(*entry) bool) []ranked {
	best := make([]ranked, 0, 2*depth)
	var least float32 // of the depth best
	trim := func() {
		slices.SortFunc(best, compareRanked)
		if len(best) > depth {
			clear(best[depth:])
			best = best[:depth]
		}
		if len(best) == depth {
			least = best[depth-1].by
		}
	}
	for _, ord := range s.touched {
		if by[ord] <= 0 || by[ord] < least {
			continue
		}
		if e := p.entry(ord); e != nil && keep(e) {
			if best = append(best, ranked{e, by[ord]}); len(best) == cap(best) {
				trim()
			}
		}
	}
	trim()
	return best
}
