package vector

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync/atomic"

	chromem "github.com/philippgille/chromem-go"
)

// segment is rows of vectors. Rows are only ever appended, and stamped when they die; sealed, it is appended to no more.
type segment struct {
	dim   int
	ids   []uint64
	units []float32 // dim for each ID
	died  []uint64  // the first view that doesn't see the row; 0: all do. Atomic.
	dead  *atomic.Int64

	collection *chromem.Collection // nil while open
}

// firstRows is the room of a new segment: most stores are small.
const firstRows = 64

func (g *segment) append(id uint64, unit []float32, limit int) {
	n := len(g.ids)
	if g.dead == nil {
		g.dead = new(atomic.Int64)
	}
	if n == cap(g.ids) { // views keep the old slices, whose rows don't change but for stamps that those views ignore anyway
		room := min(max(2*n, firstRows), max(limit, n+1))
		g.ids = append(make([]uint64, 0, room), g.ids...)
		g.units = append(make([]float32, 0, room*g.dim), g.units...)
		died := make([]uint64, n, room)
		for i := range died {
			died[i] = atomic.LoadUint64(&g.died[i])
		}
		g.died = died
	}
	g.ids, g.units, g.died = append(g.ids, id), append(g.units, unit...), append(g.died, 0)
}

func (g *segment) row(i int) []float32 { return g.units[i*g.dim : (i+1)*g.dim : (i+1)*g.dim] }

func (g *segment) mostlyDead() bool { return g.dead != nil && 2*int(g.dead.Load()) > len(g.ids) }

// captured is the segment as it is now: rows that are appended later are not in it.
func (g *segment) captured() *segment {
	return &segment{dim: g.dim, ids: g.ids, units: g.units, died: g.died, dead: g.dead}
}

// seal puts a chromem collection over the rows. A document's embedding is the row itself: chromem keeps the slice that it is given, if that has unit
// length, which is what this relies on to hold no vector twice. TestSealedSegmentsShareTheirRows would notice if it did not.
func (g *segment) seal() {
	// A new DB, in memory, for each collection: there is nothing that two segments could share or corrupt.
	collection, err := chromem.NewDB().CreateCollection("segment", nil, never)
	if err != nil {
		return // without a collection the rows are scanned
	}
	for i := range g.ids {
		doc := chromem.Document{ID: strconv.Itoa(i), Embedding: g.row(i)}
		if collection.AddDocument(context.Background(), doc) != nil {
			return
		}
	}
	g.collection = collection
}

// never stands in for chromem's default, which would ask OpenAI.
func never(context.Context, string) ([]float32, error) {
	return nil, errors.New("seer/vector embeds nothing")
}

// ask lets chromem find the best rows, and hands those that the view sees to best. false: what it found does not settle which are the best, and the
// rows have to be scanned.
func (g *segment) ask(ctx context.Context, query []float32, seq uint64, best *top) bool {
	const more = 32  // beyond k, so that equal ones at the end rarely leave it open
	const eps = 1e-5 // chromem sums in another order
	n := best.k + int(g.dead.Load()) + more
	if g.collection == nil || n > len(g.ids)/2 {
		return false
	}
	found, err := g.collection.QueryEmbedding(ctx, query, n, nil, nil)
	if err != nil || len(found) < n {
		return false
	}
	// All that were not found are at most as near as the last one that was. Is the k-th that is seen nearer, surely?
	last, hits := found[n-1].Similarity, make([]Hit, 0, n)
	clear := 0
	for _, f := range found {
		i, err := strconv.Atoi(f.ID)
		if err != nil || i < 0 || i >= len(g.ids) {
			return false
		}
		if !g.sees(i, seq) {
			continue
		}
		c := dot(query, g.row(i))
		if c > last+eps {
			clear++
		}
		hits = append(hits, Hit{g.ids[i], c})
	}
	if clear < best.k {
		return false
	}
	for _, h := range hits {
		best.offer(h, nil)
	}
	return true
}

// sees says whether a row is there for a view.
func (g *segment) sees(i int, seq uint64) bool {
	died := atomic.LoadUint64(&g.died[i])
	return died == 0 || died > seq
}

// scan offers all rows that the view sees.
func (g *segment) scan(query []float32, seq uint64, keep func(uint64) bool, best *top) {
	for i, id := range g.ids {
		c := dot(query, g.units[i*g.dim:(i+1)*g.dim])
		if best.wants(c, id) && g.sees(i, seq) {
			best.offer(Hit{id, c}, keep)
		}
	}
}

// dot is the one product that cosines are made by, so that they are the same to the last bit wherever a row is. Four sums keep the processor busy.
//
//go:noinline
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return max(-1, min(1, (s0+s1)+(s2+s3)))
}

// isUnit says whether v has unit length, to what float32 can tell.
func isUnit(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Abs(sum-1) < 1e-5
}
