package index

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/vector"
)

// Depth of the rankings that are fused, and the constant of their reciprocal ranks.
const (
	fuseDepth = 100
	fuseRank  = 60
	maxTries  = 5
)

// Search finds the documents that a question is about. Hits of each kind are ranked by its own rule; those of both kinds are merged by evidence,
// each kind in its own order. A question without a word that is known finds nothing. Errors: Invalid for a query that is too long or not UTF-8,
// ctx's, and the embedder's, when it can't be asked: Mode SoftOnly does without it where there are Words.
func (x *Index) Search(ctx context.Context, q Query) ([]Hit, error) {
	if len(q.Text) > seer.MaxQuestion {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "searching", "", "ask in fewer words",
			"a question of %d bytes, where %d are the most", len(q.Text), seer.MaxQuestion)
	}
	if q.K <= 0 {
		q.K = 10
	}
	q.K = min(q.K, MaxK)
	l := looking{x: x, q: q, words: queryWords(q.Text), judge: newJudge(x.o, q.Text)}
	if x.o.MaxAge > 0 {
		l.since = x.o.Now().Add(-x.o.MaxAge)
	}
	var lists [kinds][]Hit
	for kind := range kinds {
		if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, kind) || x.empty(kind) {
			continue
		}
		hits, err := l.find(ctx, kind)
		if err != nil {
			return nil, err
		}
		if lists[kind], err = l.judge.judged(ctx, kind, hits); err != nil {
			return nil, err
		}
	}
	return merged(lists[Passage], lists[Template], q.K), nil
}

func (x *Index) empty(kind Kind) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.shelves[kind].ages) == 0
}

// merged takes the next hit from whichever list has the strongest evidence still to come: its very next one may have none, where a template is near
// to a question without sharing a word with it, and would keep back all that follow. Where there is none on either side, the nearer one is next.
func merged(a, b []Hit, most int) []Hit {
	comingA, comingB := coming(a), coming(b)
	out := make([]Hit, 0, min(len(a)+len(b), most))
	for i, j := 0, 0; len(out) < most && i+j < len(a)+len(b); {
		if j == len(b) || i < len(a) && cmp.Or(cmp.Compare(comingA[i], comingB[j]), cmp.Compare(a[i].Cosine, b[j].Cosine)) >= 0 {
			out = append(out, a[i])
			i++
			continue
		}
		out = append(out, b[j])
		j++
	}
	return out
}

// coming is, for each hit, the strongest evidence of it and those behind it.
func coming(hits []Hit) []float64 {
	strongest := make([]float64, len(hits))
	best := 0.0
	for i := len(hits) - 1; i >= 0; i-- {
		best = max(best, hits[i].Evidence)
		strongest[i] = best
	}
	return strongest
}

// looking is one search.
type looking struct {
	x     *Index
	q     Query
	words []token
	judge *judge
	since time.Time
}

// keeps says whether a document is asked for.
func (l *looking) keeps(e *entry) bool {
	if !l.since.IsZero() && !e.doc.Place.At.IsZero() && e.doc.Place.At.Before(l.since) {
		return false
	}
	return len(l.q.Topics) == 0 || slices.Contains(l.q.Topics, e.doc.Place.Topic)
}

// find returns the best hits of one kind, without evidence. When what it looks at is replaced meanwhile, it looks again.
func (l *looking) find(ctx context.Context, kind Kind) ([]Hit, error) {
	var query []float32
	if l.q.Mode == Fused || l.q.Mode == Vectors || l.judge.words == nil {
		vectors, err := l.x.vectorsOf(ctx, kind, []string{l.q.Text})
		if err != nil {
			return nil, err
		}
		query = vectors[0]
		if l.judge.words == nil {
			l.judge.asked[kind] = query
		}
	}
	s := l.x.shelves[kind]
	for tries := 0; ; tries++ {
		lex := s.lex.Load()
		hits, sound, err := l.once(ctx, s, lex, query)
		if err != nil || sound && lex == s.lex.Load() || tries == maxTries {
			return hits, err
		}
	}
}

// once looks once. It says whether what it found is all that was there.
func (l *looking) once(ctx context.Context, s *shelf, lex *lexicon, query []float32) (hits []Hit, sound bool, err error) {
	p := lex.plan(l.words)
	scored := p.score()
	defer scored.done()
	f := found{plan: &p, scores: scored, at: map[uint64]int{}}
	depth := max(fuseDepth, l.q.K)
	switch l.q.Mode {
	case Keywords:
		f.byWords = p.top(scored, scored.exact, depth, l.keeps)
	case Fused, SoftOnly:
		f.byWords = p.top(scored, scored.soft, depth, l.keeps)
	}
	if query != nil && (l.q.Mode == Fused || l.q.Mode == Vectors) {
		keep := func(id uint64) bool {
			e := l.x.entry(id)
			return e != nil && l.keeps(e)
		}
		near, err := s.vectors.Search(ctx, query, depth, l.filter(keep))
		if err != nil {
			return nil, false, err
		}
		f.near(near, l.x)
	}
	hits, err = f.hits(s, query, l.q)
	return hits, !lex.outlived(&p), err
}

// filter is nil where every document is asked for: that is quicker.
func (l *looking) filter(keep func(uint64) bool) func(uint64) bool {
	if l.since.IsZero() && len(l.q.Topics) == 0 {
		return nil
	}
	return keep
}

// found is what both ways have found.
type found struct {
	plan    *plan
	scores  *scores
	byWords []ranked
	byNear  []ranked
	at      map[uint64]int
	soft    []float64 // of each hit, as it is, where Hit.Soft is a share
}

// near takes the vectors' hits in, but for those whose words the plan does not see: they came later.
func (f *found) near(hits []vector.Hit, x *Index) {
	for _, h := range hits {
		if h.Cosine <= 0 {
			break
		}
		if e := x.entry(h.ID); e != nil {
			if seen := f.plan.entry(e.ord); seen != nil && seen.doc.ID == h.ID {
				f.byNear = append(f.byNear, ranked{seen, h.Cosine})
			}
		}
	}
}

// hits fuses the two rankings.
func (f *found) hits(s *shelf, query []float32, q Query) ([]Hit, error) {
	all := make([]Hit, 0, len(f.byWords)+len(f.byNear))
	for _, list := range [][]ranked{f.byWords, f.byNear} {
		for rank, r := range list {
			i, ok := f.at[r.doc.ID]
			if !ok {
				i = len(all)
				f.at[r.doc.ID] = i
				f.soft = append(f.soft, float64(f.scores.soft[r.ord]))
				all = append(all, Hit{Doc: r.doc, BM25: float64(f.scores.exact[r.ord]), Soft: f.plan.share(f.scores.soft[r.ord])})
			}
			all[i].Score += 1 / float64(fuseRank+rank+1)
		}
	}
	if query != nil {
		ids := make([]uint64, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		cosines, err := s.vectors.Cosines(query, ids)
		if err != nil {
			return nil, err
		}
		for i, c := range cosines {
			all[i].Cosine = float64(c)
		}
	}
	f.score(all, s.fusion, q.Mode)
	slices.SortFunc(all, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Soft, a.Soft), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(len(all), q.K)], nil
}

// score sets what hits are ranked by; reciprocal ranks are there already.
func (f *found) score(all []Hit, fusion Fusion, mode Mode) {
	var best float64
	for _, soft := range f.soft {
		best = max(best, soft)
	}
	for i := range all {
		h := &all[i]
		switch {
		case mode == Keywords:
			h.Score = h.BM25
		case mode == SoftOnly:
			h.Score = f.soft[i]
		case mode == Vectors || fusion == CosineFirst:
			h.Score = h.Cosine
		case fusion == Weighted:
			h.Score = h.Cosine / 2
			if best > 0 {
				h.Score += f.soft[i] / best / 2
			}
		}
	}
}
