package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
)

func (a *app) contextsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "contexts", Short: "List, show and choose the named clusters of the configuration"}
	cmd.AddCommand(a.contextsListCommand(), a.contextsShowCommand(), a.contextsUseCommand())
	return cmd
}

// contextRow is a named context in the list.
type contextRow struct {
	Context  string   `json:"context"`
	Current  bool     `json:"current"`
	Brokers  []string `json:"brokers"`
	ReadOnly bool     `json:"read_only"`
	Colour   string   `json:"colour,omitempty"`
}

func (a *app) contextsListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the contexts", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		conf, err := a.cluster.Load()
		if err != nil {
			return err
		}
		return cli.List(a.output(), contextRows(conf),
			cli.Column[contextRow]{Title: "", Text: func(r contextRow) string {
				if r.Current {
					return "*"
				}
				return ""
			}},
			cli.Column[contextRow]{Title: "context", Text: func(r contextRow) string { return r.Context }},
			cli.Column[contextRow]{Title: "brokers", Text: func(r contextRow) string { return strings.Join(r.Brokers, ",") }},
			cli.Column[contextRow]{Title: "access", Text: func(r contextRow) string {
				if r.ReadOnly {
					return "read-only"
				}
				return "read-write"
			}},
		)
	}}
}

func contextRows(conf *config.Config) []contextRow {
	current, _ := conf.Current()
	rows := []contextRow{}
	for _, c := range conf.Contexts() {
		brokers := c.Brokers
		if brokers == nil {
			brokers = []string{}
		}
		rows = append(rows, contextRow{c.Name, c.Name == current, brokers, c.ReadOnly, c.Colour})
	}
	return rows
}

// settingRow is one setting that holds, and where it came from.
type settingRow struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
	Origin  string `json:"origin"`
}

func (a *app) contextsShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show [CONTEXT]", Short: "Show every setting that holds, and where it came from", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			conf, err := a.cluster.Load()
			if err != nil {
				return err
			}
			name, origin := conf.Current()
			chosen := "" // the current one, which nearer settings may override
			if len(args) == 1 {
				chosen, name, origin = args[0], args[0], "argument"
			}
			r, err := conf.Resolve(chosen)
			if err != nil {
				return err
			}
			cli.ShowNotes(a.err, r.Notes)
			if err := r.Locate(cmd.Context(), cli.Announced); err != nil && kafkaops.ClassOf(err) != kafkaops.NotFound {
				return err
			}
			rows := []settingRow{}
			if name != "" {
				rows = append(rows, settingRow{"context", name, origin})
			}
			for _, v := range r.Values {
				rows = append(rows, settingRow{v.Name, v.Text, v.Origin})
			}
			return cli.List(a.output(), rows,
				cli.Column[settingRow]{Title: "setting", Text: func(r settingRow) string { return r.Setting }},
				cli.Column[settingRow]{Title: "value", Text: func(r settingRow) string { return r.Value }},
				cli.Column[settingRow]{Title: "from", Text: func(r settingRow) string { return r.Origin }},
			)
		}}
}

// chosen is the result of contexts use.
type chosen struct {
	Context string `json:"context"`
	Config  string `json:"config"` // the file that was changed
}

func (a *app) contextsUseCommand() *cobra.Command {
	return &cobra.Command{Use: "use CONTEXT", Short: "Make a context the current one", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		conf, err := a.cluster.Load()
		if err != nil {
			return err
		}
		may := a.guard(&config.Resolved{Context: kafkaops.Context{Name: args[0]}})
		err = may.Do(cmd.Context(), guard.Action{Kind: guard.UseContext, Resource: args[0]}, func(context.Context) error { return conf.Use(args[0]) })
		if err != nil {
			return err
		}
		return cli.One(a.output(), chosen{args[0], conf.Path}, func(w io.Writer, c chosen) error {
			_, err := fmt.Fprintf(w, "the current context is %s\n", safetext.Of(c.Context))
			return err
		})
	}}
}
