package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cespare/xxhash/v2"

	"github.com/krapp-io/krapp/kafkaops"
)

// ragged returns lines of 0 to most bytes, some with '\r', that lead over the borders of the ring's pieces in all ways.
func ragged(r *rand.Rand, n, most int, lineEnd string) []byte {
	var b bytes.Buffer
	for i := range n {
		length := r.IntN(20)
		if i%10 == 0 {
			length = r.IntN(most)
		}
		for range length {
			b.WriteByte("abc\r,"[r.IntN(5)])
		}
		b.WriteByte('x') // so that '\r' before the line end is the line end's
		b.WriteString(lineEnd)
	}
	return b.Bytes()
}

func rowsOf(t *testing.T, data []byte, o Options) *Rows {
	t.Helper()
	s, err := Open(t.Context(), store(t, "a", data), o)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRows(t.Context(), s, byLine, RowsOptions{})
	t.Cleanup(func() { r.Close() })
	return r
}

// all reads the rows that are left; n says how many at most at a time.
func all(t *testing.T, r *Rows, n func() int) (got []string, err error) {
	t.Helper()
	for {
		most, bytes := n(), n()*100
		b, err := r.Next(t.Context(), most, bytes)
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		lines := strings.Split(string(b.Data), "\n")
		if len(lines) != b.Rows || b.Rows > most || len(b.Data) > bytes && b.Rows > 1 {
			t.Fatalf("%d rows in %d bytes, it says %d; asked for %d in %d", len(lines), len(b.Data), b.Rows, most, bytes)
		}
		if b.First != r.Count()-int64(b.Rows) {
			t.Fatalf("first is %d, count %d, rows %d", b.First, r.Count(), b.Rows)
		}
		got = append(got, lines...)
	}
}

func TestRowsAreAllReturnedOnceInOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, lineEnd := range []string{"\n", "\r\n"} {
		for _, most := range []int{30, 3000, 100_000} { // longer than the headroom, longer than a piece
			for _, last := range []string{"", "no line end", "no line end\r"} {
				data := append(ragged(rnd, 3000, most, lineEnd), last...)
				want := strings.Split(strings.TrimSuffix(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\r"), "\n")
				r := rowsOf(t, data, Options{Buffer: 1}) // pieces of 32 KiB
				got, err := all(t, r, func() int { return 1 + rnd.IntN(300) })
				if err != nil || len(got) != len(want) {
					t.Fatalf("%q, %d: %v, %d rows, want %d", lineEnd, most, err, len(got), len(want))
				}
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("%q, %d: row %d is %q, want %q", lineEnd, most, i, got[i], want[i])
					}
				}
				if r.Checksum() != xxhash.Sum64(data) || r.Bytes() != int64(len(data)) || r.Count() != int64(len(want)) {
					t.Errorf("%q, %d: sum %x, %d bytes, %d rows", lineEnd, most, r.Checksum(), r.Bytes(), r.Count())
				}
			}
		}
	}
}

func TestNoRowsInAnEmptySource(t *testing.T) {
	r := rowsOf(t, nil, Options{})
	for range 2 {
		if b, err := r.Next(t.Context(), 10, 10); !errors.Is(err, io.EOF) || b.Rows != 0 {
			t.Errorf("%+v, %v", b, err)
		}
	}
}

// Skipping comes to the same rows, checksum and counts as reading.
func TestSkipIsAsIfRead(t *testing.T) {
	data := ragged(rand.New(rand.NewPCG(5, 6)), 20_000, 500, "\r\n")
	whole := rowsOf(t, data, Options{Buffer: 1})
	many := func() int { return 1000 }
	want, err := all(t, whole, many)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 777, 19_999, 20_000} {
		read, skipped := rowsOf(t, data, Options{}), rowsOf(t, data, Options{Buffer: 1})
		for left := n; left > 0; {
			b, err := read.Next(t.Context(), left, math.MaxInt)
			if err != nil {
				t.Fatal(err)
			}
			left -= b.Rows
		}
		if err := skipped.Skip(t.Context(), int64(n)); err != nil {
			t.Fatal(err)
		}
		if read.Checksum() != skipped.Checksum() || read.Bytes() != skipped.Bytes() || skipped.Count() != int64(n) {
			t.Errorf("%d rows: sum %x and %x, bytes %d and %d, count %d", n, read.Checksum(), skipped.Checksum(), read.Bytes(), skipped.Bytes(), skipped.Count())
		}
		rest, err := all(t, skipped, many)
		if err != nil || len(rest) != len(want)-n || n < len(want) && rest[0] != want[n] {
			t.Errorf("%d rows: %v, %d are left", n, err, len(rest))
		}
		if skipped.Checksum() != whole.Checksum() {
			t.Errorf("%d rows: the checksum of all is another", n)
		}
	}
}

func TestSkippingMoreThanThereIsIsAConflict(t *testing.T) {
	r := rowsOf(t, wide(10), Options{})
	err := r.Skip(t.Context(), 11)
	wants(t, err, kafkaops.Conflict, r.s.Name(), "11 rows were read of it before, now it has 10")
}

func TestRowsBeforeAnErrorAreReturned(t *testing.T) {
	gz := pack(t, wide(1000))
	r := rowsOf(t, gz[:len(gz)/2], Options{Buffer: 1})
	got, err := all(t, r, func() int { return 1000 })
	wants(t, err, kafkaops.Invalid, r.s.Name(), "the gzip data ends early")
	_, decompressed := r.s.Position()
	if len(got) != int(decompressed)/951 || len(got) < 400 {
		t.Errorf("%d rows of %d bytes", len(got), decompressed)
	}
	if _, err := r.Next(t.Context(), 1, 1); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("asked again: %v", err)
	}
}

func TestLongRows(t *testing.T) {
	line := func(n int) string { return strings.Repeat("x", n-1) + "\n" }
	for name, c := range map[string]struct {
		data string
		row  int // that is too long; -1: none
	}{
		"as long as allowed":            {line(10) + line(200_000) + line(5), -1},
		"one more":                      {line(10) + line(200_001) + line(5), 1},
		"at the end":                    {line(10) + line(10) + strings.Repeat("x", 300_000), 2},
		"at the end, within what it is": {line(10) + strings.Repeat("x", 200_000), -1},
	} {
		for _, buffer := range []int{1, 8 << 20} { // a piece is shorter or longer than the row
			r := rowsOf(t, []byte(c.data), Options{Buffer: buffer, MaxLine: 200_000})
			got, err := all(t, r, func() int { return 1000 })
			if c.row < 0 {
				if err != nil || len(got) != strings.Count(strings.TrimSuffix(c.data, "\n"), "\n")+1 {
					t.Errorf("%s: %v, %d rows", name, err, len(got))
				}
				continue
			}
			wants(t, err, kafkaops.Invalid, r.s.Name(), fmt.Sprintf("row %d, at decompressed byte %d, is longer than 200000 bytes", c.row, c.row*10))
			if len(got) != c.row {
				t.Errorf("%s: %d rows before it", name, len(got))
			}
		}
	}
}

func TestCloseEndsWhatWaitsForTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return answers(200, nil, io.MultiReader(strings.NewReader(strings.Repeat("a\n", sniffed)), until{r.Context()}), 1<<20), nil
		})}
		s, err := Open(t.Context(), "https://host/x", Options{Client: client})
		if err != nil {
			t.Fatal(err)
		}
		r := NewRows(t.Context(), s, byLine, RowsOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = r.Next(ctx, 1, 1)
		wants(t, err, kafkaops.TimedOut, "https://host/x", "context canceled")
		r.Close()
		if _, err := r.Next(t.Context(), 1, 1); err == nil {
			t.Error("rows after Close")
		}
	})
}

func TestCloseWhileTheRingIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), store(t, "a", pack(t, wide(5000))), Options{Buffer: 1})
		if err != nil {
			t.Fatal(err)
		}
		r := NewRows(t.Context(), s, byLine, RowsOptions{})
		synctest.Wait() // it has filled the ring
		if _, n := s.Position(); n >= 5000*951 {
			t.Errorf("%d bytes were decompressed ahead", n)
		}
		r.Close()
	})
}
