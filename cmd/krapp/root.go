package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// app is what every command works with.
type app struct {
	in       io.Reader
	out, err io.Writer
	format   cli.Format
	verbose  bool
	cluster  *cli.Cluster
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "krapp",
		Short: "Send messages round a Kafka pipeline, and prove what became of each",
		Long: `krapp sends messages round a Kafka pipeline and proves what became of each of them.

Without --brokers or a context it talks to the embedded broker that krapp up or krapp-tui announced.
Results go to stdout, everything else to stderr. Exit codes: 0 success, 1 failure, 2 wrong usage,
3 a run is not done or an answer not complete yet, 4 it is worse than that, 130 ended by Ctrl-C.`,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	a.cluster = cli.AddCluster(root.PersistentFlags())
	root.PersistentFlags().VarP(&a.format, "output", "o", "how results are written")
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log what the Kafka client does, on stderr")
	root.AddCommand(
		a.upCommand(), a.doitCommand(), a.isdoneCommand(), a.produceCommand(), a.tailCommand(), a.topicsCommand(), a.offsetsCommand(),
		a.groupsCommand(), a.brokersCommand(), a.contextsCommand(), a.resultsCommand(), a.askCommand(), a.versionCommand(),
	)
	cli.Root(root)
	return root
}

func (a *app) output() cli.Output { return cli.Output{W: a.out, Format: a.format} }

// log is where the rooms below may write: nowhere, or stderr with --verbose. Never stdout.
func (a *app) log() *slog.Logger {
	if !a.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// connect finds the cluster and connects to it. The caller closes the client.
func (a *app) connect(ctx context.Context) (*rdkafka.Client, *config.Resolved, error) {
	r, err := a.cluster.Locate(ctx, a.err)
	if err != nil {
		return nil, nil, err
	}
	client, err := rdkafka.Connect(ctx, r.Context, a.log())
	return client, r, err
}

// with runs f with a client and closes it.
func (a *app) with(ctx context.Context, f func(*rdkafka.Client) error) error {
	client, _, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return f(client)
}

// withChange is with for what changes the cluster: a read-only context refuses before anything is asked, and f does what it does through the guard.
func (a *app) withChange(ctx context.Context, what string, change guard.Action, f func(*rdkafka.Client, *guard.Guard) error) error {
	r, err := a.cluster.Resolve()
	if err != nil {
		return err
	}
	may := a.guard(r)
	if r.Context.ReadOnly {
		err := kafkaops.Errorf(kafkaops.Unauthorised, what, "", "Choose another context, or give --read-only=false if you mean it.", "the context is read-only")
		may.Refused(change, err)
		return err
	}
	return a.with(ctx, func(client *rdkafka.Client) error { return f(client, may) })
}

// isTerminal says whether a person is at the other end.
func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
