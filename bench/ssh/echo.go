package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/bench/child"
)

// asEcho makes this command an SSH server that sends keys back, and nothing else: what a key costs on this machine at this moment at least.
const asEcho = "-as-echo"

// ready is what the echo greets with.
const ready = "ready"

// echoServer serves one connection at a time on loopback, to anybody: it can do nothing. It says on a line where, and its key.
func echoServer(ctx context.Context, out io.Writer) error {
	host, _, err := newKey()
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	fmt.Fprintln(out, l.Addr(), base64.StdEncoding.EncodeToString(host.PublicKey().Marshal()))
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return &ssh.Permissions{}, nil }}
	config.AddHostKey(host)
	for {
		c, err := l.Accept()
		if err != nil {
			return context.Cause(ctx)
		}
		if err := echo(c, config); err != nil {
			return err
		}
	}
}

// echo sends back what one session types.
func echo(c net.Conn, config *ssh.ServerConfig) error {
	defer c.Close()
	_, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return err
	}
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		channel, requests, err := asked.Accept()
		if err != nil {
			return err
		}
		go func() {
			for r := range requests {
				_ = r.Reply(true, nil)
			}
		}()
		if _, err := io.WriteString(channel, ready); err != nil {
			return err
		}
		if _, err := io.Copy(channel, channel); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		_ = channel.Close()
	}
	return nil
}

// startEcho starts the echo as a process, and a session with it.
func startEcho(ctx context.Context, env []string) (*visitor, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	read, write := io.Pipe()
	p, err := child.Start(ctx, child.Spec{Args: []string{self, asEcho}, Env: env, Out: write})
	if err != nil {
		return nil, nil, err
	}
	kill := func() { p.Stop(0) }
	context.AfterFunc(ctx, func() { _ = read.Close() })
	line, err := bufio.NewReader(read).ReadString('\n')
	var v *visitor
	if err == nil {
		v, err = visitEcho(ctx, line)
	}
	if err != nil {
		kill()
		return nil, nil, err
	}
	return v, func() { v.leave(); kill() }, nil
}

// visitEcho opens a session with the echo that said this of itself.
func visitEcho(ctx context.Context, line string) (*visitor, error) {
	var address, key string
	if _, err := fmt.Sscan(line, &address, &key); err != nil {
		return nil, fmt.Errorf("reading where the echo is: %w", err)
	}
	b, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, err
	}
	host, err := ssh.ParsePublicKey(b)
	if err != nil {
		return nil, err
	}
	user, _, err := newKey()
	if err != nil {
		return nil, err
	}
	config := clientConfig(user, user)
	config.HostKeyCallback = ssh.FixedHostKey(host)
	return visit(ctx, address, config, ready)
}
