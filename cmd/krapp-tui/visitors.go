package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/sshd"
)

// visitors are those that come in over SSH.
type visitors struct {
	house  *house
	log    *slog.Logger
	krapp  string        // the program for commands; "": there are none
	slots  chan struct{} // of commands that run
	memory release
}

// actor is a visitor in the audit log: what the key that authenticated says.
func actor(v sshd.Visitor) audit.Actor {
	return audit.Actor{Kind: audit.SSH, Name: v.Name, Key: v.Fingerprint, Role: string(v.Role), Address: v.Address, Session: v.Session}
}

// allowed are the contexts that a visitor may go to, the one to begin with first.
func (vs *visitors) allowed(v sshd.Visitor) []string {
	first := vs.house.first.name
	if len(v.Contexts) == 0 {
		return []string{first}
	}
	list := slices.Clone(v.Contexts)
	if i := slices.Index(list, first); i > 0 {
		list[0], list[i] = list[i], list[0]
	}
	return list
}

// desk is where a visitor sits down. The caller rises from it.
func (vs *visitors) desk(ctx context.Context, v sshd.Visitor) (*desk, error) {
	allowed := vs.allowed(v)
	p, err := vs.house.enter(ctx, allowed[0], false)
	if err != nil {
		return nil, err
	}
	return &desk{ctx: ctx, house: vs.house, who: actor(v), lookOnly: v.Role != sshd.Operator, contexts: allowed, now: p}, nil
}

// console is one interactive session.
func (vs *visitors) console(ctx context.Context, v sshd.Visitor, t sshd.Terminal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	vs.memory.came()
	defer vs.memory.left()
	d, err := vs.desk(ctx, v)
	if err != nil {
		return err
	}
	d.terminal = newRemote(ctx, t)
	return d.run()
}

// note writes what happened at the door into the audit log.
func (vs *visitors) note(e sshd.Event) {
	action, outcome := map[sshd.Kind]string{
		sshd.Refused: "ssh.refuse", sshd.Opened: "session.open", sshd.Closed: "session.close", sshd.KeyRefused: "key.refuse", sshd.KeysChanged: "keys.read",
	}[e.Kind], audit.Done
	if e.Kind == sshd.Refused || e.Kind == sshd.KeyRefused {
		outcome = audit.Refused
	}
	err := vs.house.audit.Write(audit.Entry{
		Time: e.Time, Action: action, Resource: e.Command, Detail: e.Why, Outcome: outcome,
		Actor: audit.Actor{Kind: audit.SSH, Name: e.Name, Key: e.Fingerprint, Role: string(e.Role), Address: e.Address, Session: e.Session},
	})
	if err != nil { // visitors' changes are refused by now
		vs.log.Error("the audit log can't be written", "error", err)
	}
}

// began is the first line of the audit log. Where it can't be written nothing is served.
func (vs *visitors) began(address string) error { return vs.own("serve.begin", address, nil) }

// ended is the last one.
func (vs *visitors) ended(err error) error { return vs.own("serve.end", "", err) }

func (vs *visitors) own(action, resource string, err error) error {
	e := audit.Entry{Time: time.Now(), Actor: guard.Here("krapp-tui serve"), Action: action, Resource: resource, Outcome: audit.Done}
	if err != nil {
		e.Outcome, e.Error = audit.Failed, fmt.Sprint(err)
	}
	return vs.house.audit.Write(e)
}
