package sshd

import (
	"errors"
	"net"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

type (
	connKey  struct{} // of the *conn in a context of the library's
	grantKey struct{} // of the *grant in the permissions of a connection
)

func connOf(ctx ssh.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// authentication is the configuration of one connection: public keys alone.
//
// Who somebody is, is decided in the VerifiedPublicKeyCallback: it is called with the key whose signature was checked. The other callback (offered)
// is called with any key that a client cares to name, an operator's among them, and so decides nothing but whether a signature is worth asking for.
func (s *Server) authentication(ctx ssh.Context) *gossh.ServerConfig {
	c := connOf(ctx)
	return &gossh.ServerConfig{
		Config:                  transport(),
		PublicKeyAuthAlgorithms: signatures(),
		MaxAuthTries:            s.limits.Attempts,
		VerifiedPublicKeyCallback: func(_ gossh.ConnMetadata, key gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
			g, why := s.keys.find(key, c.remote.Addr())
			if why != "" { // the file may have changed since the key was offered
				return nil, errors.New(string(why))
			}
			c.prove(g)
			return &gossh.Permissions{ExtraData: map[any]any{grantKey{}: g}}, nil
		},
	}
}

// offered says whether a signature by this key is worth asking for.
func (s *Server) offered(ctx ssh.Context, key ssh.PublicKey) bool {
	c := connOf(ctx)
	_, why := s.keys.find(key, c.remote.Addr())
	if why == "" {
		return true
	}
	c.deny(why, Event{Fingerprint: gossh.FingerprintSHA256(key), Address: c.remote.String(), Why: "as " + printable(ctx.User(), nameBytes)})
	return false
}

// handshakeFailed notes why a client never came to offer a key. Wish hands over its own connection, so ours is found by the address.
func (s *Server) handshakeFailed(nc net.Conn, err error) {
	remote := addrPortOf(nc.RemoteAddr())
	if _, isAuth := errors.AsType[*gossh.ServerAuthError](err); isAuth {
		return // offered has said why
	}
	for _, c := range s.all() {
		if c.remote == remote && c.proven() == nil {
			c.stumbled(err)
		}
	}
}

// stumbled notes a failure that is not one of a key, unless a key was refused before it.
func (c *conn) stumbled(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == "" {
		c.failed, c.failure = whyHandshake, Event{Why: err.Error()}
	}
}

// whyRefused says why a connection that has ended never proved a key.
func (c *conn) whyRefused() (reason, Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	why, e := c.failed, c.failure
	e.Address = c.remote.String()
	if causeOf(c.ctx) == endSlow {
		return whySlow, Event{Address: e.Address}
	}
	if why == "" {
		why = whyNoProof
	}
	return why, e
}
