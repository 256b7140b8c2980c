package trace

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is an OTLP/HTTP collector in this process.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	raw      []byte // all bodies
	spans    []*wire.Span
	resource map[string]string
	headers  http.Header
	requests int
	delay    time.Duration
	status   int
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK, resource: map[string]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body := io.Reader(req.Body)
		if req.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		raw, err := io.ReadAll(body)
		if err != nil {
			return // the exporter gave up
		}
		r.mu.Lock()
		delay, status := r.delay, r.status
		r.requests++
		r.mu.Unlock()
		select {
		case <-time.After(delay):
		case <-req.Context().Done():
			return
		}
		if status != http.StatusOK || req.URL.Path != "/v1/traces" {
			http.Error(w, "away: secret-of-the-collector", max(status, http.StatusBadRequest))
			return
		}
		r.take(t, raw, req.Header)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(func() {
		r.CloseClientConnections() // those that it keeps waiting
		r.Close()
	})
	return r
}

func (r *receiver) take(t testing.TB, raw []byte, header http.Header) {
	var request collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &request); err != nil {
		t.Error(err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw = append(r.raw, raw...)
	r.headers = header
	for _, rs := range request.ResourceSpans {
		for _, a := range rs.Resource.Attributes {
			r.resource[a.Key] = a.Value.GetStringValue()
		}
		for _, ss := range rs.ScopeSpans {
			r.spans = append(r.spans, ss.Spans...)
		}
	}
}

// named gives the spans of a name.
func (r *receiver) named(name string) []*wire.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*wire.Span
	for _, s := range r.spans {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

// attributes of a span, as text and numbers.
func attributes(s *wire.Span) map[string]any {
	out := map[string]any{}
	for _, a := range s.Attributes {
		switch v := a.Value; {
		case v.GetStringValue() != "":
			out[a.Key] = v.GetStringValue()
		default:
			out[a.Key] = v.GetIntValue()
		}
	}
	return out
}
