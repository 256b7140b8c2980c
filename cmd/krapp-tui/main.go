// Command krapp-tui is the console. With no brokers named it runs an embedded broker and workers in its own process; without a terminal it
// runs the same stack headless and makes one round trip.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// saveMemory is for a console that only watches: it is open all day, and has little to collect.
func saveMemory() {
	rdkafka.SaveMemory()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process as if nothing caught it
	root := newRoot(os.Stdout, os.Stderr)
	err := root.ExecuteContext(ctx)
	cli.Report(os.Stderr, "krapp-tui", err, ctx.Err() != nil)
	os.Exit(cli.CodeOf(err, false)) // the deferred stop has nothing left to do
}

// options are the flags.
type options struct {
	cluster   *cli.Cluster
	ephemeral bool
	dataDir   string
	port      int
	roles     string
	topics    []string
	regex     string
}

func newRoot(out, errs io.Writer) *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "krapp-tui",
		Short: "Watch, question and drive a Kafka pipeline from one terminal",
		Long: `krapp-tui is the console of krapp.

With no brokers named (flag, environment, .env, context) it starts an embedded broker on loopback, with the workers
produce, consume and seer in this process; if one of this user runs already, the console joins it. Without a terminal on stdin
and stdout it starts the same stack, makes one round trip of 1,000 messages, prints its verdict and the addresses it
serves, and stays up until a signal.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, resolved, so, err := o.resolve(cmd.Flags().Changed("roles"))
			if err != nil {
				return err
			}
			if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
				cli.ShowNotes(errs, resolved.Notes)
				return headless(cmd.Context(), out, errs, so)
			}
			if len(so.Context.Brokers) > 0 {
				saveMemory()
			}
			return interactive(cmd.Context(), errs, o.cluster, conf, resolved, so)
		},
	}
	root.SetOut(out)
	root.SetErr(errs)
	f := root.PersistentFlags()
	o.cluster = cli.AddCluster(f)
	f.BoolVar(&o.ephemeral, "ephemeral", false, "embedded broker: keep nothing")
	f.StringVar(&o.dataDir, "data-dir", "", "embedded broker: where it keeps its data (default: the state directory)")
	f.IntVar(&o.port, "port", 0, "embedded broker: its port (default: a free one; a taken one becomes the next free one)")
	f.StringVar(&o.roles, "roles", stack.AllRoles, "workers in this process; for brokers that are named only if given")
	f.StringSliceVar(&o.topics, "topics", nil, "topics that consume and seer read (default: all of an embedded broker)")
	f.StringVar(&o.regex, "regex", "", "pattern of topics that consume and seer read")
	o.cluster.AddAskedSeer(root.Flags())
	o.cluster.AddModel(root.Flags())
	root.AddCommand(o.serveCommand(errs))
	cli.Root(root)
	return root
}

// resolve reads the configuration and says what stack is to run.
func (o *options) resolve(rolesGiven bool) (*config.Config, *config.Resolved, stack.Options, error) {
	so := stack.Options{Console: true, Topics: o.topics, Regex: o.regex}
	conf, err := o.cluster.Load()
	if err != nil {
		return nil, nil, so, err
	}
	resolved, err := conf.Resolve("")
	if err != nil {
		return nil, nil, so, err
	}
	if so.Roles, err = stack.ParseRoles(o.roles); err != nil {
		return nil, nil, so, &cli.Usage{Err: err}
	}
	so.Context, so.Seer = resolved.Context, resolved.Seer
	so.Embedded.Ephemeral, so.Embedded.Dir, so.Embedded.Port = o.ephemeral, o.dataDir, o.port
	given := len(so.Context.Brokers) > 0
	if given && (o.ephemeral || o.dataDir != "" || o.port != 0) {
		return nil, nil, so, cli.Usagef("Leave out --brokers and the context for an embedded broker, or leave out its flags.",
			"--ephemeral, --data-dir and --port are the embedded broker's, and brokers are named")
	}
	if given && !rolesGiven { // nobody wants a console to consume a cluster that it came to look at
		so.Roles = nil
	}
	return conf, resolved, so, nil
}
