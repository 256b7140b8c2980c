package vector

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// While vectors are replaced, in batches, every search sees each of them exactly once, and all of a batch or none of it.
func TestASearchSeesAllOfABatchOrNothing(t *testing.T) {
	const ids, rounds = 40, 500
	s := newStore(2, 16)
	all := make([]uint64, ids)
	for i := range all {
		all[i] = uint64(i)
	}
	round := func(n int) [][]float32 { return slices.Repeat([][]float32{{float32(n%7 + 1), float32(n % 5)}}, ids) }
	add(t, s, all, round(0)...)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				hits, err := s.Search(context.Background(), []float32{1, 0}, 2*ids, nil)
				if err != nil || len(hits) != ids || hits[0].Cosine != hits[ids-1].Cosine {
					t.Errorf("error %v; %d hits where %d are there, from %v to %v", err, len(hits), ids, hits[0], hits[len(hits)-1])
					return
				}
			}
		})
	}
	for n := range rounds {
		add(t, s, all, round(n)...)
	}
	close(stop)
	wg.Wait()
	v := s.view.Load()
	if rows := v.len(); rows > 4*ids+16 {
		t.Errorf("%d rows are kept for %d vectors", rows, ids)
	}
}

// Removing most of many segments, one at a time, moves each living row a few times at most.
func TestDeadSegmentsAreRebuilt(t *testing.T) {
	const n = 8000
	s := newStore(2, 256)
	for id := range uint64(n) {
		add(t, s, []uint64{id}, []float32{1, float32(id)})
	}
	for id := range uint64(n) {
		if id%100 != 0 {
			s.Remove(id)
		}
	}
	if rows := s.view.Load().len(); rows > 2*n/100+256 {
		t.Errorf("%d rows are kept for %d vectors", rows, s.Len())
	}
	if hits := search(t, s, []float32{0, 1}, n, nil); len(hits) != n/100 {
		t.Errorf("%d are found", len(hits))
	}
}

func encoded(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Snapshot().Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodedItFindsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 63, 700, 2 * blockRows} {
		s := newStore(16, 64)
		for id := range uint64(n) {
			v := make([]float32, 16)
			for i := range v {
				v[i] = float32(r.NormFloat64())
			}
			add(t, s, []uint64{id * 0x9e3779b97f4a7c15}, v)
		}
		s.Remove(0x9e3779b97f4a7c15)
		again, err := Decode(bytes.NewReader(append(encoded(t, s), "what follows"...)), 16)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			q := make([]float32, 16)
			for i := range q {
				q[i] = float32(r.NormFloat64())
			}
			if got, want := search(t, again, q, n+1, nil), search(t, s, q, n+1, nil); !slices.Equal(got, want) {
				t.Fatalf("of %d:\ngot  %v\nwant %v", n, got, want)
			}
		}
	}
}

func TestDamageIsNoticedAnywhere(t *testing.T) {
	s := newStore(3, 4)
	for id := range uint64(10) {
		add(t, s, []uint64{id}, []float32{1, float32(id), 2})
	}
	good := encoded(t, s)
	for at := range good {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(good)
			bad[at] ^= bit
			if _, err := Decode(bytes.NewReader(bad), 3); kafkaops.ClassOf(err) != kafkaops.Invalid {
				t.Fatalf("byte %d of %d: %v", at, len(good), err)
			}
		}
	}
	if _, err := Decode(bytes.NewReader(good), 4); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("another dimension: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	s := newStore(3, 4)
	f.Add(encoded(f, s))
	for id := range uint64(10) {
		add(f, s, []uint64{id}, []float32{1, float32(id), 2})
	}
	f.Add(encoded(f, s))
	f.Add(magic)
	f.Add(append(bytes.Clone(magic), 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(bytes.NewReader(b), 3)
		if err == nil {
			search(t, s, []float32{1, 2, 3}, 5, nil)
		}
	})
}

// heap is what is in use after garbage has been collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemory(t *testing.T) {
	const dim, n = 256, 3 * SegmentRows
	r := rand.New(rand.NewPCG(1, 1))
	s, before := New(dim), heap()
	for id := range uint64(n) {
		v := make([]float32, dim)
		for i := range v {
			v[i] = r.Float32() - .5
		}
		add(t, s, []uint64{id}, v)
	}
	each := float64(heap()-before) / n
	t.Logf("%.0f bytes a vector, %.2f of its numbers' own", each, each/(4*dim))
	if each > 1.5*4*dim {
		t.Errorf("a vector takes %.0f bytes, more than half as much again as its numbers", each)
	}
	// Replaced four times over, it has not grown by more than the dead rows that are allowed for.
	for id := range uint64(4 * n) {
		add(t, s, []uint64{id % n}, slices.Repeat([]float32{float32(id%9) + 1}, dim))
	}
	if again := float64(heap()-before) / n; again > 3.2*4*dim {
		t.Errorf("after replacing a vector takes %.0f bytes", again)
	}
	runtime.KeepAlive(s)
}

func filled(n int) (*Store, []float32) {
	r := rand.New(rand.NewPCG(1, 1))
	s := New(256)
	v := make([]float32, 256)
	for id := range uint64(n) {
		for i := range v {
			v[i] = r.Float32() - .5
		}
		_ = s.Add([]uint64{id}, [][]float32{v})
	}
	return s, v
}

// What chromem's query costs beside a scan of the same rows.
func BenchmarkSegment(b *testing.B) {
	s, q := filled(SegmentRows)
	q, _ = s.unit(q)
	seg := s.view.Load().sealed[0]
	b.Run("chromem", func(b *testing.B) {
		for b.Loop() {
			if !seg.ask(context.Background(), q, 1<<62, newTop(100)) {
				b.Fatal("it settled nothing")
			}
		}
	})
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			seg.scan(q, 1<<62, nil, newTop(100))
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 10_000, 70_000} {
		s, q := filled(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				_, _ = s.Search(context.Background(), q, 100, nil)
			}
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	s, q := filled(0)
	id := uint64(0)
	for b.Loop() {
		id++
		_ = s.Add([]uint64{id % 50_000}, [][]float32{q})
	}
}
