package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
)

// up is one run of the command.
type up struct {
	app       *app
	ephemeral bool
	dataDir   string
	port      int
	roles     string
	topics    []string
	regex     string
	listen    map[string]*string
	timeout   time.Duration
}

func (a *app) upCommand() *cobra.Command {
	u := up{app: a, listen: map[string]*string{}}
	cmd := &cobra.Command{Use: "up", Short: "Run an embedded broker (or use given ones) and workers, until a signal", Args: cobra.NoArgs,
		Long: "Run an embedded broker on loopback and the workers produce, consume and seer in this process, and announce them to the other commands of this\n" +
			"user. With --brokers or a context only the workers run, against that cluster. SIGTERM and Ctrl-C drain the workers, then stop the broker.",
		RunE: func(cmd *cobra.Command, _ []string) error { return u.run(cmd.Context(), cmd) }}
	f := cmd.Flags()
	f.BoolVar(&u.ephemeral, "ephemeral", false, "embedded broker: keep nothing")
	f.StringVar(&u.dataDir, "data-dir", "", "embedded broker: where it keeps its data (default: the state directory)")
	f.IntVar(&u.port, "port", 0, "embedded broker: its port (default: a free one)")
	f.StringVar(&u.roles, "roles", stack.AllRoles, "workers to run; empty for none")
	f.StringSliceVar(&u.topics, "topics", nil, "topics that consume and seer read (default: all of an embedded broker)")
	f.StringVar(&u.regex, "regex", "", "pattern of topics that consume and seer read")
	for name, usual := range map[string]string{stack.Produce: "127.0.0.1:8000", stack.Consume: "127.0.0.1:8072", stack.Seer: "127.0.0.1:8030", stack.Monitor: "127.0.0.1:9123, or none"} {
		u.listen[name] = f.String(name+"-listen", "", "HTTP address of "+name+" (default "+usual+")")
	}
	a.cluster.AddModel(f)
	f.DurationVar(&u.timeout, "shutdown-timeout", stack.DefaultCloseTimeout, "how long a stop may take")
	return cmd
}

func (u *up) options() (stack.Options, error) {
	o := stack.Options{Topics: u.topics, Regex: u.regex, CloseTimeout: u.timeout, Log: u.app.log(), Listen: map[string]string{}}
	r, err := u.app.cluster.Resolve()
	if err != nil {
		return o, err
	}
	cli.ShowNotes(u.app.err, r.Notes)
	o.Context, o.Seer = r.Context, r.Seer
	if o.Roles, err = stack.ParseRoles(u.roles); err != nil {
		return o, &cli.Usage{Err: err}
	}
	o.Embedded.Ephemeral, o.Embedded.Dir, o.Embedded.Port = u.ephemeral, u.dataDir, u.port
	for name, addr := range u.listen {
		o.Listen[name] = *addr
	}
	if len(o.Context.Brokers) == 0 {
		return o, nil
	}
	switch {
	case u.ephemeral || u.dataDir != "" || u.port != 0:
		return o, cli.Usagef("Leave out --brokers and the context for an embedded broker, or leave out its flags.",
			"--ephemeral, --data-dir and --port are the embedded broker's, and brokers are named")
	case len(o.Roles) == 0:
		return o, cli.Usagef("Name --roles, or leave out --brokers for an embedded broker.", "there is nothing to run: no roles, and the brokers run already")
	}
	return o, nil
}

func (u *up) run(ctx context.Context, cmd *cobra.Command) error {
	o, err := u.options()
	if err != nil {
		return err
	}
	may := u.app.guard(&config.Resolved{Context: kafkaops.Context{Name: o.Context.Name, Brokers: o.Context.Brokers}})
	s, err := guard.Get(ctx, may, guard.Action{Kind: guard.RunWorkers, Resource: strings.Join(o.Roles, " ")}, func(ctx context.Context) (*stack.Stack, error) {
		return stack.Start(ctx, o)
	})
	if err != nil {
		return err
	}
	defer s.Close() // the second call only; the first one's error is returned
	cli.ShowNotes(u.app.err, s.Notes())
	if err := cli.One(u.app.output(), servedOf(s), writeServed); err != nil {
		return err
	}
	select {
	case <-ctx.Done(): // this is how it is meant to end
		return s.Close()
	case err := <-s.Failed():
		return err
	}
}

// served is what krapp up runs, and where it can be reached.
type served struct {
	Brokers  []string          `json:"brokers"`
	Embedded bool              `json:"embedded"`
	DataDir  string            `json:"data_dir,omitempty"`
	Services map[string]string `json:"services"` // a role's URL
}

func servedOf(s *stack.Stack) served {
	dir, own := s.Embedded()
	return served{Brokers: s.Context().Brokers, Embedded: own, DataDir: dir, Services: s.Services()}
}

func writeServed(w io.Writer, v served) error {
	fields := []cli.Field{{Name: "brokers", Text: strings.Join(v.Brokers, ",")}}
	for _, name := range sortedKeys(v.Services) {
		fields = append(fields, cli.Field{Name: name, Text: v.Services[name]})
	}
	switch {
	case v.Embedded && v.DataDir == "":
		fields = append(fields, cli.Field{Name: "data", Text: "goes with this process"})
	case v.Embedded:
		fields = append(fields, cli.Field{Name: "data", Text: v.DataDir})
	}
	if err := cli.Fields(w, fields...); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "Ctrl-C stops it.")
	return err
}
