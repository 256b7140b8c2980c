package httpd

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/secretfile"
)

// minToken is the shortest token taken, in bytes: what guards a port must not be guessed.
const minToken = 16

// guard decides who may ask.
type guard struct {
	hasToken bool
	token    [sha256.Size]byte // hashed, so that the comparison takes the same time whatever is sent
	hosts    []string          // lower case, without port
	origins  []string
	open     []string
}

func newGuard(o Options) (*guard, error) {
	g := &guard{open: o.OpenPaths}
	for _, h := range o.AllowHosts {
		g.hosts = append(g.hosts, strings.ToLower(hostOnly(h)))
	}
	for _, origin := range o.AllowOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" {
			return nil, kafkaops.Errorf(kafkaops.Invalid, "reading the allowed origins", origin, "give scheme and host: https://ops.example.com", "not an origin")
		}
		g.origins = append(g.origins, strings.ToLower(u.Scheme+"://"+u.Host))
	}
	if o.TokenFile == "" {
		return g, nil
	}
	const op, hint = "reading the token file", "write one: (umask 077; openssl rand -hex 32 > FILE)"
	secret, err := secretfile.Read(op, o.TokenFile)
	if err != nil {
		return nil, err
	}
	token := strings.TrimSpace(secret.Reveal())
	if len(token) < minToken {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, o.TokenFile, hint, "the token is shorter than %d bytes", minToken)
	}
	g.hasToken, g.token = true, sha256.Sum256([]byte(token))
	return g, nil
}

// check returns the status and error for a request that must not pass; nil lets it pass.
func (g *guard) check(r *http.Request) (int, error) {
	const op = "checking the request"
	if !g.hostAllowed(r) {
		return http.StatusMisdirectedRequest, kafkaops.Errorf(kafkaops.Unauthorised, op, "", "call it by its address, or allow the name with --allow-host",
			"the host %q is not one of this server's", r.Host)
	}
	if !g.originAllowed(r) {
		return http.StatusForbidden, kafkaops.Errorf(kafkaops.Unauthorised, op, "", "allow the origin with --allow-origin if that page is yours",
			"the origin %q may not call this server", r.Header.Get("Origin"))
	}
	if !g.tokenGiven(r) {
		return http.StatusUnauthorized, kafkaops.Errorf(kafkaops.Unauthenticated, op, "", "send the header Authorization: Bearer TOKEN", "no valid token was sent")
	}
	return 0, nil
}

// hostAllowed guards against DNS rebinding: the page of a foreign name that was pointed at this address sends the foreign name.
func (g *guard) hostAllowed(r *http.Request) bool {
	host := strings.ToLower(hostOnly(r.Host))
	if slices.Contains(g.hosts, host) {
		return true
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	bound := net.ParseIP(hostOnly(local.String()))
	if host == "localhost" {
		return bound.IsLoopback()
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.Equal(bound)
}

// originAllowed guards against pages of other sites. A client that is no browser sends no Origin.
func (g *guard) originAllowed(r *http.Request) bool {
	origin := strings.ToLower(r.Header.Get("Origin"))
	if slices.Contains(g.origins, origin) {
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); origin == "" {
		return site == "" || site == "none" || site == "same-origin" || r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
	}
	// hostAllowed has passed the Host, so an origin on the very same host and port is this server's own page.
	return origin == "http://"+strings.ToLower(r.Host) || origin == "https://"+strings.ToLower(r.Host)
}

// tokenGiven accepts the token as a bearer, or as the password of basic authentication, which is all that a browser can send.
func (g *guard) tokenGiven(r *http.Request) bool {
	if !g.hasToken || slices.Contains(g.open, r.URL.Path) {
		return true
	}
	given, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		_, given, _ = r.BasicAuth()
	}
	sum := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

// hostOnly drops a port and the brackets of an IPv6 address.
func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}
