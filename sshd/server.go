package sshd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"charm.land/wish/v2"
	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/kafkaops"
)

const opServe = "serving SSH on"

// Server is the SSH door: a role, as the runner of workers runs it.
type Server struct {
	options Options
	limits  Limits
	wish    *ssh.Server
	keys    *keyring
	door    *door
	audit   *auditor
	now     func() time.Time

	running sync.WaitGroup // connections

	mu    sync.Mutex
	addr  string
	conns map[*conn]struct{}
}

// New reads the host key and the authorized keys: without either nothing is served. Errors are invalid, not found or unauthorised, with a hint.
func New(o Options) (*Server, error) {
	if o.Console == nil {
		return nil, kafkaops.Errorf(kafkaops.Internal, opServe, o.Listen, "", "no console to serve")
	}
	s := &Server{options: o, limits: o.Limits.withDefaults(), now: time.Now, conns: map[*conn]struct{}{}}
	signer, err := readHostKey(o.HostKeyFile)
	if err != nil {
		return nil, err
	}
	if s.audit, err = newAuditor(o, s.now); err != nil {
		return nil, err
	}
	s.door = newDoor(s.limits, s.now)
	s.keys = &keyring{path: o.KeysFile, now: s.now, changed: func(set keySet, fault error) { s.audit.keys(o.KeysFile, set, fault) }}
	if _, fault := s.keys.look(); fault != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "reading authorized keys", o.KeysFile,
			`Write one line a key, as ssh-keygen prints it, its role before it: krapp-role="operator" ssh-ed25519 AAAA… name`, fault)
	}
	s.wish, err = wish.NewServer(wish.WithVersion("krapp"), wish.WithPublicKeyAuth(s.offered), s.configure(signer))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, opServe, o.Listen, "", err)
	}
	return s, nil
}

// configure leaves of the library's server what a console needs. Its own session handler, which grants agents, any environment and any number of
// sessions, is replaced by ours.
func (s *Server) configure(signer gossh.Signer) ssh.Option {
	return func(w *ssh.Server) error {
		w.AddHostKey(signer)
		w.ConnCallback = func(ctx ssh.Context, nc net.Conn) net.Conn {
			ctx.SetValue(connKey{}, nc)
			return nc
		}
		w.ServerConfigCallback = s.authentication
		w.ConnectionFailedCallback = s.handshakeFailed
		w.ChannelHandlers = map[string]ssh.ChannelHandler{"session": s.session, "default": s.otherChannel}
		w.RequestHandlers = map[string]ssh.RequestHandler{
			"tcpip-forward":                   s.refuseForwarding,
			"streamlocal-forward@openssh.com": s.refuseForwarding,
		}
		w.SubsystemHandlers = map[string]ssh.SubsystemHandler{}
		return nil
	}
}

// Name is the role's name.
func (s *Server) Name() string { return "ssh" }

// Addr is the address listened on; empty before ready.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Run serves until ctx ends, then tells the sessions, waits for them within Limits.Stop, and closes what is left. It returns nil after a clean stop.
func (s *Server) Run(ctx context.Context, ready func()) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.options.Listen)
	if err != nil {
		return kafkaops.NewError(kafkaops.Unavailable, opServe, s.options.Listen, "Choose another address with --listen, or stop what holds this one.", err)
	}
	s.mu.Lock()
	s.addr = listener.Addr().String()
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := context.AfterFunc(ctx, func() { listener.Close() })
	defer stopped()
	var watching sync.WaitGroup
	watching.Go(func() { s.watch(ctx) })
	ready()
	err = s.accept(ctx, listener)
	cancel()
	listener.Close()
	watching.Wait()
	return errors.Join(err, s.stop())
}

// accept takes connections in. A failure to accept (no file descriptors left) passes: it waits a little longer each time, up to a second.
func (s *Server) accept(ctx context.Context, listener net.Listener) error {
	delay := time.Duration(0)
	for {
		nc, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				nc.Close()
			}
			return nil
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return kafkaops.NewError(kafkaops.Internal, opServe, s.options.Listen, "", err)
			}
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			s.audit.log.Warn("a connection could not be accepted", "error", err.Error(), "again_in", delay.String())
			select {
			case <-ctx.Done():
			case <-time.After(delay):
			}
			continue
		}
		delay = 0
		s.receive(nc)
	}
}

// receive starts serving a connection, or closes it where there are too many; that costs no goroutine.
func (s *Server) receive(nc net.Conn) {
	remote := addrPortOf(nc.RemoteAddr())
	if why := s.door.enter(remote.Addr()); why != "" {
		nc.Close()
		s.audit.stranger(why, Event{Address: remote.String()})
		return
	}
	if tcp, ok := nc.(*net.TCPConn); ok { // what a client does not read waits here and not in a growing buffer of the kernel's
		_ = tcp.SetReadBuffer(socketBytes)
		_ = tcp.SetWriteBuffer(socketBytes)
	}
	c := newConn(s, nc)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	s.running.Go(func() { s.serve(c) })
}

// serve is one connection from its first byte to its last; its place is free again when its session has returned.
func (s *Server) serve(c *conn) {
	defer s.forget(c)
	func() {
		defer s.survive(c)
		s.wish.HandleConn(c)
	}()
	c.kill(endGone)
	c.running.Wait()
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	if g := c.proven(); g != nil {
		if c.full == "" {
			s.door.dismiss(g.key)
		}
		return
	}
	s.door.leave(c.remote.Addr())
	why, event := c.whyRefused()
	s.audit.stranger(why, event)
}

// survive ends one connection's panic there.
func (s *Server) survive(c *conn) {
	if r := recover(); r != nil {
		s.audit.log.Error("a session failed", "address", c.remote.String(), "panic", printable(fmt.Sprint(r), whyBytes), "stack", string(debug.Stack()))
		c.end(endFailed)
	}
}

// watch ends the sessions whose keys are gone.
func (s *Server) watch(ctx context.Context) {
	ticker := time.NewTicker(s.limits.Keys)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		set, fault := s.keys.look()
		for _, c := range s.all() {
			c.stillAdmitted(set, fault, s.now())
		}
	}
}

func (s *Server) all() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
}

// stop ends every session, and closes those that don't.
func (s *Server) stop() error {
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	for _, c := range s.all() {
		c.end(endStopping)
	}
	for _, wait := range []time.Duration{s.limits.Stop, restoring} {
		select {
		case <-done:
			return nil
		case <-time.After(wait):
		}
		for _, c := range s.all() {
			c.kill(endStopping)
		}
	}
	return kafkaops.Errorf(kafkaops.TimedOut, "stopping", "ssh", "", "%d sessions did not end", len(s.all()))
}
