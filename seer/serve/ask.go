package serve

import (
	"net/http"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

// The events of an answer's stream. Data is JSON.
const (
	stepEvent    = "step"    // {"step": "…"}
	draftEvent   = "draft"   // {"draft": "…"}: to append
	restartEvent = "restart" // {"restart": true}: the draft so far is dropped
	answerEvent  = "answer"  // seer.Answer: the last event
	failedEvent  = "failed"  // httpd.ErrorBody, in the place of answer
)

// answered is the ID of the last event. A browser's EventSource that comes back with it is told to stay away: it has its answer.
const answered = "answered"

// serveAsk answers a question: plain text, JSON or a stream of events, as the client accepts.
func (r *Role) serveAsk(w http.ResponseWriter, req *http.Request) {
	kind := accepts(req)
	if kind == stream && req.Header.Get("Last-Event-ID") == answered {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q, err := r.questionOf(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	release, err := take(r.slots, "questions")
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	defer release()
	if kind == stream {
		r.streamAnswer(w, req, q)
		return
	}
	ctx, done := r.inHand(w, req, r.o.AnswerTimeout)
	defer done()
	a, err := r.answers.answer(ctx, viaHTTP, q, nil)
	switch {
	case err != nil:
		httpd.WriteError(w, r.whileStopping(err)) // where the client went away nobody reads it
	case kind == asJSON:
		httpd.WriteJSON(w, http.StatusOK, fit(a))
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(plainAnswer(a))) // as above
	}
}

// whileStopping is the error of a question that a stop cut short.
func (r *Role) whileStopping(err error) error {
	if r.working.Err() != nil {
		return stopping()
	}
	return err
}

func stopping() error {
	return kafkaops.Errorf(kafkaops.Unavailable, "answering", "", "ask again in a moment", "the seer is stopping")
}

// streamAnswer answers with events. The stream ends with answer or failed; one that ends without either was cut.
func (r *Role) streamAnswer(w http.ResponseWriter, req *http.Request, q seer.Question) {
	ctx, events, done, err := r.streams.Open(w, req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	defer done()
	a, err := r.answers.answer(ctx, viaHTTP, q, func(e seer.Event) {
		sendProgress(events, e)
	})
	switch {
	case err == nil:
		_ = events.Send(answered, answerEvent, fit(a)) // the client is gone: nobody to tell
	case ctx.Err() == nil:
		sendFailed(events, answered, err)
	case req.Context().Err() == nil: // the server is stopping
		sendFailed(events, "", stopping())
	}
}

func sendFailed(events *httpd.Stream, id string, err error) {
	_ = events.Send(id, failedEvent, httpd.ErrorBody{Error: err.Error(), Class: kafkaops.ClassOf(err), Hint: kafkaops.HintOf(err)})
}

// sendProgress sends what an event says; a client that is gone ends the stream's context, and with it the work.
func sendProgress(events *httpd.Stream, e seer.Event) {
	if e.Restart {
		_ = events.Send("", restartEvent, map[string]bool{"restart": true})
	}
	if e.Step != "" {
		_ = events.Send("", stepEvent, map[string]string{"step": e.Step})
	}
	if e.Draft != "" {
		_ = events.Send("", draftEvent, map[string]string{"draft": e.Draft})
	}
}

// form is how an answer is given.
type form int

const (
	asText form = iota
	asJSON
	stream
)

// accepts reads what the client wants; a text where it doesn't say. The first kind named that there is counts.
func accepts(req *http.Request) form {
	for kind := range strings.SplitSeq(strings.ToLower(strings.Join(req.Header.Values("Accept"), ",")), ",") {
		kind, _, _ = strings.Cut(kind, ";")
		switch strings.TrimSpace(kind) {
		case "text/event-stream":
			return stream
		case "application/json":
			return asJSON
		case "text/plain":
			return asText
		}
	}
	return asText
}
