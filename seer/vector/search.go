package vector

import (
	"cmp"
	"context"
	"slices"
)

// view is what a search reads. Nothing in it changes but stamps of later deaths, which it ignores.
type view struct {
	seq    uint64
	sealed []*segment
	open   segment
}

// chromemSegments is up to how many sealed segments chromem is asked: beyond that its cost for each document would make queries slow.
const chromemSegments = 3

// Search returns the k vectors nearest to query, best first; equal cosines go by ID. keep, if not nil, says which IDs may be found; it is called
// only for those that would be among the best, from the calling goroutine. A query of zeros finds nothing; one of another length or that is not
// finite is Invalid.
//
// It sees what was added before it began, all or nothing of each Add, and holds no lock.
func (s *Store) Search(ctx context.Context, query []float32, k int, keep func(id uint64) bool) ([]Hit, error) {
	unit, err := s.unit(query)
	if err != nil || unit == nil || k <= 0 {
		return nil, err
	}
	v := s.view.Load()
	best := newTop(min(k, v.len()))
	if best.k == 0 {
		return nil, ctx.Err()
	}
	for _, seg := range v.sealed {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if keep == nil && len(v.sealed) <= chromemSegments && seg.ask(ctx, unit, v.seq, best) {
			continue
		}
		seg.scan(unit, v.seq, keep, best)
	}
	v.open.scan(unit, v.seq, keep, best)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return best.sorted(), nil
}

func (v *view) len() int {
	n := len(v.open.ids)
	for _, seg := range v.sealed {
		n += len(seg.ids)
	}
	return n
}

// Cosines returns the cosine of each ID's vector with query: 0 where there is none. Errors are as Search's.
func (s *Store) Cosines(query []float32, ids []uint64) ([]float32, error) {
	cosines := make([]float32, len(ids))
	unit, err := s.unit(query)
	if err != nil || unit == nil {
		return cosines, err
	}
	s.placing.RLock()
	defer s.placing.RUnlock()
	for i, id := range ids {
		if at, ok := s.place[id]; ok {
			cosines[i] = dot(unit, at.seg.row(at.row))
		}
	}
	return cosines, nil
}

// top keeps the k best hits: a heap with the worst of them first.
type top struct {
	k    int
	hits []Hit
}

func newTop(k int) *top { return &top{k: k, hits: make([]Hit, 0, min(k, 1024))} }

func compare(a, b Hit) int { return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.ID, b.ID)) }

// wants says whether a hit would be among the best so far.
func (t *top) wants(cosine float32, id uint64) bool {
	return len(t.hits) < t.k || cosine > t.hits[0].Cosine || cosine == t.hits[0].Cosine && id < t.hits[0].ID
}

func (t *top) offer(h Hit, keep func(uint64) bool) {
	if !t.wants(h.Cosine, h.ID) || keep != nil && !keep(h.ID) {
		return
	}
	if len(t.hits) < t.k {
		t.hits = append(t.hits, h)
		for i := len(t.hits) - 1; i > 0; {
			up := (i - 1) / 2
			if compare(t.hits[i], t.hits[up]) <= 0 {
				return
			}
			t.hits[i], t.hits[up] = t.hits[up], t.hits[i]
			i = up
		}
		return
	}
	t.hits[0] = h
	for i := 0; ; {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(t.hits); c++ {
			if compare(t.hits[c], t.hits[worst]) > 0 {
				worst = c
			}
		}
		if worst == i {
			return
		}
		t.hits[i], t.hits[worst] = t.hits[worst], t.hits[i]
		i = worst
	}
}

func (t *top) sorted() []Hit {
	slices.SortFunc(t.hits, compare)
	return t.hits
}

// IDs returns the IDs of all vectors, in no order.
func (s *Store) IDs() []uint64 {
	s.placing.RLock()
	defer s.placing.RUnlock()
	ids := make([]uint64, 0, len(s.place))
	for id := range s.place {
		ids = append(ids, id)
	}
	return ids
}
