package produce

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

// stored is the body of a 200: where the record is.
type stored struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// cluster is what the handler asks of Kafka.
type cluster interface {
	// ensure returns nil when the topic is there, or was created if that is allowed; not found if not.
	ensure(ctx context.Context, topic string) error
	// deliver returns once the record is acknowledged or refused; unavailable when the queue is full.
	deliver(ctx context.Context, r kafkaops.Record) (kafkaops.Delivery, error)
}

// handler answers the HTTP contract.
type handler struct {
	cluster cluster
	topics  worker.Topics
	topic   string // of /send
	answers *answers
	limit   time.Duration // for one answer
	runs    func() any    // what is known of the slices; for /_health
}

func (h *handler) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /produce/{topic}", h.produce)
	mux.HandleFunc("POST /produce/{topic}/{key}", h.produce)
	mux.HandleFunc("POST /send", h.send)
	mux.HandleFunc("GET /_health", func(w http.ResponseWriter, _ *http.Request) {
		httpd.WriteJSON(w, http.StatusOK, map[string]any{"status": "ok", "runs": h.runs()})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		httpd.WriteError(w, kafkaops.Errorf(kafkaops.NotFound, "answering", r.Method+" "+r.URL.Path,
			"POST /produce/TOPIC/KEY, POST /produce/TOPIC, POST /send or GET /_health", "there is nothing of that kind"))
	})
	return mux
}

// produce stores the body as it is; its content type does not matter.
func (h *handler) produce(w http.ResponseWriter, r *http.Request) {
	value, err := httpd.ReadBody(r)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	rec := kafkaops.Record{Topic: r.PathValue("topic"), Partition: kafkaops.AnyPartition, Value: value}
	if key := r.PathValue("key"); key != "" {
		rec.Key = []byte(key)
	}
	h.answer(w, r, rec)
}

// send stores a JSON object in the default topic.
func (h *handler) send(w http.ResponseWriter, r *http.Request) {
	value, err := httpd.ReadBody(r)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(value, &object); err != nil || object == nil {
		if err == nil {
			err = kafkaops.Errorf(kafkaops.Invalid, "reading", "", "", "null is not an object")
		}
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Invalid, "reading the body", "", `send a JSON object: {"a":1}`, err))
		return
	}
	h.answer(w, r, kafkaops.Record{Topic: h.topic, Partition: kafkaops.AnyPartition, Value: bytes.TrimSpace(value)})
}

func (h *handler) answer(w http.ResponseWriter, r *http.Request, rec kafkaops.Record) {
	ctx, cancel := context.WithTimeout(r.Context(), h.limit)
	defer cancel()
	var out outcome
	if key := r.Header.Get("Idempotency-Key"); key == "" {
		out = h.store(ctx, rec)
	} else {
		var replayed bool
		// The send goes on when the client hangs up: another request may wait for its answer.
		out, replayed = h.answers.do(ctx, key, func() outcome {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.limit)
			defer cancel()
			return h.store(ctx, rec)
		})
		w.Header().Set("Idempotency-Replayed", strconv.FormatBool(replayed))
	}
	if out.err != nil {
		httpd.WriteErrorStatus(w, statusOf(out.err), out.err)
		return
	}
	httpd.WriteJSON(w, http.StatusOK, out.stored)
}

// store checks, sends and waits for the acknowledgement.
func (h *handler) store(ctx context.Context, rec kafkaops.Record) outcome {
	const op = "producing to topic"
	if !worker.ValidTopic(rec.Topic) {
		return outcome{err: kafkaops.Errorf(kafkaops.Invalid, op, rec.Topic, "use letters, digits, '.', '_' and '-'", "no topic can have that name")}
	}
	if !h.topics.Allows(rec.Topic) {
		return outcome{err: kafkaops.Errorf(kafkaops.Unauthorised, op, rec.Topic, "allow it with --topics; krapp.* is never allowed",
			"the topic is not on this worker's allowlist")}
	}
	if err := h.cluster.ensure(ctx, rec.Topic); err != nil {
		return outcome{err: err}
	}
	d, err := h.cluster.deliver(ctx, rec)
	if err == nil {
		err = d.Err
	}
	if err != nil {
		return outcome{err: err}
	}
	return outcome{stored: stored{Topic: rec.Topic, Partition: d.Partition, Offset: d.Offset}}
}
