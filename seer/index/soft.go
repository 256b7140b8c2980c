package index

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// Bounds of soft matching.
const (
	maxVocabulary = 1 << 17 // words with a vector; those beyond match exactly only
	maxNear       = 10      // index words that a query word also matches
	minCosine     = 0.5
	maxCached     = 4096 // query words whose nearest are kept
)

// near is an index word that is near to a query word.
type near struct {
	slot          int
	stem, surface string
	cosine        float32
}

// vocabulary is the words of a lexicon that have a vector: as int8, and its signs as bits. The bits say cheaply which words can be near: two vectors
// with a cosine of .5 differ in a third of their signs, unrelated ones in half. Only words that differ in fewer than 7/16 are looked at, and
// whether one is depends on the two words alone, so that the nearest words do not depend on the order in which they came.
// A word takes dim·9/8 bytes and its strings.
type vocabulary struct {
	words Table // nil: no word has neighbours

	mu     sync.RWMutex
	slots  []near
	live   []bool
	ints   []int8    // dim a slot
	norms  []float32 // 1 / length of the ints
	signs  []uint64  // stride a slot
	epoch  int       // counts changes of slots that were there before
	cached map[string]nearest
}

type nearest struct {
	epoch, upTo int // slots that were looked at
	found       []near
}

func newVocabulary(words Table) *vocabulary {
	return &vocabulary{words: words, cached: map[string]nearest{}}
}

func (v *vocabulary) stride() int { return (v.words.Dim() + 63) / 64 }

// quantised is the vector of a word: int8, one over their length, and signs; false when the table doesn't know it.
func (v *vocabulary) quantised(word string) (ints []int8, norm float32, signs []uint64, ok bool) {
	dim := v.words.Dim()
	vec, ok := v.words.Word(make([]float32, 0, dim), word)
	if !ok || len(vec) != dim {
		return nil, 0, nil, false
	}
	var most, sum float64
	for _, x := range vec {
		most = max(most, math.Abs(float64(x)))
	}
	if most == 0 || math.IsNaN(most) || math.IsInf(most, 0) {
		return nil, 0, nil, false
	}
	ints, signs = make([]int8, dim), make([]uint64, v.stride())
	for i, x := range vec {
		q := math.Round(float64(x) / most * 127)
		ints[i] = int8(q)
		sum += q * q
		if q > 0 {
			signs[i/64] |= 1 << (i % 64)
		}
	}
	return ints, float32(1 / math.Sqrt(sum)), signs, true
}

// set takes a word in whose surface is new, or which lives again.
func (v *vocabulary) set(t *term) {
	if v.words == nil || t.slot < 0 && len(v.slots) >= maxVocabulary {
		return
	}
	ints, norm, signs, ok := v.quantised(t.surface)
	if !ok {
		v.dead(t)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	word := near{stem: t.stem, surface: t.surface}
	if t.slot < 0 {
		t.slot = len(v.slots)
		word.slot = t.slot
		v.slots, v.live = append(v.slots, word), append(v.live, true)
		v.ints, v.norms, v.signs = append(v.ints, ints...), append(v.norms, norm), append(v.signs, signs...)
		return
	}
	word.slot = t.slot
	v.slots[t.slot], v.live[t.slot], v.norms[t.slot] = word, true, norm
	copy(v.ints[t.slot*len(ints):], ints)
	copy(v.signs[t.slot*len(signs):], signs)
	v.epoch++
}

// dead takes a word out that no document has any more.
func (v *vocabulary) dead(t *term) {
	if t.slot < 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.live[t.slot] = false
}

// nearest returns the index words that are nearest to a query word, but for those of its own stem, nearest first.
func (v *vocabulary) nearest(t token) []near {
	if v.words == nil {
		return nil
	}
	v.mu.RLock()
	known, ok := v.cached[t.word]
	fresh := ok && known.epoch == v.epoch && !slices.ContainsFunc(known.found, func(n near) bool { return !v.live[n.slot] })
	if fresh && known.upTo == len(v.slots) {
		v.mu.RUnlock()
		return known.found
	}
	if !fresh {
		known = nearest{epoch: v.epoch}
	}
	if ints, norm, signs, ok := v.quantised(t.word); ok {
		known.found = v.scan(t.stem, ints, norm, signs, known.upTo, known.found)
	}
	known.upTo = len(v.slots)
	v.mu.RUnlock()

	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.cached) >= maxCached {
		clear(v.cached)
	}
	v.cached[t.word] = known
	return known.found
}

// scan merges the slots from one on into the nearest that were found before.
func (v *vocabulary) scan(stem string, ints []int8, norm float32, signs []uint64, from int, found []near) []near {
	dim, stride := len(ints), len(signs)
	most := dim * 7 / 16
	found = slices.Clone(found)
	for slot := from; slot < len(v.slots); slot++ {
		differ := 0
		for i, s := range v.signs[slot*stride : (slot+1)*stride] {
			differ += bits.OnesCount64(s ^ signs[i])
		}
		if differ >= most || !v.live[slot] || v.slots[slot].stem == stem {
			continue
		}
		n := v.slots[slot]
		n.cosine = float32(dotInts(ints, v.ints[slot*dim:(slot+1)*dim])) * norm * v.norms[slot]
		if n.cosine < minCosine {
			continue
		}
		at, _ := slices.BinarySearchFunc(found, n, compareNear)
		if at < maxNear {
			found = slices.Insert(found, at, n)[:min(len(found)+1, maxNear)]
		}
	}
	return found
}

func compareNear(a, b near) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.stem, b.stem))
}

func dotInts(a, b []int8) int32 {
	b = b[:len(a)]
	var sum int32
	for i := range a {
		sum += int32(a[i]) * int32(b[i])
	}
	return sum
}
