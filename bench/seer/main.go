// Command seer examines the seer: texts and generated messages of the project's own, questions whose answers are known, no network and no
// model. "go run ./bench/seer" does all and writes bench/seer/README.md; "go run ./bench/seer NAME…" repeats some of its parts.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/report"
	"github.com/krapp-io/krapp/bench/seer/speed"
)

//go:embed texts data
var files embed.FS

// limit bounds the whole.
const limit = 20 * time.Minute

// settings are what the command line says.
type settings struct {
	set      corpus.Corpus
	messages int
	seed     uint64
	learn    int
	rounds   int
	brokers  []string
	failures bool // of the dev half
	heldOut  bool // and of the other
	out      io.Writer
}

// tells says whether the failures of a question are to be told.
func (s *settings) tells(q corpus.Question) bool { return s.heldOut || q.Split == corpus.Development }

// part is one examination.
type part struct {
	name string
	run  func(context.Context, *settings) (string, error)
}

func parts() []part {
	return []part{{"retrieval", examineRetrieval}, {"answers", examineAnswers}, {"speed", measureSpeed}}
}

func names() []string {
	var all []string
	for _, p := range parts() {
		all = append(all, p.name)
	}
	return all
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := choose(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/seer:", err)
		os.Exit(1)
	}
}

func choose(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == asChild {
		return speed.Child(ctx, os.Stdin, os.Stdout)
	}
	return run(ctx, args, os.Stdout)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s := &settings{out: out}
	flags := flag.NewFlagSet("bench/seer", flag.ContinueOnError)
	flags.IntVar(&s.messages, "messages", 20_000, "generated messages that are asked about")
	flags.Uint64Var(&s.seed, "seed", 1, "of the generated messages")
	flags.IntVar(&s.learn, "learn", 1_000_000, "messages of the speed part")
	flags.IntVar(&s.rounds, "rounds", 3, "how often the speed of learning is measured")
	flags.BoolVar(&s.failures, "failures", false, "say of each question of the dev half what went wrong")
	flags.BoolVar(&s.heldOut, "held-out", false, "and of the other half too: tell whoever tunes as little of it as you can")
	brokers := flags.String("brokers", "", "of a real cluster for the speed part, comma-separated; \"\": the embedded broker")
	readme := flags.String("readme", "bench/seer/README.md", "the file to write; \"\" writes none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.messages < 2000 || s.learn < 10_000 || s.rounds < 1 {
		return errors.New("-messages must be 2000 or more, -learn 10000, -rounds 1")
	}
	if *brokers != "" {
		s.brokers = strings.Split(*brokers, ",")
	}
	var err error
	if s.set, err = corpus.Load(files); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took more than %s", limit))
	defer cancel()
	return s.examine(ctx, flags.Args(), *readme)
}

func (s *settings) examine(ctx context.Context, chosen []string, readme string) error {
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("there is no part %q: choose from %s", name, strings.Join(names(), ", "))
		}
	}
	var failed []error
	for _, p := range parts() {
		if len(chosen) > 0 && !slices.Contains(chosen, p.name) {
			continue
		}
		text, err := p.run(ctx, s)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
			continue
		}
		fmt.Fprintf(s.out, "\n%s\n", text)
		if readme != "" {
			failed = append(failed, keep(readme, report.Part{Name: p.name, Markdown: text}))
		}
	}
	return errors.Join(failed...)
}

// keep replaces one part of the README.
func keep(path string, p report.Part) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(report.Update(string(old), intro(), names(), []report.Part{p})), 0o644) //nolint:gosec // documentation is for everybody
}

func intro() string {
	var b strings.Builder
	b.WriteString("# The seer, examined\n\n" +
		"Written by `go run ./bench/seer`; `go run ./bench/seer retrieval` (or `answers`, `speed`) repeats one part, `-failures` says what went\n" +
		"wrong with which question of the dev half. No network, no key, no model.\n\n" +
		"The texts (`texts/`), the templates of messages (`data/events.txt`) and the questions (`data/questions.jsonl`) were written for this project\n" +
		"by somebody who had not seen its retrieval (the 60 natural questions after a first run of BM25), and are nobody else's. Half of the\n" +
		"questions, `dev`, is for tuning; the other half, `held-out`, is not to be looked at when tuning, and both are reported. Failures of the\n" +
		"held-out half were seen while the runner was debugged, so it is not untouched. A question is in the words of its answer, or *natural* (it names the thing, and has its own\n" +
		"words for the rest), or *paraphrased* (other words throughout).\n\n")
	for _, line := range machine.Describe()[:4] {
		fmt.Fprintf(&b, "- %s: %s\n", line[0], line[1])
	}
	return b.String()
}
