package sshd

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// The size of a terminal that does not say, and the largest that is believed.
const (
	defaultWidth, defaultHeight = 80, 24
	maxWidth, maxHeight         = 1000, 500
)

// What of the environment is taken, and what a value may look like: these go to code that looks up terminals and languages.
var environment = map[string]*regexp.Regexp{
	"TERM":      regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`),
	"COLORTERM": regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`),
	"LANG":      regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@-]{0,63}$`),
}

// request answers one request of the session's channel. What isn't here isn't given.
func (se *session) request(kind string, payload []byte) bool {
	switch kind {
	case "pty-req":
		return se.takeTerminal(payload)
	case "window-change":
		return se.takeSize(payload)
	case "env":
		var pair struct{ Name, Value string }
		return gossh.Unmarshal(payload, &pair) == nil && se.takeVariable(pair.Name, pair.Value)
	case "shell", "exec":
		return se.done == nil // one thing a session
	case "subsystem":
		se.server.refuse(se.conn, whySubsystem, payloadText(payload))
	case "auth-agent-req@openssh.com":
		se.server.refuse(se.conn, whyAgent, "")
	case "x11-req":
		se.server.refuse(se.conn, whyX11, "")
	}
	return false
}

// takeTerminal takes the client's terminal, once and before anything runs.
func (se *session) takeTerminal(payload []byte) bool {
	var p struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	if se.pty || se.done != nil || !se.console || gossh.Unmarshal(payload, &p) != nil {
		return false
	}
	se.pty = true
	se.size = sizeOf(p.Columns, p.Rows, Size{defaultWidth, defaultHeight})
	se.takeVariable("TERM", p.Term)
	return true
}

func (se *session) takeSize(payload []byte) bool {
	var p struct{ Columns, Rows, Width, Height uint32 }
	if !se.pty || gossh.Unmarshal(payload, &p) != nil {
		return false
	}
	size := sizeOf(p.Columns, p.Rows, se.size)
	if se.done == nil {
		se.size = size // nobody has seen the first one yet
		return true
	}
	select {
	case <-se.resize: // the newest wins
	default:
	}
	se.resize <- size // never blocks: there is room for one, and nobody else sends
	return true
}

func (se *session) takeVariable(name, value string) bool {
	pattern, ok := environment[name]
	if !ok || se.done != nil || !pattern.MatchString(value) {
		return false
	}
	se.env[name] = value
	return true
}

func (se *session) environ() []string {
	var environ []string
	for _, name := range []string{"TERM", "COLORTERM", "LANG"} {
		if value, ok := se.env[name]; ok {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// sizeOf clamps what a client claims; 0 means that it does not know.
func sizeOf(columns, rows uint32, otherwise Size) Size {
	size := otherwise
	if columns > 0 {
		size.Width = int(min(columns, maxWidth))
	}
	if rows > 0 {
		size.Height = int(min(rows, maxHeight))
	}
	return size
}

func commandOf(payload []byte) string { return payloadText(payload) }

// payloadText is the one string of a request; a malformed one is empty.
func payloadText(payload []byte) string {
	var p struct{ Text string }
	if gossh.Unmarshal(payload, &p) != nil {
		return ""
	}
	return p.Text
}

// refuse counts something that a proven client was refused; each connection's first of a kind is told.
func (s *Server) refuse(c *conn, why reason, detail string) {
	s.audit.refused.WithLabelValues(string(why)).Inc()
	g := c.proven()
	if g == nil || !c.first(why) {
		return
	}
	s.audit.tell(Event{Kind: Refused, Name: g.name, Fingerprint: g.fingerprint, Role: g.role, Address: c.remote.String(), Why: withDetail(why, detail)})
}

// otherChannel refuses every channel that is no session: forwardings, mostly.
func (s *Server) otherChannel(_ *ssh.Server, _ *gossh.ServerConn, nc gossh.NewChannel, ctx ssh.Context) {
	c := connOf(ctx)
	defer s.survive(c)
	if c.another() {
		c.kill(endGreedy)
		return
	}
	why, detail := whyChannel, nc.ChannelType()
	if strings.HasPrefix(detail, "direct-") {
		why = whyForwarding
	}
	s.refuse(c, why, detail)
	_ = nc.Reject(gossh.Prohibited, "krapp: nothing is forwarded here")
}

// refuseForwarding refuses to listen for a client.
func (s *Server) refuseForwarding(ctx ssh.Context, _ *ssh.Server, r *gossh.Request) (bool, []byte) {
	s.refuse(connOf(ctx), whyForwarding, r.Type)
	return false, nil
}
