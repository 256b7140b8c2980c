package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

const (
	ackLimit   = 10 * time.Second // for the broker's acknowledgement of a text
	learnLimit = 10 * time.Second // that a client waits for a text to be learned
	maxTitle   = 256              // bytes
)

// Accepted is the answer to a text that is stored: where, and whether it can be asked about already.
type Accepted struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Learned   bool   `json:"learned"`
	Note      string `json:"note,omitempty"` // where it is not learned yet
}

const laterNote = "the text is stored; it will be learned"

// statement makes the record of a text. Its key is the text's hash: the same text again replaces the first one, and nothing is learned twice.
// Errors are invalid.
func statement(title string, text []byte, most int) (kafkaops.Record, error) {
	const op, hint = "accepting a text", "send plain text of UTF-8"
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return kafkaops.Record{}, kafkaops.Errorf(kafkaops.Invalid, op, "", hint, "the text is empty")
	case len(text) > most:
		return kafkaops.Record{}, kafkaops.NewError(kafkaops.Invalid, op, "", "send it in parts", &http.MaxBytesError{Limit: int64(most)})
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return kafkaops.Record{}, kafkaops.Errorf(kafkaops.Invalid, op, "", hint, "it is not a text of UTF-8")
	case !utf8.ValidString(title) || len(title) > maxTitle:
		return kafkaops.Record{}, kafkaops.Errorf(kafkaops.Invalid, op, "", "give a title of UTF-8", "the title is not UTF-8 or has more than %d bytes", maxTitle)
	}
	sum := sha256.Sum256(text)
	r := kafkaops.Record{
		Topic: seer.StatementTopic, Partition: kafkaops.AnyPartition, Key: hex.AppendEncode(nil, sum[:]), Value: text,
	}
	if title = cleanTitle(title); title != "" {
		r.Headers = []kafkaops.Header{{Key: seer.TitleHeader, Value: []byte(title)}}
	}
	return r, nil
}

// cleanTitle makes one line of a title.
func cleanTitle(title string) string {
	return oneLine(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, title))
}

// serveAccept stores a text and waits, for a while, until it has been learned: who asks next gets an answer from it.
func (r *Role) serveAccept(w http.ResponseWriter, req *http.Request) {
	at, ctx, done, err := r.acceptText(w, req)
	if err != nil {
		httpd.WriteErrorStatus(w, storeStatus(err), err)
		return
	}
	defer done()
	r.awaitLearned(ctx, []*Accepted{&at})
	code := http.StatusOK
	if !at.Learned {
		code = http.StatusAccepted
	}
	httpd.WriteJSON(w, code, at)
}

// acceptText reads and stores a request's text, and lets go of it. ctx is what is left of the request; the caller calls done.
func (r *Role) acceptText(w http.ResponseWriter, req *http.Request) (at Accepted, ctx context.Context, done context.CancelFunc, err error) {
	release, err := take(r.bodies, "texts")
	if err != nil {
		return at, nil, nil, err
	}
	defer release()
	text, err := httpd.ReadBody(req)
	if err != nil {
		return at, nil, nil, err
	}
	title := req.URL.Query().Get("title")
	if title == "" {
		title = req.Header.Get("X-Title")
	}
	rec, err := statement(title, text, r.o.MaxText)
	if err != nil {
		return at, nil, nil, err
	}
	ctx, done = r.inHand(w, req, ackLimit+learnLimit)
	if at, err = r.store(ctx, rec); err != nil {
		done()
	}
	return at, ctx, done, err
}

// store produces a text and returns when the broker has acknowledged it.
func (r *Role) store(ctx context.Context, rec kafkaops.Record) (Accepted, error) {
	const op = "storing a text in"
	ctx, cancel := context.WithTimeout(ctx, r.ackWait)
	defer cancel()
	deliveries, err := r.o.Client.ProduceSync(ctx, []kafkaops.Record{rec})
	if err == nil {
		err = deliveries[0].Err
	}
	switch {
	case err == nil:
		r.answers.metrics.accepted()
		return Accepted{Topic: rec.Topic, Partition: deliveries[0].Partition, Offset: deliveries[0].Offset}, nil
	case kafkaops.ClassOf(err) == kafkaops.NotFound:
		return Accepted{}, kafkaops.NewError(kafkaops.Unavailable, op, rec.Topic, "start the seer again: it creates the topic", err)
	case len(deliveries) == 1 && deliveries[0].Possibly:
		return Accepted{}, kafkaops.NewError(kafkaops.TimedOut, op, rec.Topic, "send it again: the same text is learned once, however often it is stored", err)
	}
	return Accepted{}, kafkaops.NewError(kafkaops.ClassOf(err), op, rec.Topic, kafkaops.HintOf(err), err)
}

func storeStatus(err error) int {
	if rdkafka.TooLarge(err) {
		return http.StatusRequestEntityTooLarge
	}
	return httpd.StatusOf(err)
}

// awaitLearned waits until the texts have been learned, at most learnWait for all of them, and notes which are.
func (r *Role) awaitLearned(ctx context.Context, texts []*Accepted) {
	ctx, cancel := context.WithTimeout(ctx, r.learnWait)
	defer cancel()
	for _, t := range texts {
		err := r.o.Learner.Learned(ctx, seer.Place{Topic: t.Topic, Partition: t.Partition, Offset: t.Offset})
		if t.Learned = err == nil; !t.Learned {
			t.Note = laterNote
		}
	}
}
