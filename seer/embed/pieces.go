package embed

const (
	fnvOffset = 0x811c9dc5
	fnvPrime  = 0x01000193
	// hashContinued is the hash of ##, which pieces that continue a word begin with.
	hashContinued = ((fnvOffset^'#')*fnvPrime&0xffffffff ^ '#') * fnvPrime & 0xffffffff
	// maxPiece is how many bytes a piece may have, ## not counted.
	maxPiece = 64
	// maxPieces bounds a word's pieces: one a byte.
	maxPieces = maxWord
)

// split cuts a word into the rows of its pieces: each time the longest piece that the rest begins with. A word that can't be cut into known
// pieces to its end has none at all. Its work is bounded by the word's bytes × the longest piece's.
func (t *Table) split(word []byte, into *[maxPieces]uint16) int {
	n := 0
	for at := 0; at < len(word); n++ {
		row, size := t.longestPiece(word[at:], at > 0)
		if size == 0 {
			return 0
		}
		into[n] = uint16(row)
		at += size
	}
	return n
}

// longestPiece finds the longest piece that rest begins with, and how many bytes of rest it takes; 0: none.
func (t *Table) longestPiece(rest []byte, continued bool) (row, size int) {
	var hashes [maxPiece]uint32
	h := uint32(fnvOffset)
	if continued {
		h = hashContinued
	}
	rest = rest[:min(len(rest), t.longest)]
	for i, b := range rest {
		h = (h ^ uint32(b)) * fnvPrime
		hashes[i] = h
	}
	for size = len(rest); size > 0; size-- {
		if row, ok := t.find(rest[:size], continued, hashes[size-1]); ok {
			return row, size
		}
	}
	return 0, 0
}

// find looks a piece up. The table has at least half of its slots empty, so that a search ends soon; it ends in any case after all slots.
func (t *Table) find(piece []byte, continued bool, hash uint32) (int, bool) {
	for at, tries := hash^hash>>16, uint32(0); tries <= t.mask; at, tries = at+1, tries+1 {
		row := int(u16(t.slots, int(at&t.mask))) - 1
		if row < 0 {
			return 0, false
		}
		if t.is(row, piece, continued) {
			return row, true
		}
	}
	return 0, false
}

// is says whether a row's piece is this one.
func (t *Table) is(row int, piece []byte, continued bool) bool {
	begin := uint32(0)
	if row > 0 {
		begin = u32(t.ends, row-1)
	}
	name := t.pieces[begin:u32(t.ends, row)]
	if continued {
		if len(name) < 2 || name[:2] != "##" {
			return false
		}
		name = name[2:]
	}
	return name == string(piece)
}
