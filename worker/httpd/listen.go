package httpd

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Server is a bound listener and who may use it. It is made by Listen and ended by Serve (or Close, when Serve is never called).
type Server struct {
	o        Options
	listener net.Listener
	guard    *guard
	metrics  *metrics
	stopping chan struct{}
}

// Listen checks the options and binds the address; ctx is for that only. Errors: invalid (an address off loopback without token or AllowAnonymous, a token file
// that others can read), conflict (the port is taken).
func Listen(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	host, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "listening on", o.Addr, "give host:port, such as 127.0.0.1:8000", err)
	}
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	if !isLoopback(host) && !g.hasToken && !o.AllowAnonymous {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "listening on", o.Addr,
			"listen on 127.0.0.1, give a token with --token-file FILE, or say --allow-anonymous if the network guards it",
			"off loopback anyone could call it without a token")
	}
	l, err := bind(ctx, host, port, o.NextFreePort)
	if err != nil {
		return nil, bindError(o, err)
	}
	m, err := newMetrics(o)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return &Server{o: o, listener: l, guard: g, metrics: m, stopping: make(chan struct{})}, nil
}

// isLoopback says whether only this machine reaches the host. A name other than localhost is not trusted to be.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// bind listens; with next it goes on to the next ports, and to any at last.
func bind(ctx context.Context, host, port string, next bool) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err == nil || !next || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	first, convErr := strconv.Atoi(port)
	if convErr != nil {
		return nil, err
	}
	const tries = 50
	for p := first + 1; p <= min(first+tries, 65535); p++ {
		if l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(p))); err == nil {
			return l, nil
		}
	}
	return config.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
}

func bindError(o Options, err error) error {
	addr := o.Addr
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return kafkaops.NewError(kafkaops.Conflict, "listening on", addr, "another process has that port: stop it, or give another address with "+o.Flag, err)
	case errors.Is(err, syscall.EACCES):
		return kafkaops.NewError(kafkaops.Unauthorised, "listening on", addr, "take a port above 1023", err)
	default:
		return kafkaops.NewError(kafkaops.Invalid, "listening on", addr, "give an address of this machine, such as 127.0.0.1:8000", err)
	}
}

// Addr is the bound host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the server's own URL, without a path.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Close gives the port back when Serve was not called.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers requests until ctx ends; then it takes no more, gives those in hand StopTimeout, and closes. Streams end at once. It returns
// nil after a clean stop and a timed-out OpError when requests had to be cut.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	srv := &http.Server{
		Handler:           s.shell(h),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		// Requests outlive the order to stop, so that what a client was promised is kept.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, s.stopping)
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(s.listener) }()
	s.o.Log.Info("listening", "role", s.o.Name, "address", s.Addr(), "token", s.guard.hasToken)
	select {
	case err := <-ended:
		return kafkaops.NewError(kafkaops.Internal, "serving on", s.Addr(), "", err)
	case <-ctx.Done():
	}
	close(s.stopping)
	time.Sleep(s.o.Linger) // clients that keep their connections are told meanwhile
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.StopTimeout)
	defer cancel()
	err := srv.Shutdown(limit)
	if err != nil {
		_ = srv.Close() // cut what is left; the error says so
		return kafkaops.Errorf(kafkaops.TimedOut, "stopping to serve on", s.Addr(), "clients repeat what got no answer", "requests were still in hand after %s", s.o.StopTimeout)
	}
	return nil
}

type stoppingKey struct{}

// stoppingOf returns the channel that is closed when the request's server stops; nil outside a Server.
func stoppingOf(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(stoppingKey{}).(chan struct{})
	return c
}
