package embed

import (
	"math"
	"slices"
)

// Prose is the vector of running text: the mean of its pieces' rows, rare pieces counting more (by √idf). It is written over dst, which grows
// only when it has no room. It has unit length, or is all zero when no piece is known.
func (t *Table) Prose(dst []float32, text string) []float32 {
	return t.encode(dst, &words{rest: text}, true)
}

// Template is the vector of a machine's message: as Prose, but words with digits and masks ("<num>") are left out, and all pieces count the
// same, because what is rare in a message is seldom what it is about.
func (t *Table) Template(dst []float32, text string) []float32 {
	return t.encode(dst, &words{rest: text, masks: true}, false)
}

// Word is the vector of one word: the mean of its pieces' rows, of unit length. It is written over dst. False: no piece is known, and the vector
// is all zero.
func (t *Table) Word(dst []float32, word string) ([]float32, bool) {
	dst = t.encode(dst, &words{rest: word}, false)
	return dst, slices.ContainsFunc(dst, func(x float32) bool { return x != 0 })
}

// IDF is how rare a word is in general English and technical text: ln(texts / texts that hold it), of its rarest piece. It is at least 0. That
// of an unknown word is the greatest that there is.
func (t *Table) IDF(word string) float32 {
	var rarest float32
	var into [maxPieces]uint16
	w := words{rest: word}
	for {
		part, ok := w.next()
		if !ok {
			break
		}
		n := 0
		if w.chars <= maxChars {
			n = t.split(part, &into)
		}
		if n == 0 {
			return t.rarest
		}
		for _, row := range into[:n] {
			weight := t.weight(int(row))
			rarest = max(rarest, weight*weight)
		}
	}
	if rarest == 0 {
		return t.rarest
	}
	return rarest
}

func (t *Table) encode(dst []float32, w *words, prose bool) []float32 {
	dst = slices.Grow(dst[:0], dim)[:dim]
	clear(dst)
	sum := (*[dim]float32)(dst)
	var into [maxPieces]uint16
	for {
		word, ok := w.next()
		if !ok {
			break
		}
		if w.chars > maxChars || w.masks && w.digit {
			continue
		}
		for _, row := range into[:t.split(word, &into)] {
			factor := t.scale(int(row))
			if prose {
				factor *= t.weight(int(row))
			}
			t.add(sum, int(row), factor)
		}
	}
	normalise(sum)
	return dst
}

// add adds a row, times factor.
func (t *Table) add(sum *[dim]float32, row int, factor float32) {
	values := t.rows[row*dim : row*dim+dim]
	for i := range sum {
		sum[i] += factor * float32(int8(values[i]))
	}
}

// normalise brings the vector to unit length; one too short for that becomes zero.
func normalise(v *[dim]float32) {
	var squares float64
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	length := math.Sqrt(squares)
	if length < 1e-12 {
		clear(v[:])
		return
	}
	scale := float32(1 / length)
	for i := range v {
		v[i] *= scale
	}
}
