package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

// statusLimit bounds the question for a status, which is meant to be cheap.
const statusLimit = 5 * time.Second

// serveStatus answers with what the seer knows.
func (r *Role) serveStatus(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), statusLimit)
	defer cancel()
	s, err := r.o.Asker.Status(ctx)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	httpd.WriteJSON(w, http.StatusOK, s)
}

// health is the body of GET /_health. It needs no token, so it names no topic.
type health struct {
	Status    seer.State `json:"status"`
	Messages  int64      `json:"messages"`
	Templates int        `json:"templates"`
	Passages  int        `json:"passages"`
	Behind    int64      `json:"behind"` // offsets; -1: not known
	Error     string     `json:"error,omitempty"`
}

// canAnswer says whether the seer knows anything to answer from, if only that there is nothing.
func canAnswer(s seer.Status) bool {
	switch s.State {
	case seer.Learning, seer.Current:
		return true
	case seer.Waiting: // from what was learned before
		return s.Messages > 0 || s.Passages > 0
	}
	return false
}

// serveHealth answers 200 when questions can be answered, also while the brokers are away; 503 before.
func (r *Role) serveHealth(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), statusLimit)
	defer cancel()
	s, err := r.o.Asker.Status(ctx)
	if err != nil {
		httpd.WriteErrorStatus(w, http.StatusServiceUnavailable, err)
		return
	}
	code := http.StatusOK
	if !canAnswer(s) {
		code = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	httpd.WriteJSON(w, code, health{
		Status: s.State, Messages: s.Messages, Templates: s.Templates, Passages: s.Passages, Behind: s.Fresh.Behind, Error: s.Err,
	})
}
