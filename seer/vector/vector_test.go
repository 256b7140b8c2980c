package vector

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// random is a vector of a few values, so that equal ones and equal cosines are common.
func random(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.IntN(3) - 1)
	}
	return v
}

func add(t testing.TB, s *Store, ids []uint64, vectors ...[]float32) {
	t.Helper()
	if err := s.Add(ids, vectors); err != nil {
		t.Fatal(err)
	}
}

func search(t testing.TB, s *Store, query []float32, k int, keep func(uint64) bool) []Hit {
	t.Helper()
	hits, err := s.Search(context.Background(), query, k, keep)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// model is what a store should be: a map that is searched through.
type model map[uint64][]float32

func (m model) search(t testing.TB, query []float32, k int, keep func(uint64) bool) []Hit {
	t.Helper()
	s := New(len(query))
	unit, err := s.unit(query)
	if err != nil {
		t.Fatal(err)
	}
	var hits []Hit
	for id, v := range m {
		u, err := s.unit(v)
		if err != nil {
			t.Fatal(err)
		}
		if u != nil && unit != nil && (keep == nil || keep(id)) {
			hits = append(hits, Hit{id, dot(unit, u)})
		}
	}
	slices.SortFunc(hits, compare)
	return hits[:min(k, len(hits))]
}

// Whatever was added, replaced and removed, and whatever the segments: the hits are those of a scan of all that is there, in order, to the last bit.
func TestItFindsWhatAScanFinds(t *testing.T) {
	for _, rows := range []int{1, 3, 16, 64, 300, SegmentRows} {
		r := rand.New(rand.NewPCG(7, uint64(rows)))
		const dim, most = 6, 300
		s, m := newStore(dim, rows), model{}
		for step := range 150 {
			var ids []uint64
			var vectors [][]float32
			for range r.IntN(12) {
				id, v := uint64(r.IntN(most)), random(r, dim)
				ids, vectors = append(ids, id), append(vectors, v)
				m[id] = v
			}
			add(t, s, ids, vectors...)
			for range r.IntN(8) {
				id := uint64(r.IntN(most))
				s.Remove(id)
				delete(m, id)
			}
			query, k := random(r, dim), 1+r.IntN(40)
			var keep func(uint64) bool
			if step%2 == 0 {
				keep = func(id uint64) bool { return id%3 != 0 }
			}
			if got, want := search(t, s, query, k, keep), m.search(t, query, k, keep); !slices.Equal(got, want) {
				t.Fatalf("segments of %d, step %d, k %d:\ngot  %v\nwant %v", rows, step, k, got, want)
			}
		}
		if all := m.search(t, []float32{1, 0, 0, 0, 0, 0}, most, nil); s.Len() != len(all) {
			t.Errorf("segments of %d: %d are held, %d are there", rows, s.Len(), len(all))
		}
	}
}

// Asking chromem and scanning the rows give the same hits; and chromem is really asked.
func TestAskingChromemFindsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim, n = 32, 600
	s := newStore(dim, 300)
	for id := range uint64(n) {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		if id%5 == 0 {
			v = slices.Repeat([]float32{1}, dim) // many equal ones
		}
		add(t, s, []uint64{id}, v)
	}
	s.Remove(3, 33, 333)
	v := s.view.Load()
	if len(v.sealed) != 2 {
		t.Fatalf("%d segments", len(v.sealed))
	}
	asked := 0
	for trial := range 100 {
		query, k := make([]float32, dim), 1+trial%60
		for i := range query {
			query[i] = float32(r.NormFloat64())
		}
		unit, err := s.unit(query)
		if err != nil {
			t.Fatal(err)
		}
		for _, seg := range v.sealed {
			byAsking, byScanning := newTop(k), newTop(k)
			seg.scan(unit, v.seq, nil, byScanning)
			if !seg.ask(context.Background(), unit, v.seq, byAsking) {
				if len(byAsking.hits) > 0 {
					t.Fatal("it gave hits, and yet says that it settled nothing")
				}
				continue
			}
			asked++
			if got, want := byAsking.sorted(), byScanning.sorted(); !slices.Equal(got, want) {
				t.Fatalf("k %d:\ngot  %v\nwant %v", k, got, want)
			}
		}
	}
	if asked < 100 {
		t.Errorf("chromem settled %d of 200", asked)
	}
}

// A document in chromem is the segment's row itself, not a copy of it.
func TestSealedSegmentsShareTheirRows(t *testing.T) {
	s := newStore(4, 2)
	add(t, s, []uint64{1, 2}, []float32{1, 2, 3, 4}, []float32{0, 1, 0, 1})
	seg := s.view.Load().sealed[0]
	found, err := seg.collection.QueryEmbedding(context.Background(), seg.row(0), 1, nil, nil)
	if err != nil || &found[0].Embedding[0] != &seg.row(0)[0] {
		t.Fatalf("it is a copy (error %v)", err)
	}
}

func TestWhatIsNoVectorIsInvalid(t *testing.T) {
	s := New(2)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, v := range map[string][]float32{"short": {1}, "long": {1, 2, 3}, "none": nil, "NaN": {nan, 1}, "infinite": {inf, 1}} {
		if err := s.Add([]uint64{1, 2}, [][]float32{{1, 1}, v}); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("adding %s: %v", name, err)
		}
		if _, err := s.Search(context.Background(), v, 1, nil); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("searching %s: %v", name, err)
		}
		if _, err := s.Cosines(v, []uint64{1}); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("cosines of %s: %v", name, err)
		}
	}
	if err := s.Add([]uint64{1}, nil); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("an ID without a vector: %v", err)
	}
	if s.Len() != 0 {
		t.Errorf("%d were added beside those that can't be", s.Len())
	}
}

func TestGreatAndSmallNumbers(t *testing.T) {
	s := New(2)
	add(t, s, []uint64{1, 2, 3}, []float32{3e38, 3e38}, []float32{1e-38, 1e-38}, []float32{1e-45, 0})
	for _, h := range search(t, s, []float32{3e38, 0}, 3, nil) {
		if math.IsNaN(float64(h.Cosine)) || h.Cosine < .7 || h.Cosine > 1 {
			t.Errorf("%+v", h)
		}
	}
	if s.Len() != 3 {
		t.Errorf("%d are held", s.Len())
	}
}

func TestCosines(t *testing.T) {
	s := newStore(2, 2)
	add(t, s, []uint64{1, 2, 3}, []float32{1, 0}, []float32{0, 2}, []float32{-1, 0})
	got, err := s.Cosines([]float32{5, 0}, []uint64{3, 9, 1, 2})
	if err != nil || !slices.Equal(got, []float32{-1, 0, 1, 0}) {
		t.Fatalf("%v, %v", got, err)
	}
}
