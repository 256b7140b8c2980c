package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/ui"
)

// starter sends runs from the console's process, or hands them to the workers.
type starter struct {
	s     *session
	guard *guard.Guard
	runs  *live.Runs
	heard chan<- ui.ForApp // of the console that started it
}

// Start registers a run and has it sent in the background; how that ended is said when it failed.
func (a starter) Start(ctx context.Context, spec roundtrip.Spec) (roundtrip.Run, error) {
	defer a.runs.Refresh()
	var run roundtrip.Run
	err := a.guard.Do(ctx, launch.Action(spec, func() string { return run.ID }), func(ctx context.Context) (err error) {
		run, err = a.s.Launch(ctx, spec, nil, func(err error) {
			if err != nil && a.s.ctx.Err() == nil {
				tell(a.heard, ui.FailMsg{Err: err})
			}
			a.runs.Refresh()
		})
		return err
	})
	return run, err
}

// runActions is what can be done to a run.
type runActions struct {
	client lateClient
	guard  *guard.Guard
	runs   *live.Runs
}

// Cancel asks the run's sender to stop.
func (a runActions) Cancel(ctx context.Context, runID string) error {
	defer a.runs.Refresh()
	return a.guard.Do(ctx, guard.Action{Kind: guard.CancelRun, Resource: runID}, func(ctx context.Context) error {
		return roundtrip.Cancel(ctx, a.client, runID)
	})
}

// Verify judges the run after scanning its whole topic.
func (a runActions) Verify(ctx context.Context, runID string) (roundtrip.Judgement, error) {
	return ledger.New(a.client, ledger.Options{Verify: true, ReadOnly: a.guard.ReadOnly()}).Judge(ctx, runID)
}

// recordJSON writes a record as krapp tail -o json does.
func recordJSON(r *kafkaops.Record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(cli.RecordOf(r))
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
