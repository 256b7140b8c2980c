package main

import (
	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
)

// guard is what every change passes: it writes the audit log. That this can't be done is said, and stops no local user.
func (a *app) guard(r *config.Resolved) *guard.Guard {
	return &guard.Guard{
		Who: guard.Here("krapp"), Context: contextOf(r), ContextReadOnly: r.Context.ReadOnly, Log: guard.DefaultLog(),
		Unlogged: func(err error) { cli.ShowNotes(a.err, []string{"this change is not in the audit log: " + err.Error()}) },
	}
}

// contextOf is what a cluster is called in the audit log.
func contextOf(r *config.Resolved) string {
	switch {
	case r.Context.Name != "":
		return r.Context.Name
	case len(r.Context.Brokers) > 0:
		return r.Context.Brokers[0]
	}
	return "embedded"
}
