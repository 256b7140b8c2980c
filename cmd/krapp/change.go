package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
)

// change are the flags of a command that changes the cluster.
type change struct {
	dryRun bool
	yes    string
}

func (c *change) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "say what it would do, and do nothing")
}

func (c *change) addConfirmTo(cmd *cobra.Command, what string) {
	c.addTo(cmd)
	cmd.Flags().StringVar(&c.yes, "yes", "", "the "+what+"'s name, in the place of typing it when asked")
}

// planJSON is a plan as JSON shows it.
type planJSON struct {
	Title      string   `json:"title"`
	Effects    []string `json:"effects"`
	Lost       []string `json:"lost"`
	Undo       string   `json:"undo,omitempty"`
	Reversible bool     `json:"reversible"`
	Command    string   `json:"command"`
}

// confirm shows the plan before anything is done: on stdout with --dry-run, where it is the result, else on stderr. It returns false when
// nothing is to be done, and an error when the name that must be typed was not.
func (a *app) confirm(ctx context.Context, c change, p kafkaops.Plan) (bool, error) {
	if c.dryRun {
		shown := planJSON{p.Title, orEmpty(p.Effects), orEmpty(p.Lost), p.Undo, p.Reversible(), p.Command}
		return false, cli.One(a.output(), shown, func(w io.Writer, _ planJSON) error { return writePlan(w, p) })
	}
	if err := writePlan(a.err, p); err != nil || p.Typed == "" {
		return err == nil, err
	}
	if c.yes != "" {
		return match(c.yes, p)
	}
	if !isTerminal(a.in) {
		return false, cli.Usagef("Confirm with --yes "+p.Typed, "%s needs its name as a confirmation", strings.ToLower(p.Title[:1])+p.Title[1:])
	}
	fmt.Fprintf(a.err, "Type %s to confirm: ", safetext.Of(p.Typed))
	typed, err := readLine(ctx, a.in)
	if err != nil {
		return false, err
	}
	return match(typed, p)
}

func match(typed string, p kafkaops.Plan) (bool, error) {
	if typed != p.Typed {
		return false, kafkaops.Errorf(kafkaops.Invalid, "confirming", p.Typed, "Nothing was changed; repeat the name exactly.", "%q is another name", typed)
	}
	return true, nil
}

// readLine reads a line, or ends with ctx: a terminal's read can't be interrupted, so that it is left behind.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(r).ReadString('\n')
		got <- answer{strings.TrimRight(line, "\r\n"), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-got:
		if a.err != nil && a.line == "" {
			return "", kafkaops.Errorf(kafkaops.Invalid, "confirming", "", "Nothing was changed.", "nothing was typed")
		}
		return a.line, nil
	}
}

func writePlan(w io.Writer, p kafkaops.Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", safetext.Of(p.Title))
	for _, e := range p.Effects {
		fmt.Fprintf(&b, "  %s\n", safetext.Of(e))
	}
	for _, l := range p.Lost {
		fmt.Fprintf(&b, "  can't be undone: %s\n", safetext.Of(l))
	}
	if p.Undo != "" {
		fmt.Fprintf(&b, "  to undo: %s\n", safetext.Of(p.Undo))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
