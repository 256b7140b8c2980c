package vector

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"github.com/krapp-io/krapp/kafkaops"
)

// An encoding is magic, dim u32, blocks, an empty block. A block is its number of rows u32 (at most blockRows), the rows (ID u64, dim float32), and
// the CRC-32C of it all. Numbers are little-endian. Bits of the vectors are kept, so that a store that was decoded gives the same cosines.
var (
	magic      = []byte("krapvec1")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const blockRows = 512

// Snapshot is the vectors as they were at one moment. It stays as it is, and costs nothing but what it keeps alive.
type Snapshot struct {
	dim  int
	view *view
}

// Snapshot returns the vectors as they are now.
func (s *Store) Snapshot() Snapshot { return Snapshot{s.dim, s.view.Load()} }

// Encode writes the vectors. Adds and searches go on meanwhile.
func (n Snapshot) Encode(w io.Writer) error {
	if _, err := w.Write(binary.LittleEndian.AppendUint32(bytes.Clone(magic), uint32(n.dim))); err != nil {
		return err
	}
	b := blockWriter{w: w, dim: n.dim}
	for _, seg := range n.view.sealed {
		if err := b.segment(seg, n.view.seq); err != nil {
			return err
		}
	}
	if err := b.segment(&n.view.open, n.view.seq); err != nil {
		return err
	}
	if b.rows > 0 {
		if err := b.flush(); err != nil {
			return err
		}
	}
	return b.flush()
}

// blockWriter gathers rows to blocks.
type blockWriter struct {
	w    io.Writer
	dim  int
	rows int
	buf  []byte
}

func (b *blockWriter) segment(seg *segment, seq uint64) error {
	for i, id := range seg.ids {
		if !seg.sees(i, seq) {
			continue
		}
		b.begin()
		b.buf = binary.LittleEndian.AppendUint64(b.buf, id)
		for _, x := range seg.units[i*seg.dim : (i+1)*seg.dim] {
			b.buf = binary.LittleEndian.AppendUint32(b.buf, math.Float32bits(x))
		}
		if b.rows++; b.rows == blockRows {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *blockWriter) begin() {
	if len(b.buf) == 0 {
		b.buf = append(b.buf, 0, 0, 0, 0) // the number of rows
	}
}

func (b *blockWriter) flush() error {
	b.begin()
	binary.LittleEndian.PutUint32(b.buf, uint32(b.rows))
	b.buf = binary.LittleEndian.AppendUint32(b.buf, crc32.Checksum(b.buf, castagnoli))
	_, err := b.w.Write(b.buf)
	b.rows, b.buf = 0, b.buf[:0]
	return err
}

// Decode reads what Encode wrote, and nothing behind it, of vectors with dim dimensions. Anything else is Invalid. It never allocates more than a
// block beyond what has been read and found sound.
func Decode(r io.Reader, dim int) (*Store, error) {
	s := New(dim)
	head := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, damaged("it ends too early")
	}
	if !bytes.Equal(head[:len(magic)], magic) {
		return nil, damaged("it is of another format")
	}
	if got := binary.LittleEndian.Uint32(head[len(magic):]); int64(got) != int64(s.dim) {
		return nil, damaged("its vectors have another number of dimensions")
	}
	var buf []byte
	for {
		rows, block, err := readBlock(r, s.dim, buf)
		if err != nil {
			return nil, err
		}
		if rows == 0 {
			s.publish()
			return s, nil
		}
		if err := s.take(block, rows); err != nil {
			return nil, err
		}
		buf = block
	}
}

// readBlock reads a block into buf, which it grows, and returns the rows' bytes.
func readBlock(r io.Reader, dim int, buf []byte) (rows int, block []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, damaged("it ends too early")
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > blockRows {
		return 0, nil, damaged("a block is too long")
	}
	size := int(n)*(8+4*dim) + 4
	if cap(buf) < size {
		buf = make([]byte, size)
	}
	buf = buf[:size]
	if _, err := io.ReadFull(r, buf); err != nil {
		return 0, nil, damaged("it ends too early")
	}
	sum := crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, buf[:size-4])
	if sum != binary.LittleEndian.Uint32(buf[size-4:]) {
		return 0, nil, damaged("a block's checksum is wrong")
	}
	return int(n), buf[:size-4], nil
}

// take appends the rows of a block as they are.
func (s *Store) take(block []byte, rows int) error {
	unit := make([]float32, s.dim)
	for range rows {
		id := binary.LittleEndian.Uint64(block)
		block = block[8:]
		for i := range unit {
			unit[i] = math.Float32frombits(binary.LittleEndian.Uint32(block[4*i:]))
		}
		block = block[4*s.dim:]
		if !isUnit(unit) {
			return damaged("a vector has not unit length")
		}
		if _, twice := s.place[id]; twice {
			return damaged("an ID is there twice")
		}
		s.append(id, unit)
	}
	return nil
}

func damaged(why string) error {
	return kafkaops.Errorf(kafkaops.Invalid, "reading encoded vectors", "", "they have to be made anew", "%s", why)
}
