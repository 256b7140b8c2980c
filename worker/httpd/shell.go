package httpd

import (
	"net/http"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/trace"
)

// ContentSecurityPolicy lets a page load scripts, styles and streams of its own server, and nothing else.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// shell puts guard, limits, headers and metrics around a role's handler.
func (s *Server) shell(h http.Handler) http.Handler {
	slots := make(chan struct{}, s.o.MaxRequests)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := &answer{ResponseWriter: rw, status: http.StatusOK}
		began := time.Now()
		defer func() { s.metrics.observe(r.Method, w.status, time.Since(began)) }()
		secure(w.Header())
		select {
		case <-s.stopping: // the client is to connect anew, elsewhere
			w.Header().Set("Connection", "close")
		default:
		}
		if status, err := s.guard.check(r); err != nil {
			if status == http.StatusUnauthorized {
				w.Header().Add("WWW-Authenticate", `Bearer realm="krapp"`)
				w.Header().Add("WWW-Authenticate", `Basic realm="krapp"`)
			}
			s.o.Log.Warn("refused a request", "role", s.o.Name, "status", status, "remote", r.RemoteAddr, "error", err.Error())
			WriteErrorStatus(w, status, err)
			return
		}
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			WriteError(w, kafkaops.Errorf(kafkaops.Unavailable, "serving", "", "try again shortly", "%d requests are in hand", s.o.MaxRequests))
			return
		}
		if s.traced(r) {
			var ended func(status int)
			if r, ended = trace.Request(r, s.o.Name); ended != nil {
				defer func() { ended(w.status) }()
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.o.BodyLimit)
		h.ServeHTTP(w, r)
	})
}

// traced says whether a request belongs into traces; those for health and metrics, which come every few seconds, do not.
func (s *Server) traced(r *http.Request) bool {
	return !s.o.Untraced && !slices.Contains(s.o.OpenPaths, r.URL.Path)
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// answer remembers the status for the metrics.
type answer struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (a *answer) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.wrote = true
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
