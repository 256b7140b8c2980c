package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Show the version of krapp and of what it is built with", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		return cli.One(a.output(), cli.BuildVersion(), func(w io.Writer, v cli.Version) error {
			_, err := fmt.Fprintf(w, "krapp %s (%s)\n", v.Version, v.Go)
			return err
		})
	}}
}
