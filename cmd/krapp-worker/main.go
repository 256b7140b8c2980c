// Command krapp-worker runs one role: produce, consume, read, compute, results, seer or watch. Every flag can be given as an environment variable
// KRAPP_WORKER_NAME too.
package main

import (
	"context"
	"io"
	"os"

	"github.com/krapp-io/krapp/cmd/internal/cli"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns its exit code. Signals are the runner's: the first drains, the second ends at once.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := newRoot(out, errs)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	cli.Report(errs, "krapp-worker", err, false)
	return cli.CodeOf(err, false)
}
