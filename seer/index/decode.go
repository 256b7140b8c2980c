package index

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/vector"
)

// Decode makes an index of what Encode wrote, and reads nothing behind it. Nothing is embedded, and it answers as the one that was encoded did, but
// for what is beyond the bounds of o. Errors: Conflict, when it was made with another embedder or dimension; Invalid, when it is damaged. It
// allocates no more than a section beyond what has been read and found sound.
func Decode(r io.Reader, o Options) (*Index, error) {
	x, err := New(o)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != magic {
		return nil, damaged("it is of another format")
	}
	d := decoder{r: r, x: x, surfaces: map[Kind]map[string]string{Passage: {}, Template: {}}}
	for {
		kind, payload, err := d.section()
		if err != nil {
			return nil, err
		}
		if d.stage < stageOf(kind) {
			d.stage = stageOf(kind)
		} else if d.stage > stageOf(kind) || kind == sectionAbout {
			return nil, damaged("its parts are in another order")
		}
		if err := d.read(kind, &fields{b: payload}); err != nil {
			return nil, err
		}
		if kind == sectionEnd {
			break
		}
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	return x, nil
}

// stageOf is where a section may come: about, documents, surfaces, vectors, end. 0: nowhere.
func stageOf(kind byte) int {
	switch kind {
	case sectionAbout:
		return 1
	case sectionDocs:
		return 2
	case sectionSurfaces:
		return 3
	case sectionVectors:
		return 4
	case sectionEnd:
		return 5
	}
	return 0
}

// decoder reads sections into an index.
type decoder struct {
	r        io.Reader
	x        *Index
	buf      []byte
	stage    int
	surfaces map[Kind]map[string]string
	vectors  [kinds]*vector.Store
}

// section reads the next section. Its payload is valid until the next call.
func (d *decoder) section() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(d.r, head[:]); err != nil {
		return 0, nil, damaged("it ends too early")
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > maxSection || stageOf(head[0]) == 0 {
		return 0, nil, damaged("a part of it is none that is known")
	}
	if cap(d.buf) < int(n)+4 {
		d.buf = make([]byte, int(n)+4)
	}
	d.buf = d.buf[:int(n)+4]
	if _, err := io.ReadFull(d.r, d.buf); err != nil {
		return 0, nil, damaged("it ends too early")
	}
	payload = d.buf[:n]
	sum := crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, payload)
	if sum != binary.LittleEndian.Uint32(d.buf[n:]) {
		return 0, nil, damaged("a checksum is wrong")
	}
	if d.stage == 0 && head[0] != sectionAbout {
		return 0, nil, damaged("its parts are in another order")
	}
	return head[0], payload, nil
}

func (d *decoder) read(kind byte, f *fields) error {
	switch kind {
	case sectionAbout:
		id, dim := f.text(math.MaxInt32), f.uint()
		if f.bad {
			return damaged("what made it can't be read")
		}
		if e := d.x.o.Embedder; id != e.ID() || dim != uint64(e.Dim()) {
			return kafkaops.Errorf(kafkaops.Conflict, "reading the encoded index", "", "it has to be made anew from the records",
				"it was made with the embedder %.80q (%d dimensions), and now there is %.80q (%d)", id, dim, e.ID(), e.Dim())
		}
	case sectionDocs:
		return d.docs(f)
	case sectionSurfaces:
		for len(f.b) > 0 && !f.bad {
			kind, stemmed, surface := Kind(f.byte()), f.text(maxWord), f.text(maxWord)
			if f.bad || kind >= kinds || stem(surface) != stemmed {
				return damaged("a word of it can't be read")
			}
			d.surfaces[kind][stemmed] = surface
		}
	case sectionVectors:
		kind := Kind(f.byte())
		if f.bad || kind >= kinds || d.vectors[kind] != nil {
			return damaged("its vectors can't be read")
		}
		vectors, err := vector.Decode(d.r, d.x.o.Embedder.Dim())
		if err != nil {
			return err
		}
		d.vectors[kind] = vectors
	case sectionEnd:
		if n := f.uint(); f.bad || n != uint64(len(d.x.docs)) {
			return damaged("documents of it are missing")
		}
	}
	if f.bad || len(f.b) > 0 {
		return damaged("a part of it can't be read")
	}
	return nil
}

func (d *decoder) docs(f *fields) error {
	for len(f.b) > 0 {
		h := &held{pos: -1}
		doc := Doc{ID: f.fixed(), Kind: Kind(f.byte())}
		doc.Place.Topic = f.text(255)
		doc.Place.Partition, doc.Place.Offset, doc.Place.At = int32(f.int()), f.int(), f.time()
		h.at = f.time()
		doc.Title, doc.Passage, doc.Text = f.text(MaxTitle), int(f.int()), f.text(MaxText)
		if f.bad || doc.Kind >= kinds || d.x.docs[doc.ID] != nil {
			return damaged("a document of it can't be read")
		}
		s := d.x.shelves[doc.Kind]
		h.entry = s.lex.Load().swap(nil, &doc)
		d.x.docs[doc.ID] = h
		s.ages.add(h)
	}
	return nil
}

// finish puts the words and vectors in, and checks that they are of the documents.
func (d *decoder) finish() error {
	for kind, s := range d.x.shelves {
		lex := s.lex.Load()
		for stem, surface := range d.surfaces[Kind(kind)] {
			t := lex.terms[stem]
			if t == nil && len(lex.terms) < lex.most {
				return damaged("a word of it is in no document")
			}
			if t != nil && t.surface != surface {
				t.surface = surface
				lex.soft.set(t)
			}
		}
		vectors := d.vectors[kind]
		if vectors == nil {
			return damaged("its vectors are missing")
		}
		for _, id := range vectors.IDs() {
			if h := d.x.docs[id]; h == nil || h.doc.Kind != Kind(kind) {
				return damaged("a vector of it is of no document")
			}
		}
		s.vectors = vectors
	}
	d.x.retain()
	return nil
}

func damaged(why string) error {
	return kafkaops.Errorf(kafkaops.Invalid, "reading the encoded index", "", "it has to be made anew from the records", "%s", why)
}

// fields reads a payload. After anything that can't be, bad is set and all else is zero.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if f.bad || n < 0 || n > len(f.b) {
		f.bad, f.b = true, nil
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) byte() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) fixed() uint64 {
	if b := f.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (f *fields) uint() uint64 {
	n, size := binary.Uvarint(f.b)
	if f.take(size); size <= 0 {
		f.bad = true
	}
	return n
}

func (f *fields) int() int64 {
	n, size := binary.Varint(f.b)
	if f.take(size); size <= 0 {
		f.bad = true
	}
	return n
}

func (f *fields) text(most int) string {
	n := f.uint()
	if n > uint64(most) {
		f.bad = true
		return ""
	}
	b := f.take(int(n))
	if !utf8.Valid(b) {
		f.bad = true
	}
	return string(b)
}

func (f *fields) time() time.Time {
	if f.byte() == 0 {
		return time.Time{}
	}
	sec, nano := f.int(), f.uint()
	if nano >= 1e9 {
		f.bad = true
		return time.Time{}
	}
	return time.Unix(sec, int64(nano)).UTC()
}
