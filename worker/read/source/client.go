package source

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// newClient returns a client that asks for one source: HTTP/1.1, a connection each, redirects on the host only. Proxies come from the
// environment.
func newClient(o *Options) *http.Client {
	client := &http.Client{}
	if o.Client != nil {
		*client = *o.Client
	} else {
		dialer := &net.Dialer{Timeout: o.ConnectTimeout}
		client.Transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer.DialContext,
			TLSHandshakeTimeout:   o.ConnectTimeout,
			ResponseHeaderTimeout: o.HeaderTimeout,
			DisableCompression:    true, // what is stored is looked at, not unpacked on the way
			DisableKeepAlives:     true, // and net/http would log what a server sends behind its answer
			ReadBufferSize:        64 << 10,
		}
	}
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		return redirect(via[len(via)-1].URL, req.URL, len(via), o.AllowHosts)
	}
	return client
}

// redirect follows few, on the host only: another host was not asked for, and could be anything that this process can reach.
func redirect(from, to *url.URL, n int, hosts []string) error {
	if n > maxRedirects {
		return faultf(kafkaops.Invalid, "name the URL that it ends at", "it redirects more than %d times", maxRedirects)
	}
	upgraded := from.Scheme == "http" && to.Scheme == "https" && from.Port() == "" && to.Port() == ""
	if !strings.EqualFold(from.Hostname(), to.Hostname()) || !upgraded && hostPort(from) != hostPort(to) {
		return faultf(kafkaops.Unsupported, "name the other URL in the job if it is the right one", "host %s redirects to another host, %s", from.Host, to.Host)
	}
	return allowed(to, hosts)
}

// allowed refuses what isn't https, except http to hosts that are listed.
func allowed(u *url.URL, hosts []string) error {
	switch {
	case u.Hostname() == "":
		return faultf(kafkaops.Invalid, "check the URL", "it names no host")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return faultf(kafkaops.Unsupported, "use an https URL or a path", "sources are not read over %q", u.Scheme)
	}
	if slices.ContainsFunc(hosts, func(h string) bool {
		return strings.EqualFold(h, u.Hostname()) || strings.EqualFold(h, u.Host) || strings.EqualFold(h, hostPort(u))
	}) {
		return nil
	}
	return faultf(kafkaops.Unauthorised, "use https, or allow the host by name", "host %s is not allowed over plain http", u.Host)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// safeName is how a source is named in errors: a URL without its password.
func safeName(urlOrPath string) string {
	if !strings.Contains(urlOrPath, "://") {
		return urlOrPath
	}
	u, err := url.Parse(urlOrPath)
	if err != nil {
		scheme, _, _ := strings.Cut(urlOrPath, "://")
		return scheme + "://…"
	}
	return u.Redacted()
}
