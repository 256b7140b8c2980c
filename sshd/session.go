package sshd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/charmbracelet/ssh"
	"github.com/oklog/ulid/v2"
	gossh "golang.org/x/crypto/ssh"
)

// session is the one session of a connection: a console or a command.
type session struct {
	server  *Server
	conn    *conn
	visitor Visitor
	console bool // whether the key has one
	channel gossh.Channel
	out     *output
	in      *input
	env     map[string]string
	pty     bool
	size    Size
	resize  chan Size
	done    chan struct{} // closed when what runs has returned; nil: nothing has begun
}

// session handles a channel of type "session". It returns when the client has closed it and what ran in it has returned.
func (s *Server) session(_ *ssh.Server, sc *gossh.ServerConn, nc gossh.NewChannel, ctx ssh.Context) {
	c := connOf(ctx)
	defer s.survive(c)
	g, ok := grantOf(sc)
	if !ok {
		c.kill(endFailed) // can't be: who has proven no key has no channels
		return
	}
	if why, greedy := c.begin(); why != "" {
		s.refuse(c, why, "")
		if greedy {
			c.kill(endGreedy)
			return
		}
		_ = nc.Reject(gossh.ResourceShortage, "krapp: "+string(why))
		return
	}
	defer c.running.Done()
	defer c.kill(endGone)
	channel, requests, err := nc.Accept()
	if err != nil {
		return
	}
	se := &session{server: s, conn: c, visitor: g.visitor(c), console: g.console, channel: channel, env: map[string]string{}}
	se.out = newOutput(c, channel)
	se.resize = make(chan Size, 1)
	go c.keepalive(sc)
	se.serve(requests)
}

func grantOf(sc *gossh.ServerConn) (*grant, bool) {
	if sc.Permissions == nil {
		return nil, false
	}
	g, ok := sc.Permissions.ExtraData[grantKey{}].(*grant)
	return g, ok
}

func (g *grant) visitor(c *conn) Visitor {
	return Visitor{
		Session: ulid.Make().String(), Name: g.name, Fingerprint: g.fingerprint, Role: g.role,
		Contexts: append([]string(nil), g.contexts...), MayExec: g.mayExec, Address: c.remote.String(),
	}
}

// serve answers the client's requests until the channel is closed, then waits for what runs.
func (se *session) serve(requests <-chan *gossh.Request) {
	defer func() {
		close(se.resize)
		se.conn.cancel(endGone)
		if se.done != nil {
			<-se.done
		}
	}()
	for r := range requests {
		ok := se.request(r.Type, r.Payload)
		if err := r.Reply(ok, nil); err != nil {
			return
		}
		if ok && (r.Type == "shell" || r.Type == "exec") {
			se.start(r.Type, r.Payload)
		}
	}
}

// start runs the console or the command beside the requests.
func (se *session) start(kind string, payload []byte) {
	if !se.conn.start() {
		return
	}
	se.done = make(chan struct{})
	se.out.terminal = se.pty
	go func() {
		defer close(se.done)
		code := 1
		func() {
			defer se.server.survive(se.conn)
			if kind == "exec" {
				code = se.runCommand(commandOf(payload))
			} else {
				code = se.runConsole()
			}
		}()
		if causeOf(se.conn.ctx) == endFailed {
			fmt.Fprintf(se.out, "krapp: closed: %s\n", endFailed)
		}
		se.exit(code)
	}()
}

// runConsole is one interactive session.
func (se *session) runConsole() int {
	switch {
	case !se.console:
		return se.turnAway(whyNoConsole, "this key has no console")
	case !se.pty:
		return se.turnAway(whyNoTerminal, "the console needs a terminal: ssh -t …")
	}
	c, l := se.conn, se.server.limits
	idle := time.AfterFunc(l.Idle, func() { c.end(endIdle) })
	defer idle.Stop()
	longest := time.AfterFunc(l.Longest, func() { c.end(endLongest) })
	defer longest.Stop()
	se.in = newInput(c, func() { idle.Reset(l.Idle) })
	go se.in.pump(se.channel)
	go discard(se.channel.Stderr())
	context.AfterFunc(c.ctx, se.in.close)
	defer se.in.close() // whoever still waits for input, or with it

	se.opened("")
	failure := errors.New(string(endFailed)) // stands if the console panics
	defer func() { se.closed(failure) }()
	failure = se.server.options.Console(c.ctx, se.visitor, Terminal{
		Input: se.in, Output: se.out, Environ: se.environ(), Size: se.size, Resize: se.resize,
	})
	return se.goodbye(failure)
}

// goodbye tells the client why its session has ended, where it did not end it itself.
func (se *session) goodbye(failure error) int {
	if why := causeOf(se.conn.ctx); why != "" {
		if why != endGone {
			fmt.Fprintf(se.out, "krapp: closed: %s\n", why)
		}
		return 1
	}
	if failure != nil {
		fmt.Fprintf(se.out, "krapp: %s\n", printable(failure.Error(), whyBytes))
		return 1
	}
	return 0
}

// runCommand runs one command for a key that may.
func (se *session) runCommand(line string) int {
	if se.server.options.Exec == nil || !se.visitor.MayExec {
		return se.turnAway(whyCommand, "this key runs no commands here")
	}
	argv, err := splitCommand(line)
	if err == nil && len(argv) == 0 {
		err = errors.New("empty")
	}
	if err != nil {
		return se.turnAway(whyMalformed, "the command can't be read: "+printable(err.Error(), whyBytes))
	}
	longest := time.AfterFunc(se.server.limits.Longest, func() { se.conn.end(endLongest) })
	defer longest.Stop()
	go discard(se.channel)
	go discard(se.channel.Stderr())
	se.opened(line)
	failure := errors.New(string(endFailed))
	defer func() { se.closed(failure) }()
	code := se.server.options.Exec(se.conn.ctx, se.visitor, argv, se.out, se.out.beside(se.channel.Stderr()))
	failure = nil
	return code
}

// turnAway says in one line why there is nothing for the client here.
func (se *session) turnAway(why reason, text string) int {
	se.server.refuse(se.conn, why, "")
	fmt.Fprintf(se.out.beside(se.channel.Stderr()), "krapp: %s\n", text)
	return 1
}

// exit sends the exit status and closes the channel. A client that does not close its own then is closed.
func (se *session) exit(code int) {
	status := struct{ Status uint32 }{uint32(code)}
	_, _ = se.channel.SendRequest("exit-status", false, gossh.Marshal(&status))
	_ = se.channel.Close()
	se.conn.linger()
}

func (se *session) opened(command string) {
	se.server.audit.sessions.Inc()
	se.tell(Event{Kind: Opened, Command: command})
}

func (se *session) closed(failure error) {
	se.server.audit.sessions.Dec()
	e := Event{Kind: Closed, Why: "left"}
	if why := causeOf(se.conn.ctx); why != "" {
		e.Why = string(why)
	} else if failure != nil {
		e.Why = failure.Error()
	}
	se.tell(e)
}

func (se *session) tell(e Event) {
	v := se.visitor
	e.Session, e.Name, e.Fingerprint, e.Role, e.Address = v.Session, v.Name, v.Fingerprint, v.Role, v.Address
	se.server.audit.tell(e)
}

// causeOf is why a connection's context has ended; empty: it has not.
func causeOf(ctx context.Context) ending {
	why, _ := errors.AsType[ending](context.Cause(ctx))
	return why
}
