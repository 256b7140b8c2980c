package httpd

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// DefaultMaxStreams is how many clients may hold a stream at a time.
const DefaultMaxStreams = 32

const (
	streamKeepAlive = 15 * time.Second // a comment this often keeps proxies from closing an idle stream
	streamWrite     = 10 * time.Second // a client that takes nothing for this long is dropped
)

// Streams holds the server-sent event streams of a role and caps their number. The zero value allows DefaultMaxStreams.
type Streams struct {
	Max int

	mu   sync.Mutex
	open int
}

// Stream is one client's stream of server-sent events. Send may be called by one goroutine at a time.
type Stream struct {
	// LastEventID is what the client saw last, "" at first: it resumes after that.
	LastEventID string

	mu      sync.Mutex // keep-alive and Send share the connection
	w       http.ResponseWriter
	control *http.ResponseController
	cancel  context.CancelFunc
}

// Open answers with a stream. Its context ends when the client goes, the server stops, or the stream is broken. The caller must call close.
// Too many clients: an unavailable OpError, nothing was written.
func (s *Streams) Open(w http.ResponseWriter, r *http.Request) (ctx context.Context, stream *Stream, closeStream func(), err error) {
	limit := s.Max
	if limit <= 0 {
		limit = DefaultMaxStreams
	}
	s.mu.Lock()
	full := s.open >= limit
	if !full {
		s.open++
	}
	s.mu.Unlock()
	if full {
		return nil, nil, nil, kafkaops.Errorf(kafkaops.Unavailable, "opening a stream", "", "close another one, or raise --max-streams", "%d clients are connected", limit)
	}
	ctx, cancel := context.WithCancel(r.Context())
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	st := &Stream{LastEventID: lastEventID(r), w: w, control: http.NewResponseController(w), cancel: cancel}
	_ = st.control.SetReadDeadline(time.Time{}) // the server's limits are for requests that end
	w.WriteHeader(http.StatusOK)
	_ = st.write("retry: 2000\n\n") // a broken stream has ended its context
	done := make(chan struct{})
	go func() {
		defer close(done)
		st.keepAlive(ctx, stoppingOf(ctx))
	}()
	return ctx, st, func() {
		cancel()
		<-done
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
	}, nil
}

// Count is how many streams are open.
func (s *Streams) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// lastEventID is the header a browser sends when it reconnects, or the query for clients that can't set it.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last-event-id")
}

// Send writes one event with JSON-encoded data. Its error means that the client is gone.
func (s *Stream) Send(id, event string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return kafkaops.NewError(kafkaops.Internal, "encoding an event", event, "", err)
	}
	var b strings.Builder
	b.Grow(len(raw) + len(id) + 32)
	if id != "" && !strings.ContainsAny(id, "\r\n\x00") {
		b.WriteString("id: " + id + "\n")
	}
	if event != "" {
		b.WriteString("event: " + event + "\n")
	}
	b.WriteString("data: ")
	b.Write(raw) // JSON holds no raw line ends
	b.WriteString("\n\n")
	return s.write(b.String())
}

func (s *Stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite)) // unsupported only in tests without a connection
	_, err := s.w.Write([]byte(text))
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.cancel()
	}
	return err
}

func (s *Stream) keepAlive(ctx context.Context, stopping <-chan struct{}) {
	t := time.NewTicker(streamKeepAlive)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			s.cancel()
			return
		case <-t.C:
			if s.write(": still here\n\n") != nil {
				return
			}
		}
	}
}
