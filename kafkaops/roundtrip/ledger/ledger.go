// Package ledger judges runs from facts in Kafka alone: it follows krapp.runs and krapp.reports (and, where the evidence asks for it, output
// topics) once for all runs that are not final, keeps about a bit a message, and lets package judge decide. Any number of ledgers may be at it
// in any number of processes; they come to the same judgement.
package ledger

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Client is what a ledger needs of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	roundtrip.Cluster
	roundtrip.Scanner
	Committed(ctx context.Context, group string, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error)
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
	Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, max int) ([]kafkaops.Record, error)
}

// Options change how a ledger judges.
type Options struct {
	// Verify scans the run's whole topic, so that what was acknowledged is seen to be there. It also judges final runs anew.
	Verify bool
	// ReadOnly keeps the ledger from writing final verdicts to krapp.runs.
	ReadOnly bool
	// WorkGroup is the group of the produce workers; "" means krapp-produce.
	WorkGroup string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Ledger holds what is known of all runs. Its methods may be called by several goroutines; they take turns.
type Ledger struct {
	client  Client
	options Options

	mu        sync.Mutex
	runsAt    kafkaops.Offsets // position in krapp.runs
	runs      map[string]*account
	order     []string         // run IDs, oldest first
	damaged   int64            // records of krapp.runs that could not be read
	foreign   int64            // records of krapp.reports that could not be read
	sightedAt kafkaops.Offsets // how far krapp.reports has been read by anybody
}

// New returns an empty ledger. It holds no connection of its own.
func New(client Client, o Options) *Ledger {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.WorkGroup = cmp.Or(o.WorkGroup, "krapp-produce")
	return &Ledger{
		client: client, options: o, runs: map[string]*account{}, sightedAt: kafkaops.Offsets{},
		runsAt: kafkaops.Offsets{{Topic: roundtrip.RunsTopic, Partition: 0}: 0},
	}
}

// Refresh reads what is new and judges every run, the newest first. Runs with a final verdict cost nothing, unless reports on them still come
// in. With an error it returns what could be judged.
func (l *Ledger) Refresh(ctx context.Context) ([]roundtrip.Judgement, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	exists, err := l.followRuns(ctx)
	if err != nil || !exists {
		return nil, err
	}
	var active []*account
	for _, id := range l.order {
		if a := l.runs[id]; !a.settled() {
			active = append(active, a)
		}
	}
	err = l.update(ctx, active)
	out := make([]roundtrip.Judgement, 0, len(l.order))
	for _, id := range slices.Backward(l.order) {
		out = append(out, l.runs[id].judgement)
	}
	return out, err
}

// Judge judges one run, named by its ID or by an ending of it that no other run has; "" means the newest.
func (l *Ledger) Judge(ctx context.Context, runID string) (roundtrip.Judgement, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	exists, err := l.followRuns(ctx)
	if err != nil {
		return roundtrip.Judgement{}, err
	}
	if !exists || len(l.order) == 0 {
		return roundtrip.Judgement{}, kafkaops.Errorf(kafkaops.NotFound, "judging run", runID, "start one: krapp doit TOPIC", "there are no runs on this cluster")
	}
	a, err := l.find(runID)
	if err != nil {
		return roundtrip.Judgement{}, err
	}
	if l.options.Verify && a.judgement.Final && !a.judgement.Verified {
		a.reopen()
	}
	switch {
	case !a.settled():
		err = l.update(ctx, []*account{a})
	case l.young(a):
		err = l.update(ctx, nil) // only looks for late reports
	}
	return a.judgement, err
}

// Latest judges the newest run.
func (l *Ledger) Latest(ctx context.Context) (roundtrip.Judgement, error) { return l.Judge(ctx, "") }

// Cancel asks the run's sender to stop.
func (l *Ledger) Cancel(ctx context.Context, runID string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.followRuns(ctx); err != nil {
		return err
	}
	a, err := l.find(runID)
	if err != nil {
		return err
	}
	return roundtrip.Cancel(ctx, l.client, a.run.ID)
}

func (l *Ledger) find(runID string) (*account, error) {
	if runID == "" && len(l.order) > 0 {
		return l.runs[l.order[len(l.order)-1]], nil
	}
	if a := l.runs[runID]; a != nil {
		return a, nil
	}
	var found *account
	for id, a := range l.runs {
		if !strings.HasSuffix(id, strings.ToUpper(runID)) {
			continue
		}
		if found != nil {
			return nil, kafkaops.Errorf(kafkaops.Invalid, "judging run", runID, "give more of its id", "several runs end in that")
		}
		found = a
	}
	if found == nil {
		return nil, kafkaops.Errorf(kafkaops.NotFound, "judging run", runID, "list the runs: krapp isdone", "there is no such run on this cluster")
	}
	return found, nil
}

// young says whether a final verdict is recent enough to look for reports that came after it.
func (l *Ledger) young(a *account) bool { return l.options.Now().Sub(a.judgement.At) < lateReports }

// lateReports is how long after a final verdict reports on the run are still looked for: they re-open it.
const lateReports = time.Hour
