package source

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/krapp-io/krapp/kafkaops"
)

const enough = 32 << 20 // bytes of memory for anything that a source may do

// bomb serves size zeros, or what fill is made of, compressed on the fly.
func bomb(t *testing.T, format string, size int64, fill byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var out io.WriteCloser = struct {
			io.Writer
			io.Closer
		}{w, io.NopCloser(nil)}
		switch format {
		case "gzip":
			out, _ = gzip.NewWriterLevel(w, 1)
		case "zstd":
			z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Error(err)
				return
			}
			out = z
		default:
			w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		}
		block := make([]byte, 64<<10)
		for i := range block {
			block[i] = fill
		}
		for ; size > 0; size -= int64(len(block)) {
			if _, err := out.Write(block); err != nil {
				return // the reader has had enough
			}
		}
		out.Close()
	}
}

func TestBombsAreStoppedInBoundedMemory(t *testing.T) {
	const gib = 1 << 30
	for name, c := range map[string]struct {
		format string
		fill   byte
		limits Options
		class  kafkaops.Class
		why    string
	}{
		"gzip, by its ratio":       {"gzip", '\n', Options{}, kafkaops.Invalid, "more than 200 times its compressed size"},
		"zstd, by its ratio":       {"zstd", '\n', Options{}, kafkaops.Invalid, "more than 200 times its compressed size"},
		"gzip, by its size":        {"gzip", '\n', Options{MaxBytes: 20 << 20, MaxRatio: 1e6}, kafkaops.Invalid, "larger than 20971520 bytes decompressed"},
		"plain, by its size":       {"", '\n', Options{MaxBytes: 20 << 20}, kafkaops.Invalid, "larger than 20971520 bytes decompressed"},
		"1 GiB line":               {"", 'x', Options{}, kafkaops.Invalid, "row 0, at decompressed byte 0, is longer than 1048576 bytes"},
		"1 GiB line in gzip":       {"gzip", 'x', Options{MaxRatio: 1e6}, kafkaops.Invalid, "row 0, at decompressed byte 0, is longer than 1048576 bytes"},
		"1 GiB line, larger limit": {"", 'x', Options{MaxLine: 8 << 20}, kafkaops.Invalid, "is longer than 8388608 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			base, o := serve(t, bomb(t, c.format, gib, c.fill))
			c.limits.AllowHosts, c.limits.Retries = o.AllowHosts, -1
			if n := grown(func(look func()) { drain(t, base, c, look) }); n > enough {
				t.Errorf("%d MiB were held", n>>20)
			}
		})
	}
}

// drain reads rows until the error, which it checks.
func drain(t *testing.T, base string, c struct {
	format string
	fill   byte
	limits Options
	class  kafkaops.Class
	why    string
}, look func()) {
	t.Helper()
	s, err := Open(t.Context(), base, c.limits)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRows(t.Context(), s, byLine, RowsOptions{})
	defer r.Close()
	for n := 0; err == nil; n++ {
		if _, err = r.Next(t.Context(), 1_000_000, 1<<20); n%16 == 0 || err != nil {
			look()
		}
	}
	if errors.Is(err, io.EOF) {
		t.Fatal("all of it was read")
	}
	wants(t, err, c.class, base, c.why)
	if _, n := s.Position(); n > 200<<20 {
		t.Errorf("%d MiB were decompressed before it was stopped", n>>20)
	}
}

// What is dense for a while, as a column of blanks is, isn't a bomb.
func TestDenseSourceBelowTheLimitIsRead(t *testing.T) {
	base, o := serve(t, bomb(t, "gzip", ratioFrom, '\n'))
	s, err := Open(t.Context(), base, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := io.Copy(io.Discard, s); err != nil || n != ratioFrom {
		t.Errorf("%d bytes, %v", n, err)
	}
}
