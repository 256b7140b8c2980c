package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
)

// The round trip that shows that everything works.
const (
	trialMessages = 1000
	trialLimit    = time.Minute
	trialValue    = `{"id":"{{id}}","seq":{{seq}}}`
)

// headless runs the console's stack without the console: it makes one round trip, says what became of it and where what runs can be reached,
// and stays up until a signal.
func headless(ctx context.Context, out, errs io.Writer, o stack.Options) error {
	o.Log = slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := stack.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close() // the second call only; the first one's error is returned
	cli.ShowNotes(errs, s.Notes())
	if len(o.Roles) > 0 {
		if err := trial(ctx, out, errs, s); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if err := serving(out, s); err != nil {
		return err
	}
	select {
	case <-ctx.Done(): // this is how it is meant to end
		return s.Close()
	case err := <-s.Failed():
		return err
	}
}

// trial sends a run to the demo topic and prints its verdict. A verdict other than done is shown, and is no reason not to go on serving.
func trial(ctx context.Context, out, errs io.Writer, s *stack.Stack) error {
	spec := roundtrip.Spec{Topic: stack.DemoTopic, Count: trialMessages, Value: trialValue, Sender: roundtrip.SendHere, CreateTopic: true}
	var run roundtrip.Run
	may := &guard.Guard{
		Who: guard.Here("krapp-tui"), Context: s.Context().Name, ContextReadOnly: s.Context().ReadOnly, Log: guard.DefaultLog(),
		Unlogged: func(err error) { cli.ShowNotes(errs, []string{"this run is not in the audit log: " + err.Error()}) },
	}
	err := may.Do(ctx, launch.Action(spec, func() string { return run.ID }), func(ctx context.Context) (err error) {
		run, err = launch.Launch{Client: s.Client(), Spec: spec}.Run(ctx)
		return err
	})
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	l := ledger.New(s.Client(), ledger.Options{})
	j, err := l.Judge(limited, run.ID)
	for err == nil && !j.Final && limited.Err() == nil {
		select {
		case <-limited.Done():
			continue
		case <-time.After(100 * time.Millisecond):
		}
		next, failure := l.Judge(limited, run.ID)
		if limited.Err() == nil { // a judgement cut short says nothing: the one before stands
			j, err = next, failure
		}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s  %s\n", strings.ToUpper(string(j.Verdict)), j.Said)
	return err
}

// serving prints where what runs can be reached.
func serving(out io.Writer, s *stack.Stack) error {
	fields := []cli.Field{{Name: "brokers", Text: strings.Join(s.Context().Brokers, ",")}}
	services := s.Services()
	for _, name := range []string{stack.Produce, stack.Consume} {
		if url, ok := services[name]; ok {
			fields = append(fields, cli.Field{Name: name, Text: url})
		}
	}
	if err := cli.Fields(out, fields...); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "Serving until a signal (Ctrl-C).")
	return err
}
