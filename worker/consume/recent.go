package consume

import (
	"bytes"
	"encoding/base64"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/httpd"
)

// shown is a record as JSON shows it. Text that is not UTF-8 is in base64, which Encoding says.
type shown struct {
	Topic         string        `json:"topic"`
	Partition     int32         `json:"partition"`
	Offset        int64         `json:"offset"`
	Timestamp     time.Time     `json:"timestamp"`
	Key           *string       `json:"key"` // null: none
	Value         *string       `json:"value"`
	KeyEncoding   string        `json:"key_encoding,omitempty"`
	ValueEncoding string        `json:"value_encoding,omitempty"`
	ValueBytes    int           `json:"value_bytes"`
	Headers       []shownHeader `json:"headers,omitempty"`
}

type shownHeader struct {
	Key      string  `json:"key"`
	Value    *string `json:"value"`
	Encoding string  `json:"encoding,omitempty"`
}

func show(r *kafkaops.Record) shown {
	s := shown{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UTC(), ValueBytes: len(r.Value)}
	s.Key, s.KeyEncoding = text(r.Key)
	s.Value, s.ValueEncoding = text(r.Value)
	for _, h := range r.Headers {
		v, encoding := text(h.Value)
		s.Headers = append(s.Headers, shownHeader{h.Key, v, encoding})
	}
	return s
}

// text returns bytes as a string, in base64 where they are not UTF-8.
func text(b []byte) (s *string, encoding string) {
	if b == nil {
		return nil, ""
	}
	out := string(b)
	if !utf8.Valid(b) {
		out, encoding = base64.StdEncoding.EncodeToString(b), "base64"
	}
	return &out, encoding
}

const (
	maxShown     = 4 << 10                // bytes of a value on the page
	recentPeriod = 200 * time.Millisecond // the page's pictures come at most so often
)

// recent keeps the last records that were committed, newest first, for the page.
type recent struct {
	n   int
	hub httpd.Hub[[]shown]

	mu     sync.Mutex
	held   []shown // of the batch in hand, newest first
	last   []shown
	timer  *time.Timer // a picture is due
	sentAt time.Time
}

func newRecent(n int) *recent { return &recent{n: n} }

// hold keeps the last records of a batch until it is committed.
func (r *recent) hold(b *eos.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = r.held[:0]
	for i := len(b.Records) - 1; i >= 0 && len(r.held) < r.n; i-- {
		r.held = append(r.held, showStart(&b.Records[i]))
	}
}

// release shows what was held: it is committed.
func (r *recent) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		return
	}
	r.last = append(slices.Clone(r.held), r.last...)
	r.last = r.last[:min(len(r.last), r.n)]
	r.held = r.held[:0]
	if r.timer == nil {
		r.timer = time.AfterFunc(max(0, recentPeriod-time.Since(r.sentAt)), r.publish)
	}
}

func (r *recent) publish() {
	r.mu.Lock()
	r.timer, r.sentAt = nil, time.Now()
	picture := slices.Clone(r.last)
	r.mu.Unlock()
	r.hub.Publish(picture)
}

// picture returns the last records, newest first.
func (r *recent) picture() []shown {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.last)
}

// showStart shows a record with the start of its value only.
func showStart(r *kafkaops.Record) shown {
	short := *r
	if len(r.Value) > maxShown {
		short.Value = r.Value[:maxShown]
		if utf8.Valid(r.Value) {
			short.Value = bytes.ToValidUTF8(short.Value, nil)
		}
	}
	s := show(&short)
	s.ValueBytes = len(r.Value)
	return s
}
