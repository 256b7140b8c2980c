// Command krapp is krapp for scripts: the operations of the console, one a command, with results on stdout and everything else on stderr.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/krapp-io/krapp/cmd/internal/cli"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program: it returns its exit code. Ctrl-C and SIGTERM end the context; a second one ends the process as if nothing caught it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRoot(&app{in: in, out: out, err: errs, format: cli.Table})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	cli.Report(errs, "krapp", err, interrupted)
	return cli.CodeOf(err, interrupted)
}
