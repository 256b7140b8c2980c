package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/oracle"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/remote"
)

// asking is one run of the command.
type asking struct {
	app     *app
	topics  []string
	load    []string
	title   string
	status  bool
	timeout time.Duration
}

func (a *app) askCommand() *cobra.Command {
	q := asking{app: a}
	cmd := &cobra.Command{Use: "ask [QUESTION]", Short: "Ask the seer about what flows through topics, and give it texts to learn", Args: cobra.ArbitraryArgs,
		Long: "Ask the seer a question; the answer cites the records it rests on. --load has it learn files first, - is stdin.\n" +
			"The seer is the one of krapp up or krapp-tui, a krapp-worker seer on this machine, or the one of --seer-url.\n" +
			"Exit code 0: answered. 3: it does not know.",
		Example: "  krapp ask how many messages are in orders since 14:00\n" +
			"  krapp ask 'why do payments fail?' --topic payments\n" +
			"  krapp ask --load handbook.txt 'who may restart the brokers?'",
		RunE: func(cmd *cobra.Command, args []string) error { return q.run(cmd.Context(), strings.Join(args, " ")) }}
	f := cmd.Flags()
	a.cluster.AddAskedSeer(f)
	f.StringSliceVar(&q.topics, "topic", nil, "topics that the answer may rest on; may be repeated (default: all that the seer has learned)")
	f.StringArrayVar(&q.load, "load", nil, "file with a text to learn, - for stdin; may be repeated")
	f.StringVar(&q.title, "title", "", "title of the text (default: the file's name)")
	f.BoolVar(&q.status, "status", false, "show what the seer has learned, and how far behind it is")
	f.DurationVar(&q.timeout, "timeout", 2*time.Minute, "how long an answer may take")
	return cmd
}

func (q *asking) check(text string) error {
	switch {
	case strings.TrimSpace(text) == "" && len(q.load) == 0 && !q.status:
		return cli.Usagef(`Write it as in: krapp ask "how many messages are in orders?"`, "there is no question, nothing to --load, and no --status")
	case len(text) > seer.MaxQuestion:
		return cli.Usagef("Ask in fewer words, and --load what is to be read.", "the question has %d bytes, at most %d are read", len(text), seer.MaxQuestion)
	case q.title != "" && len(q.load) != 1:
		return cli.Usagef("Give it with one --load.", "--title is for one text")
	case q.timeout <= 0:
		return cli.Usagef("Give a duration above zero, as in 30s.", "--timeout is %s", q.timeout)
	}
	return nil
}

func (q *asking) run(ctx context.Context, text string) error {
	if err := q.check(text); err != nil {
		return err
	}
	r, err := q.app.cluster.Resolve()
	if err != nil {
		return err
	}
	cli.ShowNotes(q.app.err, r.Notes)
	client, err := oracle.Remote(ctx, r.Seer)
	if err != nil {
		return err
	}
	may := q.app.guard(r)
	for _, name := range q.load {
		err := may.Do(ctx, guard.Action{Kind: guard.Teach, Resource: name}, func(ctx context.Context) error { return q.give(ctx, client, name) })
		if err != nil {
			return err
		}
	}
	if q.status {
		if err := q.showStatus(ctx, client); err != nil {
			return err
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return q.ask(ctx, client, text)
}

// give has the seer learn a file.
func (q *asking) give(ctx context.Context, client *remote.Client, name string) error {
	text, err := q.read(name)
	if err != nil {
		return err
	}
	title := q.title
	if title == "" && name != "-" {
		title = filepath.Base(name)
	}
	at, err := client.Accept(ctx, title, text)
	if err != nil {
		return err
	}
	if at.Note != "" {
		cli.ShowNotes(q.app.err, []string{at.Note})
	}
	return nil
}

// mostText is more than any seer takes: the rest of a larger file need not be read to be refused.
const mostText = 64 << 20

func (q *asking) read(name string) (string, error) {
	const op, hint = "reading the text", "Name a text file that can be read, or - for stdin."
	in := q.app.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", kafkaops.NewError(kafkaops.NotFound, op, name, hint, err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(bufio.NewReader(in), mostText))
	if err != nil {
		return "", kafkaops.NewError(kafkaops.Invalid, op, name, hint, err)
	}
	return string(raw), nil
}

func (q *asking) ask(ctx context.Context, client *remote.Client, text string) error {
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	line := q.app.progress()
	defer line.clear()
	answer, err := client.Ask(ctx, seer.Question{Text: text, Topics: q.topics}, func(e seer.Event) {
		if e.Step != "" {
			line.set("%s", e.Step)
		}
	})
	line.clear()
	if err != nil {
		return err
	}
	if err := cli.One(q.app.output(), answer, writeAnswer); err != nil {
		return err
	}
	if answer.Way == seer.Refused {
		return cli.Code(cli.NotDone)
	}
	return nil
}

func (q *asking) showStatus(ctx context.Context, client *remote.Client) error {
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	return cli.One(q.app.output(), status, writeStatus)
}
