package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/kafkaops"
)

// memory is a log that can be full.
type memory struct {
	entries []audit.Entry
	full    bool
}

func (m *memory) Write(e audit.Entry) error {
	if m.full {
		return errors.New("no space left")
	}
	m.entries = append(m.entries, e)
	return nil
}

func (m *memory) said() (list []string) {
	for _, e := range m.entries {
		list = append(list, string(e.Outcome)+" "+e.Action+" "+e.Resource)
	}
	return list
}

func kinds() []Kind {
	return []Kind{CreateTopic, DeleteTopic, Produce, StartRun, CancelRun, StartJob, StopJob, Teach, RunWorkers, UseContext, GoToContext, ReadFile, Edit, Exec}
}

// Who may do what, each kind in each place.
func TestWhoMayDoWhat(t *testing.T) {
	changes := []Kind{CreateTopic, DeleteTopic, Produce, StartRun, CancelRun, StartJob, Teach, RunWorkers}
	here := []Kind{StartJob, StopJob, RunWorkers, UseContext, ReadFile, Edit}
	for name, c := range map[string]struct {
		guard   Guard
		refused func(Kind) bool
	}{
		"a local user":          {Guard{}, func(Kind) bool { return false }},
		"a read-only context":   {Guard{ContextReadOnly: true}, func(k Kind) bool { return slices.Contains(changes, k) }},
		"an operator over SSH":  {Guard{Served: true}, func(k Kind) bool { return slices.Contains(here, k) }},
		"a visitor who looks":   {Guard{Served: true, LookOnly: true}, func(k Kind) bool { return slices.Contains(append(changes, here...), k) }},
		"read-only and visited": {Guard{Served: true, ContextReadOnly: true}, func(k Kind) bool { return slices.Contains(append(changes, here...), k) }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range kinds() {
				log := &memory{}
				g := c.guard
				g.Log = log
				done := false
				err := g.Do(t.Context(), Action{Kind: k, Resource: "x"}, func(context.Context) error { done = true; return nil })
				if c.refused(k) != (err != nil) || done == (err != nil) {
					t.Errorf("%s: done %v, %v", k, done, err)
				}
				if err != nil && (kafkaops.HintOf(err) == "" || len(log.entries) != 1 || log.entries[0].Outcome != audit.Refused || log.entries[0].Error == "") {
					t.Errorf("%s: %v, logged %v", k, err, log.said())
				}
			}
		})
	}
}

func TestAnUnknownKindIsRefused(t *testing.T) {
	g := Guard{Log: &memory{}}
	if err := g.Do(t.Context(), Action{Kind: "topic.alter"}, func(context.Context) error { return nil }); kafkaops.ClassOf(err) != kafkaops.Internal {
		t.Errorf("got %v", err)
	}
}

func TestAFileIsRefusedWhereTheConsoleIsServed(t *testing.T) {
	a := Action{Kind: StartRun, Resource: "orders", Files: true}
	if err := (&Guard{Log: &memory{}}).Check(a); err != nil {
		t.Errorf("at home: %v", err)
	}
	if err := (&Guard{Log: &memory{}, Served: true}).Check(a); kafkaops.ClassOf(err) != kafkaops.Unsupported || !strings.Contains(err.Error(), "it has no files") {
		t.Errorf("served: %v", err)
	}
}

func TestOtherContextsAreRefused(t *testing.T) {
	g := Guard{Log: &memory{}, Contexts: []string{"prod", "dev"}}
	for name, want := range map[string]kafkaops.Class{"prod": "", "dev": "", "staging": kafkaops.Unauthorised, "": kafkaops.Unauthorised} {
		if err := g.Check(Action{Kind: GoToContext, Resource: name}); kafkaops.ClassOf(err) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := (&Guard{Log: &memory{}}).Check(Action{Kind: GoToContext, Resource: "any"}); err != nil {
		t.Errorf("a local user: %v", err)
	}
}

func TestTheIntentionIsWrittenBeforeAndTheOutcomeAfter(t *testing.T) {
	log := &memory{}
	g := Guard{Who: audit.Actor{Kind: audit.SSH, Name: "ann"}, Context: "prod", Log: log}
	run := ""
	err := g.Do(t.Context(), Action{Kind: StartRun, Resource: "orders", Detail: "10 messages", Result: func() string { return "run " + run }}, func(context.Context) error {
		if len(log.entries) != 1 || log.entries[0].Outcome != audit.Intended {
			t.Errorf("while it is done the log has %v", log.said())
		}
		run = "7QH1C"
		return nil
	})
	if err != nil || len(log.entries) != 2 {
		t.Fatalf("%v: %v", err, log.said())
	}
	first, last := log.entries[0], log.entries[1]
	if first.ID == "" || first.ID != last.ID || last.Outcome != audit.Done || last.Detail != "10 messages, run 7QH1C" || last.Actor.Name != "ann" || last.Context != "prod" || last.Time.IsZero() {
		t.Errorf("%+v", last)
	}
	broken := kafkaops.Errorf(kafkaops.Conflict, "deleting topic", "orders", "", "busy")
	err = g.Do(t.Context(), Action{Kind: DeleteTopic, Resource: "orders"}, func(context.Context) error { return broken })
	if last = log.entries[3]; !errors.Is(err, broken) || last.Outcome != audit.Failed || last.Class != "conflict" || !strings.Contains(last.Error, "busy") || last.ID == first.ID {
		t.Errorf("%v: %+v", err, last)
	}
}

func TestAnActionThatPanicsHasFailed(t *testing.T) {
	log := &memory{}
	func() {
		defer func() {
			if fmt.Sprint(recover()) != "a bug" {
				t.Error("the panic was swallowed")
			}
		}()
		_ = (&Guard{Log: log}).Do(t.Context(), Action{Kind: CreateTopic}, func(context.Context) error { panic("a bug") })
	}()
	if len(log.entries) != 2 || log.entries[1].Outcome != audit.Failed || log.entries[1].Error == "" {
		t.Errorf("%+v", log.entries)
	}
}

// What a visitor does has to be in the log; a local user is told that it isn't.
func TestWhatCannotBeWrittenDown(t *testing.T) {
	for kind, want := range map[audit.Kind]kafkaops.Class{audit.SSH: kafkaops.Unavailable, audit.Local: "", "": kafkaops.Unavailable} {
		for name, log := range map[string]audit.Log{"a full disk": &memory{full: true}, "no log": nil} {
			told, done := 0, false
			g := Guard{Who: audit.Actor{Kind: kind}, Log: log, Unlogged: func(error) { told++ }}
			err := g.Do(t.Context(), Action{Kind: Produce}, func(context.Context) error { done = true; return nil })
			if kafkaops.ClassOf(err) != want || done != (want == "") || (told == 1) != (kind == audit.Local) {
				t.Errorf("%q, %s: done %v, told %d times, %v", kind, name, done, told, err)
			}
		}
	}
}

func TestLookingAtFilesFillsNoLog(t *testing.T) {
	log := &memory{}
	_ = (&Guard{Log: log}).Do(t.Context(), Action{Kind: ReadFile}, func(context.Context) error { return nil })
	if len(log.entries) > 0 {
		t.Errorf("logged %v", log.said())
	}
}

func TestWhoIsHere(t *testing.T) {
	if a := Here("krapp"); a.Kind != audit.Local || a.User == "" || a.Session == "" || a.Program != "krapp" {
		t.Errorf("%+v", a)
	}
}
