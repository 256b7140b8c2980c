package source

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// wide returns rows of 950 digits.
func wide(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, rows*951)
	for range rows {
		for range 950 {
			b = append(b, '0'+byte(r.IntN(10)))
		}
		b = append(b, '\n')
	}
	return b
}

func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkRows reads a gzip file: $KRAPP_BENCH_FILE, or one of 950-digit rows. Compare with: time zcat FILE | wc -l
func BenchmarkRows(b *testing.B) {
	name := os.Getenv("KRAPP_BENCH_FILE")
	if name == "" {
		name = filepath.Join(b.TempDir(), "wide.gz")
		if err := os.WriteFile(name, pack(b, wide(40_000)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(b.Context(), name, Options{})
		if err != nil {
			b.Fatal(err)
		}
		r := NewRows(b.Context(), s, byLine, RowsOptions{})
		for err == nil {
			_, err = r.Next(b.Context(), 10_000, math.MaxInt)
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		b.SetBytes(r.Bytes())
		r.Close()
	}
}

// byLine is the simplest Split.
func byLine(data []byte, maxRows, maxBytes int, atEOF bool) (n, rows int) {
	for n < len(data) && rows < maxRows {
		i := bytes.IndexByte(data[n:], '\n') + 1
		if i == 0 {
			if !atEOF {
				break
			}
			i = len(data) - n
		}
		if rows > 0 && n+i > maxBytes {
			break
		}
		n, rows = n+i, rows+1
	}
	return n, rows
}
