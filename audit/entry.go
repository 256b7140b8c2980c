package audit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Version is that of the format.
const Version = 1

// Kind is how somebody came.
type Kind string

// The kinds of actors.
const (
	Local Kind = "local" // a user of this machine: the console, krapp
	SSH   Kind = "ssh"   // a visitor of krapp-tui serve
)

// Actor is who did it.
type Actor struct {
	Kind    Kind   `json:"kind"`
	Name    string `json:"name,omitempty"`    // ssh: the key's comment
	Key     string `json:"key,omitempty"`     // ssh: the key's fingerprint
	Role    string `json:"role,omitempty"`    // ssh: what the key may do
	Address string `json:"address,omitempty"` // ssh: the client's host:port
	Session string `json:"session,omitempty"` // ssh: one id from opened to closed; local: the process's
	User    string `json:"user,omitempty"`    // local: the user's name
	Program string `json:"program,omitempty"` // krapp, krapp-tui
}

// Outcome is how an action stands.
type Outcome string

// The outcomes. An intended action without a later line of the same ID is one that a crash cut short: it may have been done.
const (
	Intended Outcome = "intended"
	Done     Outcome = "done"
	Failed   Outcome = "failed"
	Refused  Outcome = "refused"
)

// Entry is one line.
type Entry struct {
	V        int       `json:"v"`
	Time     time.Time `json:"time"`
	ID       string    `json:"id,omitempty"` // the same in the lines of one action
	Actor    Actor     `json:"actor"`
	Context  string    `json:"context,omitempty"` // the cluster, as it is called here
	Action   string    `json:"action"`            // topic.create, run.start, session.open …
	Resource string    `json:"resource,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Outcome  Outcome   `json:"outcome"`
	Class    string    `json:"class,omitempty"` // of the error: kafkaops.Class
	Error    string    `json:"error,omitempty"`
}

// The bounds of a field, in bytes.
const (
	maxName = 256
	maxText = 1024
)

// bounded is the entry as it is written: printable, cut, in UTC.
func (e Entry) bounded() Entry {
	e.V, e.Time = Version, e.Time.UTC()
	a := &e.Actor
	for _, s := range []*string{&a.Name, &a.Key, &a.Role, &a.Address, &a.Session, &a.User, &a.Program, &e.ID, &e.Context, &e.Action, &e.Resource, &e.Class} {
		*s = clean(*s, maxName)
	}
	e.Detail, e.Error = clean(e.Detail, maxText), clean(e.Error, maxText)
	return e
}

// clean replaces what a terminal could take for a command, or show in another order, and cuts at a rune.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
	if len(s) <= most {
		return s
	}
	const cut = "…"
	s = s[:most-len(cut)]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + cut
}
