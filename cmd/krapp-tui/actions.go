package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/tui/live"
)

// starter sends runs from the console's process, or hands them to the workers.
type starter struct {
	s    *session
	runs *live.Runs
}

// Start registers a run and has it sent in the background; how that ended is said when it failed.
func (a starter) Start(ctx context.Context, spec roundtrip.Spec) (roundtrip.Run, error) {
	run, err := a.s.Launch(ctx, spec, nil, func(err error) {
		if err != nil && a.s.ctx.Err() == nil {
			a.s.fail(err)
		}
		a.runs.Refresh()
	})
	a.runs.Refresh()
	return run, err
}

// runActions is what can be done to a run.
type runActions struct {
	client   lateClient
	readOnly bool
	runs     *live.Runs
}

// Cancel asks the run's sender to stop.
func (a runActions) Cancel(ctx context.Context, runID string) error {
	if a.readOnly {
		return kafkaops.Errorf(kafkaops.Unauthorised, "cancelling run", runID, "Choose another context.", "the context is read-only")
	}
	defer a.runs.Refresh()
	return roundtrip.Cancel(ctx, a.client, runID)
}

// Verify judges the run after scanning its whole topic.
func (a runActions) Verify(ctx context.Context, runID string) (roundtrip.Judgement, error) {
	return ledger.New(a.client, ledger.Options{Verify: true, ReadOnly: a.readOnly}).Judge(ctx, runID)
}

// recordJSON writes a record as krapp tail -o json does.
func recordJSON(r *kafkaops.Record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(cli.RecordOf(r))
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
