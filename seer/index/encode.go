package index

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/vector"
)

// An encoding is magic and sections. A section is its kind, a byte, the length of its payload u32, at most maxSection, the payload, and the CRC-32C
// of all of these. Numbers are little-endian or varints; strings have their length before them. The sections: about, one; docs, any number;
// surfaces, any number; vectors, one a kind, with what vector.Encode writes behind it; end, with the number of documents. What isn't there,
// postings, is made again from the texts.
const (
	magic      = "krapidx1"
	maxSection = 1 << 20
	fullEnough = 256 << 10 // a section of documents is ended beyond that
)

const (
	sectionAbout    = 'a'
	sectionDocs     = 'd'
	sectionSurfaces = 's'
	sectionVectors  = 'v'
	sectionEnd      = 'e'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode writes the index as it is now. Writers wait while it is copied, which takes a few milliseconds, not while it is written.
func (x *Index) Encode(w io.Writer) error {
	c := x.copied()
	e := encoder{w: w}
	e.raw([]byte(magic))
	e.text(x.o.Embedder.ID())
	e.uint(uint64(x.o.Embedder.Dim()))
	e.section(sectionAbout)
	for _, h := range c.docs {
		e.doc(h)
		if len(e.buf) > fullEnough {
			e.section(sectionDocs)
		}
	}
	e.rest(sectionDocs)
	for kind, surfaces := range c.surfaces {
		for _, s := range surfaces {
			e.buf = append(e.buf, byte(kind))
			e.text(s.stem)
			e.text(s.surface)
			if len(e.buf) > fullEnough {
				e.section(sectionSurfaces)
			}
		}
	}
	e.rest(sectionSurfaces)
	for kind, vectors := range c.vectors {
		e.buf = append(e.buf, byte(kind))
		e.section(sectionVectors)
		if e.err == nil {
			e.err = vectors.Encode(w)
		}
	}
	e.uint(uint64(len(c.docs)))
	e.section(sectionEnd)
	if e.err != nil {
		return kafkaops.NewError(kafkaops.Internal, "writing the index", "", "", e.err)
	}
	return nil
}

// copied is what is encoded, as it was at one moment.
type copied struct {
	docs     []held
	surfaces [kinds][]near
	vectors  [kinds]vector.Snapshot
}

func (x *Index) copied() copied {
	x.writing.Lock()
	defer x.writing.Unlock()
	c := copied{docs: make([]held, 0, len(x.docs))}
	for _, h := range x.docs {
		c.docs = append(c.docs, *h)
	}
	for kind, s := range x.shelves {
		for stem, t := range s.lex.Load().terms {
			if t.docs > 0 {
				c.surfaces[kind] = append(c.surfaces[kind], near{stem: stem, surface: t.surface})
			}
		}
		c.vectors[kind] = s.vectors.Snapshot()
	}
	return c
}

// encoder gathers a section's payload.
type encoder struct {
	w    io.Writer
	buf  []byte
	head []byte
	err  error
}

func (e *encoder) raw(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) uint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) int(n int64)   { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.buf = append(e.buf, 0)
		return
	}
	e.buf = append(e.buf, 1)
	e.int(t.Unix())
	e.uint(uint64(t.Nanosecond()))
}

func (e *encoder) doc(h held) {
	d := &h.doc
	e.buf = binary.LittleEndian.AppendUint64(e.buf, d.ID)
	e.buf = append(e.buf, byte(d.Kind))
	e.text(d.Place.Topic)
	e.int(int64(d.Place.Partition))
	e.int(d.Place.Offset)
	e.time(d.Place.At)
	e.time(h.at)
	e.text(d.Title)
	e.int(int64(d.Passage))
	e.text(d.Text)
}

// rest ends a section that has something in it.
func (e *encoder) rest(kind byte) {
	if len(e.buf) > 0 {
		e.section(kind)
	}
}

// section writes the payload gathered so far.
func (e *encoder) section(kind byte) {
	e.head = binary.LittleEndian.AppendUint32(append(e.head[:0], kind), uint32(len(e.buf)))
	sum := crc32.Update(crc32.Checksum(e.head, castagnoli), castagnoli, e.buf)
	e.raw(e.head)
	e.raw(binary.LittleEndian.AppendUint32(e.buf, sum))
	e.buf = e.buf[:0]
}
