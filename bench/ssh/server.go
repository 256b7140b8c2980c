package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/bench/child"
)

// server is the krapp-tui serve that is measured.
type server struct {
	address string
	process *child.Process
	config  *ssh.ClientConfig
}

// serve starts the server with keys of its own, and waits until it listens.
func (s *setting) serve(ctx context.Context) (*server, error) {
	host, hostPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	user, _, err := newKey()
	if err != nil {
		return nil, err
	}
	hostFile, usersFile := filepath.Join(s.dir, "host_key"), filepath.Join(s.dir, "authorized_keys")
	if err := os.WriteFile(hostFile, hostPEM, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(usersFile, ssh.MarshalAuthorizedKey(user.PublicKey()), 0o600); err != nil {
		return nil, err
	}
	v := &server{config: clientConfig(host, user)}
	if v.address, err = child.FreeAddress(); err != nil {
		return nil, err
	}
	most := strconv.Itoa(s.sessions + 1)
	v.process, err = child.Start(ctx, child.Spec{Env: s.clustered(), Args: s.command("krapp-tui", "serve", "--listen", v.address, "--host-key", hostFile,
		"--authorized-keys", usersFile, "--max-sessions", most, "--max-sessions-per-key", most, "--monitor-listen", "none", "--log-level", "warn")})
	if err != nil {
		return nil, err
	}
	if err = listens(ctx, v.process, v.address); err != nil {
		v.close()
	}
	return v, err
}

// listens waits until a process listens.
func listens(ctx context.Context, p *child.Process, address string) error {
	return child.Eventually(ctx, 20*time.Second, "somebody to listen at "+address, func() (bool, error) {
		select {
		case <-p.Done():
			return false, p.Err()
		default:
		}
		c, err := net.DialTimeout("tcp", address, time.Second) //nolint:noctx // it has a limit
		if err == nil {
			_ = c.Close()
		}
		return err == nil, nil
	})
}

func (v *server) close() { v.process.Stop(15 * time.Second) }

func clientConfig(host, user ssh.Signer) *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User: "bench", Auth: []ssh.AuthMethod{ssh.PublicKeys(user)}, HostKeyCallback: ssh.FixedHostKey(host.PublicKey()), Timeout: 10 * time.Second,
	}
}

// newKey makes a key pair, and its private part as a file.
func newKey() (ssh.Signer, []byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "bench")
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(private)
	return signer, pem.EncodeToMemory(block), err
}
