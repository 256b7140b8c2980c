package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
)

// isdone is one run of the command.
type isdone struct {
	app     *app
	verify  bool
	watch   bool
	all     bool
	timeout time.Duration
}

func (a *app) isdoneCommand() *cobra.Command {
	d := isdone{app: a}
	cmd := &cobra.Command{Use: "isdone [RUN]", Short: "Say what became of every message of a run (default: the newest run)", Args: cobra.MaximumNArgs(1),
		Long: "Say what became of every message of a run, from facts in Kafka alone. RUN is its id or an ending of it; without one the newest run is judged.\n" +
			"Exit code 0: done. 3: not done yet: sending, in flight, stalled. 4: cancelled, failed, lost, missing, duplicated, rejected, expired.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			if err := d.check(id); err != nil {
				return err
			}
			client, r, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer client.Close()
			return d.run(cmd.Context(), ledger.New(client, ledger.Options{Verify: d.verify, ReadOnly: r.Context.ReadOnly}), id)
		}}
	f := cmd.Flags()
	f.BoolVar(&d.verify, "verify", false, "scan the whole topic for the run's messages, instead of trusting acknowledgements")
	f.BoolVarP(&d.watch, "watch", "w", false, "go on until the verdict is final")
	f.BoolVarP(&d.all, "all", "a", false, "list all runs; the exit code is that of the worst")
	f.DurationVar(&d.timeout, "timeout", 0, "with --watch: how long to wait (default: for ever)")
	return cmd
}

func (d *isdone) check(id string) error {
	switch {
	case d.all && (id != "" || d.watch || d.verify):
		return cli.Usagef("Leave out the others.", "--all lists every run: RUN, --watch and --verify are for one")
	case d.timeout < 0 || d.timeout > 0 && !d.watch:
		return cli.Usagef("Give it with --watch, above zero.", "--timeout is how long --watch waits")
	}
	return nil
}

func (d *isdone) run(ctx context.Context, l *ledger.Ledger, id string) error {
	if d.all {
		return d.list(ctx, l)
	}
	j, err := l.Judge(ctx, id)
	if err != nil {
		return err
	}
	if d.watch {
		w := waiter{app: d.app, ledger: l, timeout: d.timeout, stream: d.app.format != cli.Table}
		if j, err = w.wait(ctx, j); err != nil {
			return err
		}
		if w.stream { // the last one was shown already
			return codeOf(j)
		}
	}
	if err := cli.One(d.app.output(), judgementOf(j), writeJudgement); err != nil {
		return err
	}
	return codeOf(j)
}

// codeOf is the verdict as what ends the command.
func codeOf(j roundtrip.Judgement) error {
	if code := verdictCode(j.Verdict); code != cli.Success {
		return cli.Code(code)
	}
	return nil
}

func (d *isdone) list(ctx context.Context, l *ledger.Ledger) error {
	all, err := l.Refresh(ctx)
	if err != nil {
		return err
	}
	rows := []judgementJSON{}
	worst := cli.Success
	for _, j := range all {
		rows = append(rows, judgementOf(j))
		worst = max(worst, verdictCode(j.Verdict))
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	err = cli.List(d.app.output(), rows,
		cli.Column[judgementJSON]{Title: "run", Text: func(j judgementJSON) string { return j.Run }},
		cli.Column[judgementJSON]{Title: "topic", Text: func(j judgementJSON) string { return j.Topic }},
		cli.Column[judgementJSON]{Title: "verdict", Text: func(j judgementJSON) string { return j.Verdict }},
		cli.Column[judgementJSON]{Title: "count", Right: true, Text: func(j judgementJSON) string { return number(j.Count) }},
		cli.Column[judgementJSON]{Title: "stored", Right: true, Text: func(j judgementJSON) string { return number(j.Stored) }},
		cli.Column[judgementJSON]{Title: "once", Right: true, Text: func(j judgementJSON) string { return number(j.Once) }},
	)
	if err != nil || worst == cli.Success {
		return err
	}
	return cli.Code(worst)
}

// waiter judges a run again and again until the verdict is final.
type waiter struct {
	app     *app
	ledger  *ledger.Ledger
	timeout time.Duration // 0: for ever
	stream  bool          // write each judgement that differs
}

// The pace of looking: quick while something moves.
const (
	lookFast = 200 * time.Millisecond
	lookSlow = 2 * time.Second
)

// wait returns the final judgement, or the last one when the time is over.
func (w *waiter) wait(ctx context.Context, j roundtrip.Judgement) (roundtrip.Judgement, error) {
	if w.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, w.timeout)
		defer cancel()
		ctx = limited
	}
	line := w.app.progress()
	defer line.clear()
	pause, failures := lookFast, 0
	if err := w.show(j, line); err != nil {
		return j, err
	}
	for !j.Final {
		select {
		case <-ctx.Done():
			return j, interruptedOnly(ctx)
		case <-time.After(pause):
		}
		next, err := w.ledger.Judge(ctx, j.Run.ID)
		switch {
		case ctx.Err() != nil:
			return j, interruptedOnly(ctx)
		case err != nil && failures < maxFailures && transient(err):
			failures++ // brokers restart: the truth is in Kafka and waits
			pause = lookSlow
			continue
		case err != nil:
			return j, err
		}
		failures = 0
		moved := next.Outcome != j.Outcome || next.Verdict != j.Verdict
		j = next
		if pause = min(2*pause, lookSlow); moved {
			pause = lookFast
			if err := w.show(j, line); err != nil {
				return j, err
			}
		}
	}
	return j, nil
}

// maxFailures is how often in a row the brokers may fail to answer before waiting gives up.
const maxFailures = 30

func transient(err error) bool {
	switch kafkaops.ClassOf(err) {
	case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
		return true
	}
	return false
}

func (w *waiter) show(j roundtrip.Judgement, line *progressLine) error {
	if w.stream {
		return cli.Item(w.app.output(), judgementOf(j), writeJudgement)
	}
	line.set("%s: %d of %d stored, %d processed", j.Verdict, j.Stored, j.Run.Count, j.Processed())
	return nil
}

// interruptedOnly tells Ctrl-C, which is an error, from a timeout, after which the last verdict is the answer.
func interruptedOnly(ctx context.Context) error {
	if context.Cause(ctx) == context.DeadlineExceeded { //nolint:errorlint // the sentinel itself
		return nil
	}
	return ctx.Err()
}

// judgeWith makes a ledger for a run that was just sent.
func judgeWith(client *rdkafka.Client) *ledger.Ledger { return ledger.New(client, ledger.Options{}) }
