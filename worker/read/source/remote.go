package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// remote is a source behind a URL. It survives connections: when one ends early the next continues at the same byte.
type remote struct {
	ctx    context.Context
	client *http.Client
	url    *url.URL
	o      *Options

	answer identity // of the first answer
	body   io.ReadCloser
	cancel context.CancelCauseFunc // ends the request in hand
	timer  *time.Timer             // cancels it when nothing comes for too long
	skip   int64                   // bytes of the body that were read before
	at     int64
	ended  bool

	tries int   // without progress
	since int64 // at which byte they began
}

func newRemote(ctx context.Context, rawURL string, o *Options) (*remote, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		var e *url.Error // names the URL, which may hold a password
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, faultf(kafkaops.Invalid, "check the URL", "it is not a URL: %w", err)
	}
	if err := allowed(u, o.AllowHosts); err != nil {
		return nil, err
	}
	r := &remote{ctx: ctx, url: u, o: o, client: newClient(o), cancel: func(error) {}}
	for {
		err := r.connect()
		if err == nil {
			return r, nil
		}
		if err := r.again(err); err != nil {
			r.Close()
			return nil, err
		}
	}
}

// Read returns the next bytes, over as many connections as it takes.
func (r *remote) Read(p []byte) (int, error) {
	for {
		var n int
		var err error
		if r.body == nil {
			err = r.connect()
		} else {
			n, err = r.receive(p)
		}
		switch {
		case n > 0:
			return n, nil // whatever err is, it comes again
		case err == nil:
			continue
		case errors.Is(err, io.EOF):
			return 0, io.EOF
		}
		if err := r.again(err); err != nil {
			return 0, err
		}
	}
}

// receive reads from the answer in hand; n counts bytes that are new. io.EOF means that all of the source has come.
func (r *remote) receive(p []byte) (n int, err error) {
	if r.ended {
		return 0, io.EOF
	}
	r.timer.Reset(r.o.StallTimeout)
	if r.skip > 0 {
		n, err = r.body.Read(p[:min(int64(len(p)), r.skip)])
		r.skip -= int64(n)
		n = 0
	} else {
		n, err = r.body.Read(p)
		r.advance(int64(n))
	}
	r.timer.Stop()
	if errors.Is(err, io.EOF) {
		if r.skip > 0 || r.at < r.answer.size {
			return n, earlyEnd()
		}
		r.ended = true
	}
	return n, err
}

func (r *remote) advance(n int64) {
	r.at += n
	if r.at-r.since >= progressBytes {
		r.tries, r.since = 0, r.at
	}
}

// connect asks for what is left of the source.
func (r *remote) connect() error {
	ctx, cancel := context.WithCancelCause(r.ctx)
	r.cancel = cancel
	wait := r.o.ConnectTimeout + r.o.HeaderTimeout
	r.timer = time.AfterFunc(wait, func() { cancel(errStalled) })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), http.NoBody)
	if err != nil {
		return faultf(kafkaops.Invalid, "check the URL", "%w", err)
	}
	req.Header.Set("User-Agent", "krapp")
	req.Header.Set("Accept-Encoding", "identity") // the bytes as they are stored: ranges of them must fit together
	if r.at > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(r.at, 10)+"-")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return r.why(err)
	}
	r.timer.Stop()
	if err := r.accept(resp); err != nil {
		resp.Body.Close()
		return err
	}
	r.body = resp.Body
	return nil
}

// accept checks that an answer continues what was read.
func (r *remote) accept(resp *http.Response) error {
	id := identityOf(resp)
	switch resp.StatusCode {
	case http.StatusOK:
		if r.at == 0 {
			r.answer = id
			return nil
		}
		r.skip = r.at // the server does not do ranges
		return r.answer.same(id)
	case http.StatusPartialContent:
		first, size, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || first != r.at {
			return faultf(kafkaops.Unsupported, "", "asked for bytes from %d on, the server sent %q", r.at, resp.Header.Get("Content-Range"))
		}
		r.skip, id.size = 0, size
		return r.answer.same(id)
	case http.StatusRequestedRangeNotSatisfiable:
		return changed("it no longer has byte %d", r.at)
	}
	return statusFault(resp)
}

// again waits before the next try, or returns why there is none.
func (r *remote) again(err error) error {
	err = r.why(err)
	r.drop()
	wait, ok := retryable(err)
	if !ok {
		return err
	}
	r.tries++
	if r.tries > r.o.Retries {
		f := asFault(err)
		return faultf(f.class, "check that the server is up, then run again: it continues here", "gave up after %d tries: %w", r.tries, f.err)
	}
	backoff := min(r.o.MaxBackoff, r.o.Backoff<<min(r.tries-1, 30))
	if backoff <= 0 {
		backoff = r.o.MaxBackoff
	}
	wait = max(wait, r.o.Jitter(backoff))
	r.o.Log.Warn("source interrupted", "source", r.url.Redacted(), "byte", r.at, "error", err, "try", r.tries, "wait", wait)
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-r.ctx.Done():
		return ended(r.ctx)
	}
}

// drop ends the request in hand.
func (r *remote) drop() {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.cancel(nil)
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}

func (r *remote) Close() error {
	r.drop()
	if r.o.Client == nil {
		r.client.CloseIdleConnections()
	}
	return nil
}

func (r *remote) size() int64 { return r.answer.size }
func (r *remote) got() int64  { return r.at }

// identity is what tells whether two answers are of the same bytes.
type identity struct {
	etag, modified, contentType string
	size                        int64 // -1: unknown
}

func identityOf(resp *http.Response) identity {
	return identity{resp.Header.Get("ETag"), resp.Header.Get("Last-Modified"), resp.Header.Get("Content-Type"), resp.ContentLength}
}

// same compares what both answers say.
func (id identity) same(now identity) error {
	switch {
	case id.etag != "" && now.etag != "" && id.etag != now.etag:
		return changed("its ETag was %s and is now %s", id.etag, now.etag)
	case id.modified != "" && now.modified != "" && id.modified != now.modified:
		return changed("it was last modified %s, now %s", id.modified, now.modified)
	case id.size >= 0 && now.size >= 0 && id.size != now.size:
		return changed("it had %d bytes, now %d", id.size, now.size)
	}
	return nil
}

func changed(format string, args ...any) *fault {
	return faultf(kafkaops.Conflict, "read it again from the start", "it changed while it was read: "+format, args...)
}

// contentRange reads "bytes FIRST-LAST/SIZE"; SIZE may be "*", which is -1.
func contentRange(s string) (first, size int64, ok bool) {
	span, total, ok1 := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	from, _, ok2 := strings.Cut(span, "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	size, err2 := strconv.ParseInt(total, 10, 64)
	if total == "*" {
		size, err2 = -1, nil
	}
	return first, size, ok1 && ok2 && err1 == nil && err2 == nil && first >= 0 && size >= -1
}
