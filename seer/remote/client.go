// Package remote is a seer over HTTP as a seer.Asker: the client of what seer/serve serves.
//
// The server is not trusted: what it sends is bounded and checked, redirections are not followed, and what it says is only ever text.
package remote

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Options say which seer to ask.
type Options struct {
	URL string // "http://127.0.0.1:8030"; a path before /ask is kept
	// Token is the bearer token that the seer wants; none is sent without.
	Token kafkaops.Secret
	// HTTPClient is what asks; nil: one that connects within 5 s. Its redirections are never followed.
	HTTPClient *http.Client
	// Silence is how long the server may send nothing at all before it is taken for dead; 0 means DefaultSilence. A seer at work sends a sign of
	// life every 15 s.
	Silence time.Duration
}

// DefaultSilence is how long a server may be silent.
const DefaultSilence = 60 * time.Second

// Client asks a seer over HTTP. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	token   kafkaops.Secret
	http    *http.Client
	silence time.Duration
}

// New checks the options; nothing is sent yet. Errors are invalid.
func New(o Options) (*Client, error) {
	const op = "reading the seer's URL"
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, shown(o.URL), "give scheme and address: http://127.0.0.1:8030", "not the URL of a seer")
	}
	if base.User != nil { // it would show in logs and process lists
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, base.Host, "put the token into a file: --seer-token-file FILE", "a URL must not hold a password")
	}
	token := o.Token
	if strings.ContainsAny(token.Reveal(), "\r\n\x00") {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "reading the seer's token", "", "give one line", "it has line ends")
	}
	c := &Client{base: base, token: token, silence: o.Silence}
	if c.silence <= 0 {
		c.silence = DefaultSilence
	}
	c.http = clientOf(o.HTTPClient)
	return c, nil
}

// clientOf copies the client: the token must not travel to where a redirection points.
func clientOf(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	} else {
		c.Transport = &http.Transport{
			DialContext: dial, TLSHandshakeTimeout: connectLimit, MaxResponseHeaderBytes: 64 << 10, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
			DisableCompression: true, // what is bounded is what comes over the wire
		}
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// URL is the seer's address, for people.
func (c *Client) URL() string { return c.base.String() }

// request makes a request to one of the seer's paths.
func (c *Client) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	to := c.base.JoinPath(path)
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bodyOf(body))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "asking the seer at", c.URL(), "", err)
	}
	if !c.token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	return req, nil
}
