package consume

import (
	"context"
	"net/http"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
)

// serveConsume streams the records of topics as they come, from the end, or from where Last-Event-ID says. A client that is slow holds its
// own stream back, and nothing is left out.
func (r *Role) serveConsume(w http.ResponseWriter, req *http.Request) {
	topics, err := r.asked(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	after := req.Header.Get("Last-Event-ID")
	if after == "" {
		after = req.URL.Query().Get("last-event-id")
	}
	from, err := r.startAt(req.Context(), topics, after)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	ctx, stream, done, err := r.streams.Open(w, req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	defer done()
	err = r.o.Client.Follow(ctx, topics, from, func(recs []kafkaops.Record) error {
		for i := range recs {
			from[recs[i].TopicPartition()] = recs[i].Offset + 1
			if err := stream.Send(httpd.FormatVector(from), "record", show(&recs[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		// The status is sent; an event is all that can still tell.
		_ = stream.Send("", "failed", httpd.ErrorBody{Error: err.Error(), Class: kafkaops.ClassOf(err), Hint: kafkaops.HintOf(err)})
	}
}

// asked returns the topics of the query, checked against the allowlist.
func (r *Role) asked(req *http.Request) ([]string, error) {
	const op = "streaming topic"
	var topics []string
	for name := range strings.SplitSeq(req.URL.Query().Get("topics"), ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
		case !r.allowed.Allows(name):
			return nil, kafkaops.Errorf(kafkaops.Unauthorised, op, name, "add it to this worker's allowlist; krapp.* is never allowed",
				"the topic is not on the allowlist")
		default:
			topics = append(topics, name)
		}
	}
	if len(topics) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "streaming", "", "GET /consume?topics=a,b", "no topic was named")
	}
	return topics, nil
}

// startAt returns where each partition's stream begins: where the client left off, or the end. A partition that came into a topic while the
// client was away begins at its start.
func (r *Role) startAt(ctx context.Context, topics []string, after string) (kafkaops.Offsets, error) {
	seen, err := httpd.ParseVector(after)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	extents, err := r.o.Client.TopicExtents(ctx, kafkaops.ReadCommitted, topics...)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool)
	for tp := range seen {
		known[tp.Topic] = true
	}
	from := make(kafkaops.Offsets, len(extents))
	for tp, x := range extents {
		if x.Err != nil {
			return nil, x.Err
		}
		at, has := seen[tp]
		switch {
		case has:
			from[tp] = at
		case known[tp.Topic]:
			from[tp] = x.Start
		default:
			from[tp] = x.End
		}
	}
	return from, nil
}
