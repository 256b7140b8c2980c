package sshd

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Role is what a key may do in the console; the service layer enforces it.
type Role string

// The roles that krapp-role="…" in the authorized-keys file gives. A key without the option is read-only.
const (
	Operator Role = "operator"
	ReadOnly Role = "read-only"
)

// Visitor is who came in: everything here comes from the key that authenticated, never from one that was merely offered, nor from the user name.
type Visitor struct {
	Session     string   // random id of the session (a ULID)
	Name        string   // the key's comment, printable and bounded
	Fingerprint string   // SHA256:…
	Role        Role     //
	Contexts    []string // allowed contexts; empty: only the one that the server was started with
	MayExec     bool     //
	Address     string   // remote host:port
}

// Size is a terminal's, in cells: 1–1000 wide, 1–500 high.
type Size struct{ Width, Height int }

// Terminal is the client's.
type Terminal struct {
	Input   io.Reader   // what is typed; io.EOF when the client has gone
	Output  io.Writer   // the screen; fails once the client has gone, or has not read for Limits.Write
	Environ []string    // TERM, COLORTERM and LANG only, each checked
	Size    Size        // at the beginning
	Resize  <-chan Size // newest wins; closed at the end
}

// Options say what is served, to whom and within which limits.
type Options struct {
	Listen      string // host:port; port 0 takes a free one, see Addr
	HostKeyFile string // private key, made with ssh-keygen; never made here
	KeysFile    string // authorized keys, see Keys

	// Console is one interactive session. Its context ends when the client is gone, idle or here too long, when its key was revoked, or when the
	// server stops; context.Cause says which.
	Console func(ctx context.Context, v Visitor, t Terminal) error
	// Exec runs one command and returns its exit code. nil: commands are refused.
	Exec func(ctx context.Context, v Visitor, argv []string, stdout, stderr io.Writer) int
	// Note takes the audit events. It is called from many goroutines and must not block for long. nil: nobody listens.
	Note func(Event)

	Limits   Limits                // zero values take the defaults
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: nothing is logged
}

// Kind is what happened.
type Kind string

// What an Event tells of.
const (
	Refused     Kind = "refused"      // a connection, a key, a session or a command was turned away; Why says why
	Opened      Kind = "opened"       // a session began; Command is set where it is a command
	Closed      Kind = "closed"       // a session ended; Why says how
	KeyRefused  Kind = "key refused"  // a line of the authorized-keys file is not honoured; Why says which and why
	KeysChanged Kind = "keys changed" // the authorized-keys file was read anew, or can't be; Why says what it holds now
)

// Event is one line for the audit log. All its text is printable and bounded.
type Event struct {
	Time        time.Time
	Kind        Kind
	Session     string
	Name        string
	Fingerprint string
	Role        Role
	Address     string
	Why         string
	Command     string
}
