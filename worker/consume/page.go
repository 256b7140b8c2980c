package consume

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/httpd"
)

//go:embed assets page.html
var files embed.FS

// page is what page.html shows at first; the script keeps it up to date.
type page struct {
	Group, Worker string
	State         eos.Phase
	Consumed      int64
	Last          int
	Records       []shown
}

// Text is a key or value for the page.
func (shown) Text(s *string) string {
	if s == nil {
		return "—"
	}
	return *s
}

// Time is the timestamp for the page, UTC.
func (s shown) Time() string { return s.Timestamp.Format("2006-01-02 15:04:05.000") }

// servePage shows the last records. Everything in it is escaped by html/template, and the security policy allows no script but its own.
func (r *Role) servePage(w http.ResponseWriter, req *http.Request) {
	tmpl, err := template.ParseFS(files, "page.html")
	if err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Internal, "reading the page", "", "", err))
		return
	}
	s := r.loop.State()
	var body bytes.Buffer
	err = tmpl.Execute(&body, page{
		Group: r.o.Group, Worker: r.o.Worker, State: s.Phase, Consumed: r.processor.counts().consumed, Last: r.o.Last,
		Records: r.lastRecords(req.Context(), s),
	})
	if err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Internal, "writing the page", "", "", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes()) // the client went away: nobody to tell
}

// lastRecords returns what was consumed last; before anything was, the last of the topics.
func (r *Role) lastRecords(ctx context.Context, s eos.State) []shown {
	if last := r.recent.picture(); len(last) > 0 {
		return last
	}
	var topics []string
	for _, p := range s.Partitions {
		if !slices.Contains(topics, p.Topic) {
			topics = append(topics, p.Topic)
		}
	}
	if len(topics) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	recs, err := r.o.Client.Tail(ctx, topics, r.o.Last)
	if err != nil {
		r.o.Log.Debug("reading the last records for the page", "error", err.Error())
		return nil
	}
	out := make([]shown, len(recs))
	for i := range recs {
		out[i] = showStart(&recs[i])
	}
	return out
}

// picture is an event of GET /recent.
type picture struct {
	Consumed int64     `json:"n_consumed"`
	State    eos.Phase `json:"state"`
	Records  []shown   `json:"records"`
}

// serveRecent streams the last records as whole pictures, a few a second at most: a page need not keep up with the topics.
func (r *Role) serveRecent(w http.ResponseWriter, req *http.Request) {
	ctx, stream, done, err := r.streams.Open(w, req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	defer done()
	pictures, leave := r.recent.hub.Subscribe()
	defer leave()
	for {
		select {
		case <-ctx.Done():
			return
		case recs := <-pictures:
			p := picture{Consumed: r.processor.counts().consumed, State: r.loop.State().Phase, Records: recs}
			if stream.Send("", "recent", p) != nil {
				return
			}
		}
	}
}
