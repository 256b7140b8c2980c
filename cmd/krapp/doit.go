package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
)

// doit is one run of the command.
type doit struct {
	app     *app
	flags   specFlags
	change  change
	wait    bool
	timeout time.Duration
}

func (a *app) doitCommand() *cobra.Command {
	d := doit{app: a}
	cmd := &cobra.Command{Use: "doit TOPIC", Short: "Send the messages of a run, and with --wait say what became of each", Args: cobra.ExactArgs(1),
		Long: "Send the messages of a run. The run is registered in Kafka before its first message, so that krapp isdone can judge it from anywhere.\n" +
			"Templates: {{id}} {{seq}} {{run}} {{now}} {{uuid}} {{randInt 1 100}} {{oneOf a b c}} {{name}} {{email}} {{city}} … With --wait the exit\n" +
			"code is that of krapp isdone: 0 done, 3 not done in time, 4 worse. Ctrl-C while sending cancels the run.",
		Example: "  krapp doit demo --count 1000000 --wait\n" +
			"  krapp doit orders --key 'o-{{seq}}' --value '{\"order\":{\"id\":\"{{id}}\"}}' --until-topic shipped --id value.order.id --wait\n" +
			"  krapp doit orders --count 1000 --group billing --committed --wait --timeout 1m",
		RunE: func(cmd *cobra.Command, args []string) error {
			spec, err := d.flags.spec(cmd, args[0])
			if err != nil {
				return err
			}
			if err := d.check(spec); err != nil {
				return err
			}
			if d.change.dryRun {
				_, err := a.confirm(cmd.Context(), d.change, launch.Plan(spec))
				return err
			}
			run := launch.Action(spec, nil)
			return a.withChange(cmd.Context(), "sending to "+spec.Topic, run, func(client *rdkafka.Client, may *guard.Guard) error {
				return d.run(cmd.Context(), client, may, spec)
			})
		}}
	d.flags.addTo(cmd)
	d.change.addTo(cmd)
	cmd.Flags().BoolVarP(&d.wait, "wait", "w", false, "wait for the final verdict")
	cmd.Flags().DurationVar(&d.timeout, "timeout", 0, "with --wait: how long to wait after sending (default: for ever)")
	return cmd
}

// check refuses what can't be meant, before a broker is asked.
func (d *doit) check(spec roundtrip.Spec) error {
	if d.timeout < 0 || d.timeout > 0 && !d.wait {
		return cli.Usagef("Give it with --wait, above zero.", "--timeout is how long --wait waits")
	}
	if err := roundtrip.Validate(spec); err != nil {
		return &cli.Usage{Err: err}
	}
	return nil
}

func (d *doit) run(ctx context.Context, client *rdkafka.Client, may *guard.Guard, spec roundtrip.Spec) error {
	if ok, err := d.app.confirm(ctx, d.change, launch.Plan(spec)); !ok || err != nil {
		return err
	}
	line := d.app.progress()
	var last send.Progress
	var run roundtrip.Run
	err := may.Do(ctx, launch.Action(spec, func() string { return run.ID }), func(ctx context.Context) (err error) {
		run, err = launch.Launch{Client: client, Spec: spec,
			Registered: func(r roundtrip.Run) { fmt.Fprintf(d.app.err, "run %s\n", r.ID) },
			Progress: func(p send.Progress) {
				last = p
				line.set("sending: %d of %d, %d acknowledged, %.0f a second", p.Sent, spec.Count, p.Acked, p.PerSecond)
			}}.Run(ctx)
		return err
	})
	line.clear()
	if err != nil && run.ID == "" {
		return err
	}
	if err != nil && (!d.wait || ctx.Err() != nil) {
		return fmt.Errorf("sending run %s: %w", run.ID, err)
	}
	if !d.wait {
		return d.sent(run, last)
	}
	return d.judge(ctx, client, run)
}

// judge waits for the verdict. That sending failed is part of it.
func (d *doit) judge(ctx context.Context, client *rdkafka.Client, run roundtrip.Run) error {
	l := judgeWith(client)
	j, err := l.Judge(ctx, run.ID)
	if err != nil {
		return err
	}
	w := waiter{app: d.app, ledger: l, timeout: d.timeout}
	if j, err = w.wait(ctx, j); err != nil {
		return err
	}
	if err := cli.One(d.app.output(), judgementOf(j), writeJudgement); err != nil {
		return err
	}
	return codeOf(j)
}

// sentRun is a run that was sent, or handed to the workers, and not yet judged.
type sentRun struct {
	Run            string `json:"run"`
	Topic          string `json:"topic"`
	Count          int64  `json:"count"`
	Sender         string `json:"sender"` // here, workers
	Sent           int64  `json:"sent"`   // for workers: handed to them
	Acknowledged   int64  `json:"acknowledged"`
	Failed         int64  `json:"failed"`
	PossiblyStored int64  `json:"possibly_stored"`
}

func (d *doit) sent(run roundtrip.Run, p send.Progress) error {
	v := sentRun{run.ID, run.Topic, run.Count, string(run.Sender), p.Sent, p.Acked, p.Failed, p.Possibly}
	err := cli.One(d.app.output(), v, func(w io.Writer, v sentRun) error {
		text := fmt.Sprintf("%d messages sent to %s, %d acknowledged", v.Sent, v.Topic, v.Acknowledged)
		if v.Sender == string(roundtrip.SendWorkers) {
			text = fmt.Sprintf("%d messages to %s handed to the produce workers", v.Sent, v.Topic)
		}
		_, err := fmt.Fprintf(w, "%s\nkrapp isdone %s says what becomes of them\n", text, v.Run)
		return err
	})
	if err == nil && p.Failed+p.Possibly > 0 {
		return cli.Code(cli.Failure)
	}
	return err
}
