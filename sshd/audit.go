package sshd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
)

// auditor tells what happened: to the audit log, to the log, and to the metrics.
type auditor struct {
	note func(Event)
	log  *slog.Logger
	now  func() time.Time

	sessions    prometheus.Gauge
	connections *prometheus.CounterVec
	refused     *prometheus.CounterVec

	mu        sync.Mutex
	strangers *bucket // how much may be told of those that have proved nothing
	untold    int
}

// Of strangers so much is told: they could fill a disk otherwise. All of them are counted.
const strangersPerSecond, strangersAtOnce = 1, 60

func newAuditor(o Options, now func() time.Time) (*auditor, error) {
	a := &auditor{note: o.Note, log: o.Log, now: now, strangers: newBucket(strangersPerSecond, strangersAtOnce, now())}
	if a.note == nil {
		a.note = func(Event) {}
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.sessions = prometheus.NewGauge(prometheus.GaugeOpts{Name: "krapp_ssh_sessions", Help: "SSH sessions that are open: consoles and commands."})
	a.connections = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "krapp_ssh_connections_total", Help: "SSH connections by what became of them: proven (a key was proven) or refused."}, []string{"outcome"})
	a.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "krapp_ssh_refused_total", Help: "What SSH clients were refused: a connection, a session, or a thing within one."}, []string{"why"})
	if o.Registry == nil {
		return a, nil
	}
	for _, c := range []prometheus.Collector{a.sessions, a.connections, a.refused} {
		if err := o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "ssh", "", err)
		}
	}
	return a, nil
}

// tell tells of one event.
func (a *auditor) tell(e Event) {
	e.Time = a.now()
	e.Why, e.Command = printable(e.Why, whyBytes), printable(e.Command, commandBytes)
	level := slog.LevelInfo
	if e.Kind == KeyRefused {
		level = slog.LevelWarn
	}
	a.log.LogAttrs(context.Background(), level, "ssh "+string(e.Kind), slog.String("session", e.Session), slog.String("name", e.Name),
		slog.String("fingerprint", e.Fingerprint), slog.String("role", string(e.Role)), slog.String("address", e.Address),
		slog.String("why", e.Why), slog.String("command", e.Command))
	a.note(e)
}

// stranger tells of a connection that was refused before it proved a key, and counts it.
func (a *auditor) stranger(why reason, e Event) {
	a.connections.WithLabelValues("refused").Inc()
	a.refused.WithLabelValues(string(why)).Inc()
	a.mu.Lock()
	if !a.strangers.take(a.now()) {
		a.untold++
		a.mu.Unlock()
		return
	}
	untold := a.untold
	a.untold = 0
	a.mu.Unlock()
	e.Kind, e.Why = Refused, withDetail(why, e.Why)
	if untold > 0 {
		e.Why = fmt.Sprintf("%s (%d refused before it were not told of)", printable(e.Why, whyBytes/2), untold)
	}
	a.tell(e)
}

// keys tells what the authorized-keys file holds now.
func (a *auditor) keys(path string, set keySet, fault error) {
	const most = 50
	for i, p := range set.problems {
		if i == most {
			a.tell(Event{Kind: KeyRefused, Why: fmt.Sprintf("%d more lines", len(set.problems)-most)})
			break
		}
		a.tell(Event{Kind: KeyRefused, Name: p.name, Fingerprint: p.fingerprint, Why: fmt.Sprintf("line %d: %s", p.line, p.why)})
	}
	if fault != nil {
		a.log.Error("nobody is let in over SSH", "file", path, "error", fault.Error())
		a.tell(Event{Kind: KeysChanged, Why: "nobody is let in: " + fault.Error()})
		return
	}
	a.tell(Event{Kind: KeysChanged, Why: fmt.Sprintf("%d keys, %d lines refused", len(set.grants), len(set.problems))})
}

func withDetail(why reason, detail string) string {
	if detail == "" {
		return string(why)
	}
	return string(why) + ": " + detail
}
