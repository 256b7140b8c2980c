package source

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestContentDecidesNotTheName(t *testing.T) {
	data := wide(50)
	skippable := []byte{0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'}
	head := []byte{0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 'e', 'x', 'n', 0, 'c', 0}
	for name, c := range map[string]struct {
		file   string
		stored []byte
		want   []byte
	}{
		"plain":                    {"a.txt", data, data},
		"plain named gz":           {"a.gz", data, data},
		"empty plain":              {"a.txt", nil, nil},
		"gzip":                     {"a.gz", pack(t, data), data},
		"gzip named txt":           {"a.txt", pack(t, data), data},
		"gzip of nothing":          {"a.gz", pack(t, nil), nil},
		"gzip of many members":     {"a.gz", slices.Concat(pack(t, data), pack(t, nil), pack(t, []byte("x")), pack(t, data)), slices.Concat(data, []byte("x"), data)},
		"gzip with padding":        {"a.gz", slices.Concat(pack(t, data), make([]byte, 10_000)), data},
		"gzip with all its fields": {"a.gz", slices.Concat(head, binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(head))), pack(t, data)[10:]), data},
		"zstd":                     {"a.zst", zstandardised(t, data), data},
		"zstd of many frames":      {"a.zst", slices.Concat(skippable, zstandardised(t, data), zstandardised(t, data)), slices.Concat(data, data)},
	} {
		got, err := read(t, store(t, c.file, c.stored), Options{})
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, %d bytes, want %d", name, err, len(got), len(c.want))
		}
	}
}

func TestDamagedContentIsNamed(t *testing.T) {
	data := wide(50)
	gz, zst := pack(t, data), zstandardised(t, data)
	flip := func(b []byte, at int) []byte {
		b = slices.Clone(b)
		b[at] ^= 0x10
		return b
	}
	for name, c := range map[string]struct {
		file   string
		stored []byte
		class  kafkaops.Class
		why    string
	}{
		"truncated gzip":         {"a", gz[:len(gz)/2], kafkaops.Invalid, "the gzip data ends early"},
		"gzip without trailer":   {"a", gz[:len(gz)-8], kafkaops.Invalid, "the gzip data ends early"},
		"half a gzip header":     {"a", gz[:5], kafkaops.Invalid, "the gzip data ends early"},
		"half a second header":   {"a", slices.Concat(gz, gz[:1]), kafkaops.Invalid, "the gzip data ends early"},
		"gzip checksum":          {"a", flip(gz, len(gz)-8), kafkaops.Invalid, "invalid checksum"},
		"gzip size":              {"a", flip(gz, len(gz)-1), kafkaops.Invalid, "invalid checksum"},
		"gzip method":            {"a", flip(gz, 2), kafkaops.Invalid, "damaged"},
		"gzip then text":         {"a", slices.Concat(gz, []byte("hello")), kafkaops.Invalid, "isn't gzip follows"},
		"gzip, padding, text":    {"a", slices.Concat(gz, make([]byte, 100), []byte("x")), kafkaops.Invalid, "isn't gzip follows"},
		"empty, named gz":        {"a.dat.GZ", nil, kafkaops.Invalid, "it is empty"},
		"truncated zstd":         {"a", zst[:len(zst)/2], kafkaops.Invalid, "the zstd data ends early"},
		"zstd checksum":          {"a", flip(zst, len(zst)-1), kafkaops.Invalid, "the zstd data is damaged"},
		"zstd then text":         {"a", slices.Concat(zst, []byte("hello, this is text")), kafkaops.Invalid, "the zstd data is damaged"},
		"zstd with large window": {"a", []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 16 << 3, 1, 0, 0}, kafkaops.Unsupported, "window is larger"},
		"bzip2":                  {"a", []byte("BZh91AY&SY..."), kafkaops.Unsupported, "bzip2"},
		"xz":                     {"a", []byte("\xfd7zXZ\x00..."), kafkaops.Unsupported, "xz"},
		"zip":                    {"a", []byte("PK\x03\x04..."), kafkaops.Unsupported, "zip"},
		"HTML":                   {"a", []byte("\xef\xbb\xbf \r\n<!DocType HTML><p>no</p>"), kafkaops.Invalid, "HTML page"},
	} {
		t.Run(name, func(t *testing.T) {
			file := store(t, c.file, c.stored)
			_, err := read(t, file, Options{})
			wants(t, err, c.class, file, c.why)
		})
	}
}

// However a gzip file is cut short, reading it never ends as if it were whole.
func TestEachPrefixOfGzipIsAnError(t *testing.T) {
	gz := pack(t, []byte("0123456789 0123456789 abc"))
	for n := 2; n < len(gz); n++ {
		_, err := read(t, store(t, "a", gz[:n]), Options{})
		if kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%d of %d bytes: %v", n, len(gz), err)
		}
	}
}

func TestPositionIsInTheErrorAndInTheStream(t *testing.T) {
	gz := pack(t, wide(500))
	file := store(t, "a", gz[:len(gz)/2])
	s, err := Open(t.Context(), file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := io.ReadAll(s)
	wants(t, err, kafkaops.Invalid, file, "at byte ")
	compressed, decompressed := s.Position()
	if compressed != int64(len(gz)/2) || decompressed != int64(len(got)) || len(got) < 200*951 || s.Size() != int64(len(gz)/2) {
		t.Errorf("position %d, %d of %d bytes; %d were returned", compressed, decompressed, s.Size(), len(got))
	}
	if n, again := s.Read(make([]byte, 10)); n != 0 || again != err { //nolint:errorlint // the very same
		t.Errorf("read again: %d, %v", n, again)
	}
}
