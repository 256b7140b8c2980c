package results

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// Headers of GET /results.
const (
	completeHeader = "Krapp-Complete" // true or false
	asOfHeader     = "Krapp-As-Of"    // when the brokers last said where the results end
)

// asked returns the materialiser of the job that a request names, or the first. The error is NotFound.
func (r *Role) asked(req *http.Request) (*materialise.Materialiser, error) {
	name := req.URL.Query().Get("job")
	if name == "" {
		return r.first, nil
	}
	if m := r.jobs[name]; m != nil {
		return m, nil
	}
	return nil, kafkaops.Errorf(kafkaops.NotFound, "showing results of", name, "start krapp-worker results with --job for it too", "this worker does not follow that job")
}

// unready is why there is no answer yet: half of one would be taken for a whole.
func unready(v *materialise.View) error {
	const op = "showing results of"
	switch {
	case v.Phase == materialise.Waiting:
		return kafkaops.NewError(kafkaops.Unavailable, op, v.Job.Name, kafkaops.HintOf(v.Err), v.Err)
	case v.CaughtUp:
		return nil
	case v.Err != nil:
		return kafkaops.NewError(kafkaops.Unavailable, op, v.Job.Name, kafkaops.HintOf(v.Err), v.Err)
	case v.Lag > 0:
		return kafkaops.Errorf(kafkaops.Unavailable, op, v.Job.Name, "try again shortly", "still reading what was there at the start: %d records to go", v.Lag)
	}
	return kafkaops.Errorf(kafkaops.Unavailable, op, v.Job.Name, "try again shortly", "still reading what was there at the start")
}

func (r *Role) serveResults(w http.ResponseWriter, req *http.Request) {
	m, err := r.asked(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	v := m.View()
	if err := unready(&v); err != nil {
		httpd.WriteError(w, err)
		return
	}
	sum := sha256.Sum256(v.Results)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("Etag", tag)
	h.Set("Cache-Control", "no-cache") // keep it, but ask whether it still holds
	h.Set(completeHeader, strconv.FormatBool(v.Completeness.Complete))
	h.Set(asOfHeader, v.LookedAt.UTC().Format(time.RFC3339))
	if tagMatches(req.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(v.Results)))
	_, _ = w.Write(v.Results) // the client went away: nobody to tell
}

// tagMatches says whether a list of entity tags has this one, by the weak comparison that RFC 9110 asks of If-None-Match.
func tagMatches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == tag {
			return true
		}
	}
	return false
}

// serveCompleteness tells how complete the answer is, also while there is none yet.
func (r *Role) serveCompleteness(w http.ResponseWriter, req *http.Request) {
	m, err := r.asked(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	v := m.View()
	httpd.WriteJSON(w, http.StatusOK, v.Report())
}

// serveHealth answers 200 while results are followed, 503 while the brokers are in trouble; no question goes to them.
func (r *Role) serveHealth(w http.ResponseWriter, _ *http.Request) {
	code := http.StatusOK
	jobs := make(map[string]any, len(r.jobs))
	for name, m := range r.jobs {
		v := m.View()
		if v.Phase == materialise.BackOff || v.Phase == materialise.Stopped {
			code = http.StatusServiceUnavailable
		}
		one := map[string]any{"status": v.Phase, "caught_up": v.CaughtUp}
		if v.Err != nil {
			one["last_error"] = v.Err.Error()
		}
		jobs[name] = one
	}
	httpd.WriteJSON(w, code, map[string]any{"jobs": jobs})
}
