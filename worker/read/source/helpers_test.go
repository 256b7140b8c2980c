package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/krapp-io/krapp/kafkaops"
)

// serve starts a server on loopback and returns its address, and options that allow it and don't wait long.
func serve(t *testing.T, h http.HandlerFunc) (base string, o Options) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL, quick(t, server.URL)
}

func quick(t *testing.T, base string) Options {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return Options{AllowHosts: []string{u.Host}, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Retries: 3}
}

// read opens a source and reads all of it.
func read(t *testing.T, name string, o Options) ([]byte, error) {
	t.Helper()
	s, err := Open(t.Context(), name, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return io.ReadAll(s)
}

// wants checks that an error is of a class, names the source, and says why.
func wants(t *testing.T, err error, class kafkaops.Class, source, why string) {
	t.Helper()
	var op *kafkaops.OpError
	if !errors.As(err, &op) {
		t.Fatalf("%v, want an OpError", err)
	}
	if op.Class != class || op.Resource != source || !strings.Contains(err.Error(), why) {
		t.Errorf("class %q, resource %q: %v\nwant class %q, resource %q, %q", op.Class, op.Resource, err, class, source, why)
	}
	if errors.Is(err, io.EOF) {
		t.Errorf("%v looks like the end of the source", err)
	}
}

func store(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func zstandardised(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grown runs f and returns by how many bytes the heap was larger meanwhile, at most, as seen each time that f calls look.
func grown(f func(look func())) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, uint64(0)
	f(func() {
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > before {
			most = max(most, m.HeapAlloc-before)
		}
	})
	return most
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answers makes a response without a network.
func answers(status int, header http.Header, body io.Reader, size int64) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(body), ContentLength: size,
		ProtoMajor: 1, ProtoMinor: 1,
	}
}

// until is a body that ends with its request.
type until struct{ ctx context.Context }

func (u until) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

func contentRangeOf(from, size int) string { return fmt.Sprintf("bytes %d-%d/%d", from, size-1, size) }
