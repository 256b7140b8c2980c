package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// defaultJob is the built-in one.
const defaultJob = "census"

// resultsRun is one run of the command.
type resultsRun struct {
	app     *app
	file    string
	watch   bool
	timeout time.Duration
}

func (a *app) resultsCommand() *cobra.Command {
	r := resultsRun{app: a}
	cmd := &cobra.Command{Use: "results [JOB]", Short: "Show a job's results and how complete they are (default: " + defaultJob + ")", Args: cobra.MaximumNArgs(1),
		Long: "Show a job's results, merged from what is in Kafka: no worker needs to run. JOB is a built-in job or a file (has a / or ends in .yaml).\n" +
			"Exit code 0: complete (a stream: all that was there). 3: not complete yet. 4: sources failed, chunks are counted twice, or results expired.",
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := r.load(args)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(client *rdkafka.Client) error { return r.run(cmd.Context(), client, j) })
		}}
	f := cmd.Flags()
	f.StringVar(&r.file, "job", "", "in the place of JOB")
	f.BoolVarP(&r.watch, "watch", "w", false, "go on until the answer is complete, or can't become so; a stream: for ever")
	f.DurationVar(&r.timeout, "timeout", 0, "how long to wait: with --watch for completeness (default: for ever), else for what is there (default 1m)")
	return cmd
}

func (r *resultsRun) load(args []string) (*job.Job, error) {
	name := defaultJob
	switch {
	case len(args) == 1 && r.file != "":
		return nil, cli.Usagef("Leave one of them out.", "JOB and --job name a job each")
	case r.timeout < 0:
		return nil, cli.Usagef("Give a duration above zero, as in 30s.", "--timeout is %s", r.timeout)
	case len(args) == 1:
		name = args[0]
	case r.file != "":
		name = r.file
	}
	return job.Load(name)
}

// defaultPatience is how long reading what is there may take.
const defaultPatience = time.Minute

func (r *resultsRun) run(ctx context.Context, client *rdkafka.Client, j *job.Job) error {
	following, stop := context.WithCancel(ctx)
	m := materialise.New(client, j, materialise.Options{Log: r.app.log()})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = m.Run(following) // it never fails
	}()
	defer func() { stop(); <-ended }()

	limited := ctx
	if limit := r.limit(); limit > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if r.watch {
		return r.follow(limited, m)
	}
	if err := m.CaughtUp(limited); err != nil {
		return err
	}
	v := m.View()
	if err := r.write(r.app.out, &v); err != nil {
		return err
	}
	return codeOfResults(&v)
}

func (r *resultsRun) limit() time.Duration {
	if r.timeout == 0 && !r.watch {
		return defaultPatience
	}
	return r.timeout
}

// watchEvery is how often, at most, a watched answer is shown.
const watchEvery = 500 * time.Millisecond

// follow shows each picture that differs: on a terminal in the place of the one before, as JSON and YAML one after the other, and as a table
// elsewhere only the last.
func (r *resultsRun) follow(ctx context.Context, m *materialise.Materialiser) error {
	screen := r.app.format == cli.Table && isTerminal(r.app.out)
	line := r.app.progress()
	defer line.clear()
	shown := ""
	v := m.View()
	for {
		if now := string(v.Results) + v.Completeness.Sentence; v.CaughtUp && now != shown {
			shown = now
			if err := r.show(&v, screen); err != nil {
				return err
			}
		}
		line.set("%s", v.Completeness.Sentence)
		if v.CaughtUp && v.Settled() || !wait(ctx, watchEvery) {
			break
		}
		next, err := m.Next(ctx, v.Version)
		if err != nil {
			break
		}
		v = next
	}
	line.clear()
	if !v.Settled() {
		v = m.View()
	}
	return r.finish(ctx, &v, screen)
}

// finish is the end of watching: the answer as it is then, or why there is none.
func (r *resultsRun) finish(ctx context.Context, v *materialise.View, screen bool) error {
	if err := interruptedOnly(ctx); ctx.Err() != nil && err != nil {
		return err
	}
	if !v.CaughtUp {
		if v.Err != nil {
			return v.Err
		}
		return kafkaops.Errorf(kafkaops.TimedOut, "reading results of", v.Job.Name, "Raise --timeout.", "there was more than could be read in time")
	}
	if r.app.format == cli.Table && !screen {
		if err := r.write(r.app.out, v); err != nil {
			return err
		}
	}
	return codeOfResults(v)
}

func (r *resultsRun) show(v *materialise.View, screen bool) error {
	switch {
	case r.app.format != cli.Table:
		return cli.Item(r.app.output(), pictureOf(v), func(io.Writer, resultsPicture) error { return nil })
	case screen:
		if _, err := fmt.Fprint(r.app.out, "\x1b[H\x1b[J"); err != nil {
			return err
		}
		return r.write(r.app.out, v)
	}
	return nil
}

// wait is false when ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// codeOfResults is what an answer is worth, as what ends the command.
func codeOfResults(v *materialise.View) error {
	verdict := v.Verdict()
	switch {
	case verdict == materialise.Wrong:
		return cli.Code(cli.Worse)
	case !v.CaughtUp || verdict == materialise.Incomplete:
		return cli.Code(cli.NotDone)
	}
	return nil
}
