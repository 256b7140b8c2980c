package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	connectLimit = 5 * time.Second
	maxError     = 64 << 10 // bytes read of an answer that tells of a failure
	maxBody      = 4 << 20  // bytes of any other, or of one event
	maxSaid      = 1000     // bytes that a server's error may say
	noSeerHint   = "start one: krapp up --roles produce,consume,seer, or krapp-worker seer; or give its address"
)

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: connectLimit}
	return d.DialContext(ctx, network, addr)
}

func bodyOf(body []byte) io.Reader {
	if body == nil {
		return nil
	}
	return bytes.NewReader(body)
}

// errSilent is why a call ends whose server sends nothing.
var errSilent = errors.New("the server is silent")

// watch returns a context that ends when alive was not called for the given time.
func watch(ctx context.Context, silence time.Duration) (watched context.Context, alive func(), stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(silence, func() { cancel(errSilent) })
	return watched, func() { timer.Reset(silence) }, func() { timer.Stop(); cancel(nil) }
}

// do sends a request and returns the response when it is one of the wanted statuses, with a body of the wanted media type. The caller closes it.
func (c *Client) do(ctx context.Context, req *http.Request, op, kind string, wanted ...int) (*http.Response, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.noAnswer(ctx, op, err)
	}
	got, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // "": not a seer's
	if !slices.Contains(wanted, res.StatusCode) {
		defer res.Body.Close()
		return nil, c.refusal(op, res, got)
	}
	if got != kind {
		defer res.Body.Close()
		return nil, c.stranger(op, fmt.Sprintf("it answers with %s", orNothing(got)))
	}
	return res, nil
}

// noAnswer is the error of a call that failed before, or while, an answer came.
func (c *Client) noAnswer(ctx context.Context, op string, err error) error {
	var unreached *net.OpError
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSilent):
		return kafkaops.NewError(kafkaops.TimedOut, op, c.URL(), "ask again, or look at the seer's log", fmt.Errorf("no sign of life for %s", c.silence))
	case errors.Is(cause, context.DeadlineExceeded):
		return kafkaops.NewError(kafkaops.TimedOut, op, c.URL(), "ask again, or allow more time", cause)
	case cause != nil:
		return kafkaops.NewError(kafkaops.Unavailable, op, c.URL(), "", cause)
	case errors.As(err, &unreached) && unreached.Op == "dial":
		return kafkaops.NewError(kafkaops.Unreachable, op, c.URL(), noSeerHint, fmt.Errorf("no seer there: %w", bare(err)))
	}
	return kafkaops.NewError(kafkaops.Unreachable, op, c.URL(), "ask again; is it a seer that listens there?", bare(err))
}

// bare drops the method and URL that net/http puts before an error.
func bare(err error) error {
	var u interface{ Unwrap() error }
	if errors.As(err, &u) {
		if inner := u.Unwrap(); inner != nil {
			return inner
		}
	}
	return err
}

// stranger is the error of a server that is no seer.
func (c *Client) stranger(op, why string) error {
	return kafkaops.Errorf(kafkaops.Unsupported, op, c.URL(), "check the address: the seer's port is 8030 unless told otherwise", "what answers there is no seer: %s", why)
}

// said is what a server tells of a failure.
type said struct {
	Error string         `json:"error"`
	Class kafkaops.Class `json:"class"`
	Hint  string         `json:"hint"`
}

// refusal makes the error that a response tells of.
func (c *Client) refusal(op string, res *http.Response, kind string) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxError))
	var s said
	if err != nil || kind != "application/json" || json.Unmarshal(raw, &s) != nil || s.Error == "" {
		return c.wordless(op, res.StatusCode)
	}
	return c.told(op, s, classOfStatus(res.StatusCode))
}

// wordless is the error of a response without a seer's words.
func (c *Client) wordless(op string, status int) error {
	what := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch status {
	case http.StatusUnauthorized:
		return kafkaops.Errorf(kafkaops.Unauthenticated, op, c.URL(), "give the seer's token with --seer-token-file FILE", "it says %s", what)
	case http.StatusForbidden:
		return kafkaops.Errorf(kafkaops.Unauthorised, op, c.URL(), "ask who runs it", "it says %s", what)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return kafkaops.Errorf(kafkaops.Unavailable, op, c.URL(), "ask again in a moment", "it says %s", what)
	}
	return c.stranger(op, "it says "+what)
}

// told makes the error of a server's words, which are bounded and can't steer a terminal.
func (c *Client) told(op string, s said, without kafkaops.Class) error {
	class := without
	if slices.Contains(classes(), s.Class) {
		class = s.Class
	}
	hint := plain(s.Hint)
	if class == kafkaops.Unauthenticated && hint == "" {
		hint = "give the seer's token with --seer-token-file FILE"
	}
	return kafkaops.NewError(class, op, c.URL(), hint, errors.New(plain(s.Error)))
}

func classes() []kafkaops.Class {
	return []kafkaops.Class{
		kafkaops.Unreachable, kafkaops.Unauthenticated, kafkaops.Unauthorised, kafkaops.NotFound, kafkaops.AlreadyExists, kafkaops.Invalid,
		kafkaops.Conflict, kafkaops.Unavailable, kafkaops.TimedOut, kafkaops.Unsupported, kafkaops.Internal,
	}
}

func classOfStatus(status int) kafkaops.Class {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return kafkaops.Invalid
	case http.StatusUnauthorized:
		return kafkaops.Unauthenticated
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return kafkaops.Unauthorised
	case http.StatusNotFound:
		return kafkaops.NotFound
	case http.StatusGatewayTimeout:
		return kafkaops.TimedOut
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusBadGateway:
		return kafkaops.Unavailable
	}
	return kafkaops.Internal
}

// plain makes one bounded line of what a server says.
func plain(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxSaid)], "")
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
	}), " ")
}

func shown(s string) string { return plain(s[:min(len(s), 100)]) }

func orNothing(kind string) string {
	if kind == "" {
		return "no media type"
	}
	return plain(kind)
}

// readJSON reads a whole body of JSON, within the bound.
func (c *Client) readJSON(ctx context.Context, op string, body io.Reader, into any) error {
	raw, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return c.noAnswer(ctx, op, err)
	}
	if len(raw) > maxBody {
		return c.stranger(op, "its answer is larger than 4 MiB")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return c.stranger(op, plain("its answer can't be read: "+err.Error()))
	}
	return nil
}
