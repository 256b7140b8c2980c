// Package httpd is the HTTP shell that the roles share: where it may listen, who may ask, how much, and what an error looks like.
//
// It listens on loopback unless told otherwise; any other address needs a bearer token from a file or the explicit AllowAnonymous. Host
// and Origin are checked against a list, so that a page of another site can neither read nor post, also by DNS rebinding.
package httpd

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/worker"
)

// Options says where and for whom to serve.
type Options struct {
	Name string // the role, in logs, errors and metrics
	Addr string // host:port; port 0 takes a free one
	Flag string // how Addr is given, for hints; "" means --listen
	// TokenFile holds the bearer token that every request but those of OpenPaths needs; its mode must be 0600 or stricter.
	TokenFile string
	// AllowAnonymous serves on an address off loopback without a token (what a NetworkPolicy guards).
	AllowAnonymous bool
	AllowHosts     []string // names by which the server may be called, beside localhost and its own addresses: "krapp-produce.prod.svc"
	AllowOrigins   []string // origins, beside its own, whose pages may call: "https://ops.example.com"
	OpenPaths      []string // exact paths that need no token: worker.HealthPaths()
	BodyLimit      int64    // bytes; 0 means 1 MiB
	MaxRequests    int      // at a time, more get 503; 0 means 1024
	// NextFreePort takes the next free port when Addr's is taken (in the console; elsewhere a taken port is an error). Server.Addr says which.
	NextFreePort bool
	Untraced     bool          // requests are not for traces
	StopTimeout  time.Duration // how long requests in hand may take after the order to stop; 0 means 10 s
	// Linger is how long, after the order to stop, requests are still taken over connections that clients keep; each answer tells its client to
	// connect anew, elsewhere. Without it a request that is on its way when its connection is closed gets no answer.
	Linger   time.Duration
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent
}

// DefaultBodyLimit bounds a request's body, in bytes.
const DefaultBodyLimit = 1 << 20

// OfRole is the options with what a role decides: its name, that its health needs no token, and, where they are not given, its address, how
// long a stop may take, its registry and its log.
func (o Options) OfRole(name, addr string, stop time.Duration, registry prometheus.Registerer, log *slog.Logger) Options {
	o.Name = name
	o.OpenPaths = worker.HealthPaths()
	if o.Addr == "" {
		o.Addr = addr
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = stop
	}
	if o.Registry == nil {
		o.Registry = registry
	}
	if o.Log == nil {
		o.Log = log
	}
	return o
}

func (o Options) withDefaults() Options {
	if o.Flag == "" {
		o.Flag = "--listen"
	}
	if o.BodyLimit <= 0 {
		o.BodyLimit = DefaultBodyLimit
	}
	if o.MaxRequests <= 0 {
		o.MaxRequests = 1024
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
