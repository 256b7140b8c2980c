package index

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// smallTable keeps encodings short.
var smallTable = hashTable{"small-table:8", 8}

func smallEncoded(t testing.TB) []byte {
	t.Helper()
	x := newTest(t, func(o *Options) { o.Embedder = Offline(smallTable) })
	add(t, x, few...)
	return encodedIndex(t, x)
}

func TestDamageIsNoticedAnywhere(t *testing.T) {
	good := smallEncoded(t)
	o := Options{Embedder: Offline(smallTable)}
	if _, err := Decode(bytes.NewReader(good), o); err != nil { // the control
		t.Fatal(err)
	}
	for at := range good {
		if _, err := Decode(bytes.NewReader(good[:at]), o); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Fatalf("torn at %d of %d: %v", at, len(good), err)
		}
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(good)
			bad[at] ^= bit
			if _, err := Decode(bytes.NewReader(bad), o); kafkaops.ClassOf(err) != kafkaops.Invalid {
				t.Fatalf("byte %d of %d: %v", at, len(good), err)
			}
		}
	}
}

func TestAnotherEmbedderIsAConflict(t *testing.T) {
	good := smallEncoded(t)
	for name, table := range map[string]hashTable{"ID": {"other", smallTable.dim}, "dimension": {smallTable.id, 16}} {
		if _, err := Decode(bytes.NewReader(good), Options{Embedder: Offline(table)}); kafkaops.ClassOf(err) != kafkaops.Conflict {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

// section makes a section with a sound checksum of any payload.
func section(kind byte, payload string) string {
	b := binary.LittleEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	b = append(b, payload...)
	return string(binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)))
}

// What has sound checksums may still be anything.
func TestSoundSectionsThatCanNotBe(t *testing.T) {
	good := string(smallEncoded(t))
	about := section(sectionAbout, "\x0d"+smallTable.id+"\x08")
	if good[len(magic):len(magic)+len(about)] != about {
		t.Fatal("the test makes other sections than Encode")
	}
	for name, s := range map[string]string{
		"nothing":         magic,
		"the end at once": magic + about + section(sectionEnd, "\x00"),
		"about twice":     magic + about + about,
		"about missing":   magic + section(sectionEnd, "\x00"),
		"a huge section":  magic + about + "d\xff\xff\xff\xff",
		"a huge text":     magic + about + section(sectionDocs, "12345678\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		"half a document": magic + about + section(sectionDocs, "12345678\x00\x01t"),
		"a lost word":     magic + about + section(sectionSurfaces, "\x00\x05river\x06rivers"),
		"a false word":    magic + about + section(sectionSurfaces, "\x00\x05river\x05brook"),
	} {
		if _, err := Decode(bytes.NewReader([]byte(s)), Options{Embedder: Offline(smallTable)}); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	good := smallEncoded(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(magic))
	f.Add([]byte(magic + section(sectionAbout, "\x0d"+smallTable.id+"\x08") + section(sectionDocs, "12345678\x00\x01t")))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		bad := bytes.Clone(good)
		bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := Decode(bytes.NewReader(b), Options{Embedder: Offline(smallTable)})
		if err != nil {
			return
		}
		if _, err := x.Search(context.Background(), Query{Text: "Wilymajinkas payment", K: 3}); err != nil {
			t.Fatal(err)
		}
		if err := x.Encode(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}

// The payload of a document section with sound checksums, anything in it.
func FuzzDocuments(f *testing.F) {
	x := newTest(f)
	e := encoder{w: new(bytes.Buffer)}
	for _, d := range few {
		add(f, x, d)
		e.doc(*x.docs[d.ID])
		f.Add(bytes.Clone(e.buf))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decoder{x: newTest(t)}
		if d.docs(&fields{b: b}) == nil {
			search(t, d.x, Query{Text: "the physician", K: 3})
			for _, h := range d.x.docs {
				if len(h.doc.Text) > MaxText || len(h.doc.Title) > MaxTitle {
					t.Fatal("it is beyond the bounds")
				}
			}
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, d := range few {
		f.Add(d.Text)
	}
	for _, s := range []string{"", "'s", "HTTPServerError", "don’t", "漢字かな", "e\u0301tude ß Œ", "\xff\xfe a", "X", "aB", "日x本", "ไทย"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokenise(s, func(w token) {
			if w.word == "" || w.stem == "" || len(w.word) > maxWord || len(w.stem) > len(w.word) {
				t.Errorf("%q gives %+v", s, w)
			}
			if again := stem(w.word); again != w.stem {
				t.Errorf("%q: the stem of %q is %q, then %q", s, w.word, w.stem, again)
			}
		})
		if got := within(s, 10); len(got) > 10 {
			t.Errorf("%q cut to 10 bytes is %q", s, got)
		}
	})
}
