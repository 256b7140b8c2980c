package template

import (
	"hash/maphash"
	"math/bits"
)

// part is one stretch of what a record says, in the slow reading.
type part struct {
	path string // of JSON: where it is
	text string // as written, or a mask; of a slot: the word
	rank rank   // of a slot
	wide string // of a slot whose words are the same set in every class of the topic: the set's name
	slot bool   // the word may be kept or masked
}

// rank orders slots: the lower, the more its word says about what happened.
type rank uint8

const (
	salient  rank = iota // "status", "level", "error"
	usual                // any other string
	truth                // true or false
	identity             // who or where it was: a name
	answer               // no slot: the status of a request
)

// leaf is a value at a JSON path, for the fields.
type leaf struct {
	kind   kind
	number float64
	text   []byte
}

// reading is one pass over a value. The fast one only makes a fingerprint and collects the leaves; the slow one, of records that look like none
// before, makes the parts too. Both take the same way through the same code.
type reading struct {
	*table
	seed  maphash.Seed
	sign  uint64
	slow  bool
	mute  int // above 0: what is read is checked and says nothing
	longs int // strings of JSON that are long
	long  func(raw []byte, escaped bool)

	leaves []leaf
	parts  []part
	paths  []string // of the leaves
	path   []string // slow: the keys down to here
	text   []byte   // scratch: a string without escapes
	within []byte   // slow: collects the masked text of a slot that is a whole text
	whole  int      // above 0: a line is read as the word of a slot
	scan   scanner
}

func (r *reading) reset(slow bool) {
	r.sign, r.slow, r.mute, r.longs, r.whole = 0, slow, 0, 0, 0
	r.leaves, r.parts, r.paths, r.path = r.leaves[:0], nil, nil, r.path[:0]
}

// mix adds a number to the fingerprint.
func (r *reading) mix(n uint64) { r.sign = fold(r.sign^0x9e3779b97f4a7c15, n^0xd6e8feb86659fd93) }

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a|1, b|1)
	return hi ^ lo ^ a<<1 ^ b<<3
}

func (r *reading) hash(s []byte) uint64 { return maphash.Bytes(r.seed, s) }

// constant says something that is part of the template whatever other records say. space: it stood behind a space.
func (r *reading) constant(s []byte, space bool) {
	if r.mute > 0 {
		return
	}
	n := r.hash(s)
	if space {
		n++
	}
	r.mix(n)
	if r.slow {
		r.add(part{text: string(s)}, space)
	}
}

// masked says that something stood there.
func (r *reading) masked(f form, space bool) {
	if r.mute > 0 {
		return
	}
	r.mix(uint64(f)<<1 + 1000)
	if r.slow {
		r.add(part{text: f.mask()}, space)
	}
}

// slot says a word that may turn out to be one of few or of many.
func (r *reading) slotted(s []byte, k rank, wide string, space bool) {
	if r.mute > 0 {
		return
	}
	r.mix(r.hash(s) ^ 0x5bd1e995)
	if r.slow {
		r.add(part{text: string(s), rank: k, wide: wide, slot: r.whole == 0}, space)
	}
}

func (r *reading) add(p part, space bool) {
	if r.whole > 0 {
		if space && len(r.within) > 0 {
			r.within = append(r.within, ' ')
		}
		r.within = append(r.within, p.text...)
		return
	}
	p.path = r.where()
	if space && !p.slot {
		p.text = " " + p.text
	} else if space {
		r.parts = append(r.parts, part{path: p.path, text: " "})
	}
	r.parts = append(r.parts, p)
}

// leafOf keeps a value for the fields.
func (r *reading) leafOf(k kind, number float64, text []byte) {
	if r.mute > 0 {
		return
	}
	r.leaves = append(r.leaves, leaf{k, number, text})
	if r.slow {
		r.paths = append(r.paths, r.where())
	}
}
