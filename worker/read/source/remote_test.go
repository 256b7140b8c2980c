package source

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

var modified = time.Date(2020, 2, 1, 12, 0, 0, 0, time.UTC)

// dying serves data but hangs up after each piece of it.
func dying(data []byte, piece int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(&hangUp{ResponseWriter: w, left: piece}, r, "", modified, bytes.NewReader(data))
	}
}

// hangUp ends the connection after some bytes.
type hangUp struct {
	http.ResponseWriter
	left int
}

func (h *hangUp) Write(p []byte) (int, error) {
	if len(p) <= h.left {
		h.left -= len(p)
		return h.ResponseWriter.Write(p)
	}
	_, _ = h.ResponseWriter.Write(p[:h.left])
	_ = http.NewResponseController(h.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func TestReadingGoesOnWhereTheConnectionDied(t *testing.T) {
	data := wide(1000)
	for name, stored := range map[string][]byte{"gzip": pack(t, data), "plain": data} {
		var requests atomic.Int64
		serving := dying(stored, 100_000)
		base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			serving(w, r)
		})
		got, err := read(t, base, o)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %v, %d of %d bytes", name, err, len(got), len(data))
		}
		if n, want := int(requests.Load()), (len(stored)-1)/100_000+1; n != want {
			t.Errorf("%s: %d requests, want %d", name, n, want)
		}
	}
}

func TestReadingGoesOnWithoutRanges(t *testing.T) {
	data := wide(1000)
	stored, requests := pack(t, data), 0
	base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		r.Header.Del("Range")
		dying(stored, requests*150_000)(w, r)
	})
	got, err := read(t, base, o)
	if err != nil || !bytes.Equal(got, data) || requests != (len(stored)-1)/150_000+1 {
		t.Errorf("%v, %d of %d bytes, %d requests", err, len(got), len(data), requests)
	}
}

// A server that answers each request with the same start makes no progress, however many bytes it sends.
func TestReadingTheSameBytesAgainIsNoProgress(t *testing.T) {
	stored, requests := pack(t, wide(1000)), 0
	base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		r.Header.Del("Range")
		dying(stored, 150_000)(w, r)
	})
	_, err := read(t, base, o)
	wants(t, err, kafkaops.Unavailable, base, "gave up after 4 tries: the connection ended early")
	if requests != 4 {
		t.Errorf("%d requests", requests)
	}
}

func TestSourceThatChangesIsAConflict(t *testing.T) {
	stored := pack(t, wide(1000))
	for name, c := range map[string]struct{ first, then http.HandlerFunc }{
		"ETag": {
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"a"`)
				dying(stored, 100_000)(w, r)
			},
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"b"`)
				http.ServeContent(w, r, "", modified, bytes.NewReader(stored))
			},
		},
		"time": {dying(stored, 100_000), func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", modified.Add(time.Hour), bytes.NewReader(stored))
		}},
		"size": {dying(stored, 100_000), func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", modified, bytes.NewReader(stored[:len(stored)-1]))
		}},
		"shorter than what was read": {dying(stored, 100_000), func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", modified, bytes.NewReader(stored[:1000]))
		}},
		"time, no ranges": {dying(stored, 100_000), func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			http.ServeContent(w, r, "", modified.Add(time.Hour), bytes.NewReader(stored))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if requests++; requests == 1 {
					c.first(w, r)
					return
				}
				c.then(w, r)
			})
			_, err := read(t, base, o)
			wants(t, err, kafkaops.Conflict, base, "changed while it was read")
			if requests != 2 {
				t.Errorf("%d requests", requests)
			}
		})
	}
}

func TestAnswersThatBringNoData(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	html := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		answer   http.HandlerFunc
		class    kafkaops.Class
		why      string
		requests int
	}{
		"404":                  {status(404), kafkaops.NotFound, "404 Not Found", 1},
		"410":                  {status(410), kafkaops.NotFound, "410", 1},
		"401":                  {status(401), kafkaops.Unauthenticated, "401", 1},
		"403":                  {status(403), kafkaops.Unauthorised, "403", 1},
		"400":                  {status(400), kafkaops.Invalid, "400", 1},
		"204":                  {status(204), kafkaops.Invalid, "204", 1},
		"408":                  {status(408), kafkaops.Unavailable, "gave up after 4 tries: the server answered 408", 4},
		"429":                  {status(429), kafkaops.Unavailable, "429", 4},
		"503":                  {status(503), kafkaops.Unavailable, "503", 4},
		"a range not asked":    {status(206), kafkaops.Unsupported, "asked for bytes from 0", 1},
		"HTML by its type":     {html("text/html; charset=utf-8", "sorry"), kafkaops.Invalid, "the server answered with an HTML page", 1},
		"HTML by its content":  {html("application/gzip", "\n <HTML lang=en>"), kafkaops.Invalid, "the server answered with an HTML page", 1},
		"connection hung up":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, kafkaops.Unavailable, "ended early", 4},
		"body that never came": {dying(pack(t, wide(10)), 0), kafkaops.Unavailable, "ended early", 4},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests++
				c.answer(w, r)
			})
			_, err := read(t, base+"/x.gz", o)
			wants(t, err, c.class, base+"/x.gz", c.why)
			if requests != c.requests {
				t.Errorf("%d requests, want %d", requests, c.requests)
			}
		})
	}
}

// What a server says of the length is not trusted: gzip says itself where it ends.
func TestWrongContentLength(t *testing.T) {
	stored := pack(t, wide(1000))
	for name, c := range map[string]struct {
		said  int
		class kafkaops.Class
		why   string
	}{
		"more than there is": {len(stored) + 10, kafkaops.Unavailable, "ended early"},
		"less than there is": {len(stored) - 10, kafkaops.Invalid, "the gzip data ends early"},
	} {
		t.Run(name, func(t *testing.T) {
			base, o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, buffered, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", c.said)
				buffered.Write(stored)
				buffered.Flush()
				conn.Close()
			})
			_, err := read(t, base, o)
			wants(t, err, c.class, base, c.why)
		})
	}
}

func TestStalledServerIsLeft(t *testing.T) {
	stored := pack(t, wide(1000))
	stall := func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	some := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(stored)))
		w.Write(stored[:100_000])
		stall(w, r)
	}
	for name, c := range map[string]struct {
		first, then http.HandlerFunc
		why         string
	}{
		"before the header": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, "gave up after 3 tries: net/http: timeout awaiting response headers"},
		"before the body":   {stall, nil, "gave up after 3 tries: the server stalled: no byte for 50ms"},
		"in the middle": {some, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", contentRangeOf(100_000, len(stored)))
			w.WriteHeader(http.StatusPartialContent)
			stall(w, r)
		}, "gave up after 3 tries: the server stalled: no byte for 50ms"},
		"once": {some, dying(stored, len(stored)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if requests++; requests == 1 || c.then == nil {
					c.first(w, r)
				} else {
					c.then(w, r)
				}
			})
			o.StallTimeout, o.Retries = 50*time.Millisecond, 2
			if name == "before the header" {
				o.HeaderTimeout = 50 * time.Millisecond
			}
			got, err := read(t, base, o)
			if c.why != "" {
				wants(t, err, kafkaops.TimedOut, base, c.why)
			} else if err != nil || len(got) != 951_000 {
				t.Errorf("%v, %d bytes", err, len(got))
			}
		})
	}
}

func TestOnlyAllowedHostsAreReached(t *testing.T) {
	data := wide(5)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was reached") }))
	defer other.Close()
	base, o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/x", http.StatusFound)
		case "/down":
			http.Redirect(w, r, "ftp://"+r.Host, http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/data", http.StatusMovedPermanently)
		default:
			w.Write(data)
		}
	})
	for name, c := range map[string]struct {
		url, why string
		class    kafkaops.Class
		o        Options
	}{
		"http, not listed":         {base + "/data", "is not allowed over plain http", kafkaops.Unauthorised, Options{}},
		"http, other port listed":  {base + "/data", "is not allowed over plain http", kafkaops.Unauthorised, Options{AllowHosts: []string{"127.0.0.1:1"}}},
		"another scheme":           {"ftp://127.0.0.1/x", `not read over "ftp"`, kafkaops.Unsupported, o},
		"no host":                  {"https:///x", "names no host", kafkaops.Invalid, o},
		"redirect to another host": {base + "/away", "redirects to another host, " + strings.TrimPrefix(other.URL, "http://"), kafkaops.Unsupported, o},
		"redirect to ftp":          {base + "/down", "", kafkaops.Unsupported, o},
		"redirects without end":    {base + "/round", "redirects more than 3 times", kafkaops.Invalid, o},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.url, c.o)
			wants(t, err, c.class, c.url, c.why)
		})
	}
	if got, err := read(t, base+"/moved", o); err != nil || !bytes.Equal(got, data) {
		t.Errorf("a redirect on the host: %v, %d bytes", err, len(got))
	}
	o.AllowHosts = []string{"127.0.0.1"}
	if got, err := read(t, base+"/data", o); err != nil || !bytes.Equal(got, data) {
		t.Errorf("a host without its port: %v, %d bytes", err, len(got))
	}
}

func TestTLSIsVerified(t *testing.T) {
	data, requests := wide(5), 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Write(data)
	}))
	defer server.Close()
	o := quick(t, server.URL)
	_, err := read(t, server.URL, o)
	wants(t, err, kafkaops.Unauthenticated, server.URL, "TLS can't be trusted")
	if requests != 0 {
		t.Errorf("%d requests reached a server that isn't trusted", requests)
	}
	o = Options{Client: server.Client()}
	if got, err := read(t, server.URL, o); err != nil || !bytes.Equal(got, data) {
		t.Errorf("a trusted server: %v, %d bytes", err, len(got))
	}
}

func TestPasswordsAreNotShown(t *testing.T) {
	for _, u := range []string{"http://me:hunter2@127.0.0.1:1/x", "https://me:hunter2@127.0.0.1:1/x", "https://me:hunter2@%zz/"} {
		_, err := read(t, u, Options{Retries: -1})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", u, err)
		}
	}
}
