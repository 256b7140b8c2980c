package llm

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	maxFailure   = 16 << 10 // bytes read of a failure's body
	maxRedirects = 3
)

// errCut is a body that ended before its end.
var errCut = errors.New("the connection broke off")

// doer sends go-openai's requests: it adds the key, bounds what comes back, and makes an error of every answer that isn't one.
type doer struct {
	c         *Client
	http      *http.Client
	authorise func(http.Header) // holds the key
}

func newDoer(c *Client, base *url.URL, key kafkaops.Secret) *doer {
	plain := base.Scheme == "http"
	mustStay := plain && isLoopback(base.Hostname())
	dialer := &net.Dialer{Timeout: c.o.Timeouts.Connect, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		host, _, _ := net.SplitHostPort(address)
		if ip := net.ParseIP(host); mustStay && (ip == nil || !ip.IsLoopback()) {
			return kafkaops.Errorf(kafkaops.Invalid, opAsk, base.Host, "use https", "the name does not lead to this machine")
		}
		return nil
	}}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    c.o.Timeouts.Connect,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if !mustStay {
		transport.Proxy = http.ProxyFromEnvironment
	}
	d := &doer{c: c, authorise: func(http.Header) {}}
	if !key.IsZero() {
		bearer := "Bearer " + key.Reveal()
		d.authorise = func(h http.Header) { h.Set("Authorization", bearer) }
	}
	d.http = &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error { return mayFollow(base, r, via) }}
	return d
}

// mayFollow keeps questions, evidence and the key on the host that was named.
func mayFollow(base *url.URL, r *http.Request, via []*http.Request) error {
	const hint = "give the address that it redirects to as the base URL, if you trust it"
	if r.URL.Scheme != base.Scheme || r.URL.Host != base.Host {
		return kafkaops.Errorf(kafkaops.Unsupported, opAsk, base.Host, hint, "it redirects to another host, which is not followed")
	}
	if r.Method != via[0].Method {
		return kafkaops.Errorf(kafkaops.Unsupported, opAsk, base.Host, hint, "it redirects so that the question would be lost")
	}
	if len(via) > maxRedirects {
		return kafkaops.Errorf(kafkaops.Unsupported, opAsk, base.Host, hint, "it redirects again and again")
	}
	return nil
}

// Do is what go-openai calls. An error means that there is no body to close.
func (d *doer) Do(r *http.Request) (*http.Response, error) {
	d.authorise(r.Header)
	resp, err := d.http.Do(r) //nolint:gosec // G704: the operator named the host, and redirects stay on it
	if err != nil {
		return nil, d.c.unreached(err)
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: d.c.o.MaxResponse}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		err = d.c.checkKind(resp, r.Header.Get("Accept") == "text/event-stream")
	} else {
		err = d.c.failure(resp.StatusCode, resp.Header, head(resp.Body))
	}
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

// unreached tells a connection that broke before the answer from a certificate that no further try will mend.
func (c *Client) unreached(err error) error {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return kafkaops.Errorf(kafkaops.Unreachable, opAsk, c.shown, "check the name in the base URL, and which authorities this machine trusts",
			"its certificate does not hold: %s", c.tidy(certificate.Err.Error()))
	case isEOF(err):
		return fmt.Errorf("%w: %w", errCut, err)
	}
	return err
}

// checkKind refuses a web page, and a document where a stream was asked for: go-openai would read either as an empty answer.
func (c *Client) checkKind(resp *http.Response, stream bool) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case kind == "text/html" || kind == "application/xhtml+xml":
		return c.isPage()
	case stream && kind == "application/json":
		if _, message := errorIn(head(resp.Body)); message != "" {
			return kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "", "it answered with an error: %s", c.tidy(message))
		}
		return kafkaops.Errorf(kafkaops.Unsupported, opAsk, c.shown, "attach an endpoint that can stream", "it answered with a document instead of a stream")
	}
	return nil
}

func (c *Client) isPage() error {
	return kafkaops.Errorf(kafkaops.Unsupported, opAsk, c.shown, "check the base URL: mostly it ends in /v1", "it answered with a web page")
}

func looksLikePage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

func head(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, maxFailure)) // what can be read of it will do
	return b
}

// boundedBody ends in an error, not an EOF, when there is more than left; it remembers how the body begins.
type boundedBody struct {
	io.ReadCloser
	left  int64
	start []byte // at most 64 bytes
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// One more byte tells a body of exactly the permitted length from a longer one.
		var probe [1]byte
		if n, err := b.ReadCloser.Read(probe[:]); n == 0 {
			return 0, asCut(err)
		}
		return 0, kafkaops.Errorf(kafkaops.Unsupported, opAsk, "", "attach a model that answers shorter", "its answer is longer than is taken")
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if room := 64 - len(b.start); room > 0 {
		b.start = append(b.start, p[:min(n, room)]...)
	}
	return n, asCut(err)
}

func asCut(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("%w: %w", errCut, err)
}

// retryAfter reads how long the endpoint asks to be left alone: seconds, milliseconds or a date. 0: it doesn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseInt(strings.TrimSpace(h.Get("Retry-After-Ms")), 10, 32); err == nil && ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
		return time.Duration(min(s, 1e6) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
