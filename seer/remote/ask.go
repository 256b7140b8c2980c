package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

const askOp = "asking the seer at"

// The bounds of an answer's parts.
const (
	maxText      = 1 << 20 // bytes of the text, and of a draft
	maxCitations = 1000
	maxNotes     = 100
	maxLine      = 4 << 10 // bytes of a title, a note, a name
)

// Ask implements seer.Asker over POST /ask. Beside the seer's own errors: unreachable (no seer there), timed out (it is silent), unavailable (too many
// questions at once, an answer that was cut off), unauthenticated (the token), unsupported (what answers is no seer).
func (c *Client) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return seer.Answer{}, kafkaops.NewError(kafkaops.Invalid, askOp, c.URL(), "", err)
	}
	ctx, alive, stop := watch(ctx, c.silence)
	defer stop()
	req, err := c.request(ctx, http.MethodPost, "/ask", body)
	if err != nil {
		return seer.Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	res, err := c.do(ctx, req, askOp, "text/event-stream", http.StatusOK)
	if err != nil {
		return seer.Answer{}, err
	}
	defer res.Body.Close()
	alive()
	if each == nil {
		each = func(seer.Event) {}
	}
	return c.follow(ctx, newEvents(res.Body, alive), each)
}

// follow reads the stream up to the answer.
func (c *Client) follow(ctx context.Context, from *events, each func(seer.Event)) (seer.Answer, error) {
	drafted := 0
	for {
		e, err := from.next()
		if err != nil {
			return seer.Answer{}, c.broken(ctx, err)
		}
		switch e.name {
		case "answer":
			return c.answerOf(e.data)
		case "failed":
			var s said
			if json.Unmarshal(e.data, &s) != nil || s.Error == "" {
				return seer.Answer{}, c.stranger(askOp, "it fails without saying why")
			}
			return seer.Answer{}, c.told(askOp, s, kafkaops.Internal)
		case "step", "draft", "restart":
			var p seer.Event
			if err := json.Unmarshal(e.data, &p); err != nil {
				return seer.Answer{}, c.stranger(askOp, plain("it sends events that can't be read: "+err.Error()))
			}
			if p.Restart {
				drafted = 0
			}
			if drafted += len(p.Draft); drafted > maxText {
				return seer.Answer{}, c.stranger(askOp, "its draft has no end")
			}
			p.Step = cut(p.Step, maxLine)
			each(p)
		}
	}
}

// broken is the error of a stream that ended before the answer.
func (c *Client) broken(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return c.noAnswer(ctx, askOp, err)
	case errors.Is(err, errTooLong), errors.Is(err, errTooMuch):
		return c.stranger(askOp, err.Error())
	case errors.Is(err, io.EOF):
		err = errors.New("the answer was cut off")
	}
	return kafkaops.NewError(kafkaops.Unavailable, askOp, c.URL(), "ask again", err)
}

// answerOf reads an answer and holds it to its bounds.
func (c *Client) answerOf(raw []byte) (seer.Answer, error) {
	var a seer.Answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return seer.Answer{}, c.stranger(askOp, plain("its answer can't be read: "+err.Error()))
	}
	if why := wrong(&a); why != "" {
		return seer.Answer{}, c.stranger(askOp, why)
	}
	for i := range a.Citations {
		cite := &a.Citations[i]
		cite.Excerpt = cut(cite.Excerpt, seer.MaxExcerpt)
		cite.Title, cite.Gone = cut(cite.Title, maxLine), cut(cite.Gone, maxLine)
	}
	a.Notes, a.Nearest = bounded(a.Notes), bounded(a.Nearest)
	a.Model = cut(a.Model, maxLine)
	return a, nil
}

// wrong says what makes an answer none; "" for a good one.
func wrong(a *seer.Answer) string {
	switch a.Way {
	case seer.Exact, seer.Lookup, seer.Meaning, seer.Refused:
	default:
		return fmt.Sprintf("its answer has no way: %s", plain(fmt.Sprintf("%.20q", string(a.Way))))
	}
	switch {
	case a.Text == "":
		return "its answer has no text"
	case len(a.Text) > maxText:
		return "its answer is too long"
	case len(a.Citations) > maxCitations:
		return "its answer has too many citations"
	}
	seen := make(map[int]bool, len(a.Citations))
	for _, cite := range a.Citations {
		if cite.N < 1 || seen[cite.N] {
			return fmt.Sprintf("its answer has a citation numbered %d, or two", cite.N)
		}
		seen[cite.N] = true
		if !validTopic(cite.Place.Topic) || cite.Place.Partition < 0 || cite.Place.Offset < 0 || cite.Passage < 0 {
			return fmt.Sprintf("citation %d is of no place", cite.N)
		}
	}
	return ""
}

// Status implements seer.Asker over GET /status.
func (c *Client) Status(ctx context.Context) (seer.Status, error) {
	const op = "reading the status of the seer at"
	ctx, _, stop := watch(ctx, c.silence)
	defer stop()
	req, err := c.request(ctx, http.MethodGet, "/status", nil)
	if err != nil {
		return seer.Status{}, err
	}
	res, err := c.do(ctx, req, op, "application/json", http.StatusOK)
	if err != nil {
		return seer.Status{}, err
	}
	defer res.Body.Close()
	var s seer.Status
	if err := c.readJSON(ctx, op, res.Body, &s); err != nil {
		return seer.Status{}, err
	}
	switch s.State {
	case seer.Starting, seer.Learning, seer.Current, seer.Waiting:
	default:
		return seer.Status{}, c.stranger(op, "its status has no state")
	}
	s.Suggestions, s.Notes, s.Err = bounded(s.Suggestions), bounded(s.Notes), cut(s.Err, maxLine)
	s.Embedder, s.Model = cut(s.Embedder, maxLine), cut(s.Model, maxLine)
	return s, nil
}

// bounded keeps the first of a list, and the beginning of each.
func bounded(list []string) []string {
	list = list[:min(len(list), maxNotes)]
	for i, s := range list {
		list[i] = cut(s, maxLine)
	}
	return list
}

// cut shortens a text at a character's border.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
