// Package embed turns text into vectors with no network and no model: by the mean of word-piece vectors out of a table that is part of the
// program. The table was fitted to a sentence model by tools/seer-table; NOTICE names it.
package embed

import (
	_ "embed"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// data is table.bin, in the program's own read-only pages: what is not touched takes no memory, and what is can be dropped again.
//
//go:embed table.bin
var data string

const (
	magic  = "KRTABLE1"
	header = len(magic) + 6*4
	// dim is the only width that the encoder is built for.
	dim = 256
	// weightUnit is what a weight is stored in units of.
	weightUnit = 1.0 / 4096
)

// Table is the word-piece table that is built into the program. Safe for concurrent use. It points into the program's own pages: nothing is
// copied, and it takes a few hundred bytes.
type Table struct {
	id      string
	slots   string // uint16: row + 1 by the piece's hash, 0 where empty; a power of two of them
	ends    string // uint32 a row: where its piece ends in pieces
	pieces  string // sorted by row; a piece that continues a word begins with ##
	weights string // uint16 a row: √idf
	scales  string // uint16 a row: the upper half of a float32
	rows    string // int8, dim a row
	mask    uint32 // of a slot's number
	longest int    // bytes of the longest piece, ## not counted
	rarest  float32
}

// Load checks the table that is built in (its shape and checksum) and returns it.
func Load() (*Table, error) {
	t, err := parse(data)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, "loading the word table", "", "the program is damaged: install it again", err)
	}
	return t, nil
}

// ID names the table: a vector that another table made is not comparable.
func (t *Table) ID() string { return t.id }

// Dim is how many numbers a vector has.
func (t *Table) Dim() int { return dim }

// parse cuts the table into its parts. Nothing of a table with the right checksum is looked at again later, so every number that is followed
// (a slot's row, a piece's end) is checked here.
func parse(data string) (*Table, error) {
	if len(data) < header || data[:len(magic)] != magic {
		return nil, fmt.Errorf("no word table: %d bytes", len(data))
	}
	var field [6]int
	for i := range field {
		field[i] = int(u32(data, len(magic)/4+i))
	}
	rows, width, pieces, slots, sum, longest := field[0], field[1], field[2], field[3], field[4], field[5]
	body := data[header:]
	if width != dim || rows == 0 || rows >= 1<<16 || slots < 2*rows || slots > 1<<16 || slots&(slots-1) != 0 ||
		longest == 0 || longest > maxPiece || len(body) != 2*slots+rows*(4+2+2+dim)+pieces {
		return nil, fmt.Errorf("a table of %d × %d does not fit its %d bytes", rows, width, len(data))
	}
	if got := checksum(body); got != uint32(sum) {
		return nil, fmt.Errorf("checksum %08x, not %08x", got, sum)
	}
	t := &Table{id: fmt.Sprintf("krapp-table-1:%d:%08x", dim, sum), mask: uint32(slots - 1), longest: longest}
	for _, part := range []struct {
		to   *string
		size int
	}{{&t.slots, 2 * slots}, {&t.ends, 4 * rows}, {&t.pieces, pieces}, {&t.weights, 2 * rows}, {&t.scales, 2 * rows}, {&t.rows, rows * dim}} {
		*part.to, body = body[:part.size], body[part.size:]
	}
	return t, t.check(rows)
}

// check looks at what a lookup follows without looking, and finds the greatest weight.
func (t *Table) check(rows int) error {
	last, longest := uint32(0), 0
	for row := range rows {
		end := u32(t.ends, row)
		if end < last || int(end) > len(t.pieces) {
			return fmt.Errorf("piece %d ends at %d", row, end)
		}
		longest = max(longest, len(strings.TrimPrefix(t.pieces[last:end], "##")))
		last = end
		t.rarest = max(t.rarest, t.weight(row)*t.weight(row))
	}
	if longest != t.longest {
		return fmt.Errorf("the longest piece has %d bytes, not %d", longest, t.longest)
	}
	for slot := range len(t.slots) / 2 {
		if row := int(u16(t.slots, slot)); row > rows {
			return fmt.Errorf("slot %d points at row %d of %d", slot, row, rows)
		}
	}
	return nil
}

// checksum goes by way of a small buffer, because a string can't be checked as it is without a copy of all of it.
func checksum(s string) uint32 {
	var buf [32 << 10]byte
	var sum uint32
	for len(s) > 0 {
		n := copy(buf[:], s)
		sum = crc32.Update(sum, crc32.IEEETable, buf[:n])
		s = s[n:]
	}
	return sum
}

// weight is √idf of a row's piece.
func (t *Table) weight(row int) float32 { return float32(u16(t.weights, row)) * weightUnit }

// scale is what a step of the row's int8 is worth.
func (t *Table) scale(row int) float32 {
	return math.Float32frombits(uint32(u16(t.scales, row)) << 16)
}

// u16 is the i-th little-endian uint16 of s.
func u16(s string, i int) uint16 {
	s = s[2*i : 2*i+2]
	return uint16(s[0]) | uint16(s[1])<<8
}

// u32 is the i-th little-endian uint32 of s.
func u32(s string, i int) uint32 {
	s = s[4*i : 4*i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
