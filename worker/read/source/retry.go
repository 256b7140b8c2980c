package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// errStalled is why a request was cancelled that brought nothing for too long.
var errStalled = errors.New("the server stalled")

// busy is a fault of the moment: asking again may help, after a time that the server may have named.
type busy struct {
	*fault
	after time.Duration
}

func (b *busy) Unwrap() error { return b.fault }

// why makes a fault of an error of the network.
func (r *remote) why(err error) error {
	if r.ctx.Err() != nil {
		return ended(r.ctx)
	}
	var f *fault
	if errors.As(err, &f) {
		// http.Client wraps what its redirect policy said.
		var b *busy
		if errors.As(err, &b) {
			return b
		}
		return f
	}
	var u *url.Error
	if errors.As(err, &u) { // it names the URL, which is said by who shows the error
		err = u.Err
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errStalled), errors.Is(err, context.Canceled): // only the timer cancels a request of a live stream
		return faultf(kafkaops.TimedOut, "", "%w: no byte for %s", errStalled, r.patience())
	case untrusted(err):
		return faultf(kafkaops.Unauthenticated, "check the host's name and the system's certificates", "the server's TLS can't be trusted: %w", err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return faultf(kafkaops.TimedOut, "", "%w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF): // never io.EOF: that means that all has come
		return earlyEnd()
	}
	return faultf(kafkaops.Unreachable, "", "%w", err)
}

func earlyEnd() *fault {
	return faultf(kafkaops.Unavailable, "", "the connection ended early: %w", io.ErrUnexpectedEOF)
}

// patience is what was waited for the answer, or for its next byte.
func (r *remote) patience() time.Duration {
	if r.body == nil {
		return r.o.ConnectTimeout + r.o.HeaderTimeout
	}
	return r.o.StallTimeout
}

// untrusted says whether TLS failed in a way that trying again doesn't mend.
func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		certificate  x509.CertificateInvalidError
		alert        tls.AlertError
		header       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &certificate) ||
		errors.As(err, &alert) || errors.As(err, &header) || errors.Is(err, http.ErrSchemeMismatch)
}

// statusFault says what a status means that brings no data.
func statusFault(resp *http.Response) error {
	f := faultf(kafkaops.Invalid, "check the URL", "the server answered %s", resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		f.class, f.hint = kafkaops.Unavailable, "try again later"
		return &busy{f, retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	case code == http.StatusNotFound || code == http.StatusGone:
		f.class = kafkaops.NotFound
	case code == http.StatusUnauthorized:
		f.class = kafkaops.Unauthenticated
	case code == http.StatusForbidden:
		f.class = kafkaops.Unauthorised
	}
	return f
}

// retryAfter reads the header, seconds or a date; no more than a minute.
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// ended is the fault of a stream whose context has ended.
func ended(ctx context.Context) error {
	return &fault{kafkaops.TimedOut, "", &cancelled{context.Cause(ctx)}}
}

// cancelled is what was asked for, so it is not tried again.
type cancelled struct{ error }

func (c *cancelled) Unwrap() error { return c.error }

// retryable says whether asking again may help, and how long the server wants to be left alone.
func retryable(err error) (after time.Duration, ok bool) {
	var b *busy
	if errors.As(err, &b) {
		return b.after, true
	}
	var c *cancelled
	if errors.As(err, &c) {
		return 0, false
	}
	switch f := asFault(err); f.class {
	case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
		return 0, true
	}
	return 0, false
}

func asFault(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return &fault{kafkaops.Internal, "", err}
}
