package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	opAsk    = "asking the model"
	maxCause = 300 // bytes of what an endpoint says that go into an error
)

// statusError is an answer that is a failure.
type statusError struct {
	status     int
	code       string // "insufficient_quota"
	message    string // the endpoint's, cleaned
	retryAfter time.Duration
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("it answered %d %s", e.status, http.StatusText(e.status))
	if e.message != "" {
		text += ": " + e.message
	}
	return text
}

// worthRetrying says whether the same request may well succeed a little later.
func worthRetrying(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		switch status.status {
		case http.StatusTooManyRequests:
			return status.code != "insufficient_quota"
		case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
			return false
		}
		return status.status >= 500
	}
	var fixed *kafkaops.OpError // classed already: nothing that a further try would change
	if errors.As(err, &fixed) {
		return false
	}
	return isConnection(err)
}

// askedToWait is how long the endpoint asked to be left alone; 0: it did not.
func askedToWait(err error) time.Duration {
	var status *statusError
	if errors.As(err, &status) {
		return status.retryAfter
	}
	return 0
}

// isConnection says whether the connection failed, rather than what came over it.
func isConnection(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var timeout net.Error
	return errors.As(err, &op) || errors.As(err, &dns) || errors.Is(err, errCut) || errors.As(err, &timeout) && timeout.Timeout()
}

// classify makes the error that callers and people see. ctx is the attempt's: its cause names the limit that was hit.
func (c *Client) classify(ctx context.Context, op string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		var limit *kafkaops.OpError
		switch {
		case errors.As(cause, &limit):
			return limit
		case errors.Is(cause, context.Canceled):
			return cause
		default:
			return kafkaops.NewError(kafkaops.TimedOut, op, c.shown, "", cause)
		}
	}
	var fixed *kafkaops.OpError
	if errors.As(err, &fixed) {
		return fixed
	}
	var status *statusError
	if errors.As(err, &status) {
		class, hint := statusClass(status)
		return kafkaops.NewError(class, op, c.shown, hint, status)
	}
	// The cause is flattened: what it wraps could say more than its cleaned text.
	flat := errors.New(c.tidy(err.Error()))
	if isConnection(err) {
		return kafkaops.NewError(kafkaops.Unreachable, op, c.shown, "check that the endpoint is up and can be reached from here", flat)
	}
	return kafkaops.NewError(kafkaops.Unavailable, op, c.shown, "", flat)
}

func statusClass(e *statusError) (class kafkaops.Class, hint string) {
	switch s := e.status; {
	case s == http.StatusUnauthorized:
		return kafkaops.Unauthenticated, "check the key: its file, KRAPP_SEER_KEY or OPENAI_API_KEY"
	case s == http.StatusForbidden || s == http.StatusPaymentRequired || e.code == "insufficient_quota":
		return kafkaops.Unauthorised, "check what the key's account may do and has left"
	case s == http.StatusNotFound || s == http.StatusMethodNotAllowed:
		return kafkaops.NotFound, "check the model's name, and the base URL: mostly it ends in /v1"
	case s == http.StatusRequestTimeout || s == http.StatusGatewayTimeout:
		return kafkaops.TimedOut, "try again, or attach a faster model"
	case s == http.StatusTooManyRequests:
		return kafkaops.Unavailable, "wait: the endpoint takes no more requests for now"
	case s >= 500:
		return kafkaops.Unavailable, "try again: the endpoint is in trouble"
	case s < 400:
		return kafkaops.Unsupported, "give the address that it redirects to as the base URL"
	default:
		return kafkaops.Invalid, "check that the model can be asked by chat completions, with tools and by stream"
	}
}

// failure reads what an endpoint says about a failure, in one of the forms in use.
func (c *Client) failure(status int, header http.Header, body []byte) *statusError {
	e := &statusError{status: status, retryAfter: retryAfter(header, c.o.Now())}
	e.code, e.message = errorIn(body)
	if e.message == "" && !looksLikePage(body) {
		e.message = string(body)
	}
	e.code, e.message = c.tidy(e.code), c.tidy(e.message)
	return e
}

// errorIn finds the error in {"error":{"message","code"}}, {"error":"…"}, {"message":"…"} and {"detail":"…"}.
func errorIn(body []byte) (code, message string) {
	var form struct {
		Error   json.RawMessage `json:"error"`
		Message any             `json:"message"`
		Detail  any             `json:"detail"`
	}
	if json.Unmarshal(body, &form) != nil {
		return "", ""
	}
	var inner struct {
		Message any `json:"message"`
		Code    any `json:"code"`
		Type    any `json:"type"`
	}
	if json.Unmarshal(form.Error, &inner) == nil {
		code = text(inner.Code)
		if code == "" {
			code = text(inner.Type)
		}
		if m := text(inner.Message); m != "" {
			return code, m
		}
	}
	var plain string
	if json.Unmarshal(form.Error, &plain) == nil && plain != "" {
		return code, plain
	}
	if m := text(form.Message); m != "" {
		return code, m
	}
	return code, text(form.Detail)
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// tidy makes one short line without the key of what others wrote.
func (c *Client) tidy(s string) string {
	s = c.redact.clean(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return cut(s, maxCause)
}

// cut shortens s to at most n bytes and an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return clip(s, n) + "…"
}
