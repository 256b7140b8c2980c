package guard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"os/user"
	"slices"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/kafkaops"
)

// Guard decides for one actor in one context. It is not changed once it is in use; its methods may be called from any goroutine.
type Guard struct {
	Who      audit.Actor
	Context  string   // where it is, by name
	Contexts []string // where it may go; nil: anywhere
	// ContextReadOnly and LookOnly refuse every change: the first is the context's, the second the visitor's.
	ContextReadOnly, LookOnly bool
	// Served says that the console is shown to somebody else: the machine that it runs on is none of their business.
	Served bool
	// Log takes the entries. For a visitor, what can't be written down is not done.
	Log audit.Log
	// Unlogged is told when a local user's change could not be written down; it goes on. nil: nobody is told.
	Unlogged func(error)
	Now      func() time.Time // nil: time.Now
}

// ReadOnly says that nothing can be changed here.
func (g *Guard) ReadOnly() bool { return g.ContextReadOnly || g.LookOnly }

// Check says why an action is refused; nil: it isn't. A refusal is written down.
func (g *Guard) Check(a Action) error {
	err := g.refusal(a)
	if err != nil {
		g.Refused(a, err)
	}
	return err
}

// Refused writes down that an action was refused by somebody else, and why.
func (g *Guard) Refused(a Action, err error) { _ = g.write("", a, audit.Refused, err) } // it is refused anyway

func (g *Guard) refusal(a Action) error {
	r, known := rules(a.Kind)
	op := "asking for " + string(a.Kind)
	switch {
	case !known:
		return kafkaops.Errorf(kafkaops.Internal, op, a.Resource, "", "there is no rule for it")
	case r.changes && g.LookOnly:
		return kafkaops.Errorf(kafkaops.Unauthorised, op, a.Resource, "Ask who runs this server for a key with krapp-role=\"operator\".", "your key may only look")
	case r.changes && g.ContextReadOnly:
		return kafkaops.Errorf(kafkaops.Unauthorised, op, a.Resource, "Choose another context.", "the context is read-only")
	case r.served != "" && g.Served:
		return kafkaops.Errorf(kafkaops.Unsupported, op, a.Resource, r.hint, "%s", r.served)
	case a.Files && g.Served:
		files, _ := rules(ReadFile)
		return kafkaops.Errorf(kafkaops.Unsupported, op, a.Resource, files.hint, "%s", files.served)
	case a.Kind == GoToContext && g.Contexts != nil && !slices.Contains(g.Contexts, a.Resource):
		return kafkaops.Errorf(kafkaops.Unauthorised, op, a.Resource, "See :contexts for those that you may go to.", "your key does not allow that context")
	}
	return nil
}

// Do does an action, if this actor may: what is intended is written down first, and how it ended after.
func (g *Guard) Do(ctx context.Context, a Action, do func(context.Context) error) (err error) {
	if err := g.Check(a); err != nil {
		return err
	}
	if r, _ := rules(a.Kind); r.quiet {
		return do(ctx)
	}
	id := newID()
	if err := g.write(id, a, audit.Intended, nil); err != nil {
		if g.Who.Kind != audit.Local {
			return kafkaops.NewError(kafkaops.Unavailable, "asking for "+string(a.Kind), a.Resource, "Tell who runs this server: what can't be written down is not done.", err)
		}
		if g.Unlogged != nil {
			g.Unlogged(err)
		}
	}
	ended := false
	defer func() { // also where it panics
		outcome := audit.Done
		switch {
		case !ended:
			outcome, err = audit.Failed, errBroke
		case err != nil:
			outcome = audit.Failed
		case a.Result != nil:
			a.Detail = join(a.Detail, a.Result())
		}
		_ = g.write(id, a, outcome, err) // the intention is there
	}()
	err = do(ctx)
	ended = true
	return err
}

type constError string

func (e constError) Error() string { return string(e) }

const errBroke constError = "it broke off"

// Get is Do for what returns something.
func Get[T any](ctx context.Context, g *Guard, a Action, do func(context.Context) (T, error)) (T, error) {
	var got T
	err := g.Do(ctx, a, func(ctx context.Context) error {
		var err error
		got, err = do(ctx)
		return err
	})
	return got, err
}

func (g *Guard) write(id string, a Action, outcome audit.Outcome, err error) error {
	if g.Log == nil {
		return kafkaops.Errorf(kafkaops.Unavailable, "writing the audit log", "", "", "there is none")
	}
	now := time.Now
	if g.Now != nil {
		now = g.Now
	}
	e := audit.Entry{Time: now(), ID: id, Actor: g.Who, Context: g.Context, Action: string(a.Kind), Resource: a.Resource, Detail: a.Detail, Outcome: outcome}
	if err != nil {
		e.Class, e.Error = string(kafkaops.ClassOf(err)), err.Error()
	}
	return g.Log.Write(e)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// newID tells one action's lines from all others.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails: crypto/rand ends the process first
	return hex.EncodeToString(b[:])
}

// Here is the user of this process.
func Here(program string) audit.Actor {
	a := audit.Actor{Kind: audit.Local, Program: program, Session: strconv.Itoa(os.Getpid())}
	a.User = strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil && u.Username != "" { // a pod's user may have no name
		a.User = u.Username
	}
	return a
}
