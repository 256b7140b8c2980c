// Command bench measures krapp beside its peers and against its aims, and writes bench/README.md. "make bench" runs it on a real cluster of
// three brokers; "go run ./bench NAME…" repeats some of its parts.
//
// Everything is bounded in count and time and stays on loopback. Subjects of a comparison take turns (A B A B …), so that what else happens
// on the machine meets all of them; ratios are taken within a round. Nothing here asserts a time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
)

// limit bounds the whole.
const limit = 25 * time.Minute

// benchmark is one part.
type benchmark struct {
	name string
	run  func(context.Context, *setting) (figure.Section, error)
}

// benchmarks lists all, in the order of running.
func benchmarks() []benchmark {
	return []benchmark{
		{"lag", benchLag},
		{"roundtrip", benchRoundTrip},
		{"produce", benchProduce},
		{"consume", benchConsume},
		{"pipeline", benchPipeline},
		{"console", benchConsole},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	bin := flags.String("bin", "bin", "where the built commands are")
	readme := flags.String("readme", "bench/README.md", "the file to write; \"\" writes none")
	rounds := flags.Int("rounds", 3, "how often each subject of a comparison has its turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the benchmarks took more than %s", limit))
	defer cancel()
	s, err := newSetting(*bin, *rounds, out)
	if err != nil {
		return err
	}
	defer s.close()
	var failed []error
	for _, b := range chosen {
		section, err := s.measure(ctx, b)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", b.name, err))
			continue
		}
		fmt.Fprintf(out, "\n%s\n", section.Markdown())
		if *readme != "" {
			failed = append(failed, keep(*readme, section))
		}
	}
	return errors.Join(failed...)
}

func choose(names []string) ([]benchmark, error) {
	all := benchmarks()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []benchmark
	for _, name := range names {
		found := false
		for _, b := range all {
			if b.name == name {
				chosen, found = append(chosen, b), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no benchmark %q: choose from %s", name, strings.Join(nameAll(), ", "))
		}
	}
	return chosen, nil
}

// nameAll lists the names in the order of the README, which is that of a message's way.
func nameAll() []string {
	return []string{"produce", "consume", "roundtrip", "pipeline", "console", "lag"}
}

// measure runs one benchmark and says under which load.
func (s *setting) measure(ctx context.Context, b benchmark) (figure.Section, error) {
	before, began := machine.Load(), time.Now()
	s.say("== %s (load average %s)", b.name, before)
	section, err := b.run(ctx, s)
	section.Name = b.name
	section.Note("Load average of the machine's %d cores before and after: %s, %s; the figures took %s.",
		cores(), before, machine.Load(), time.Since(began).Round(time.Second))
	return section, err
}

// keep replaces one section of the README.
func keep(path string, section figure.Section) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r := figure.Readme{Intro: intro(), Order: nameAll()}
	return os.WriteFile(path, []byte(r.Update(string(old), []figure.Section{section})), 0o644) //nolint:gosec // documentation is for everybody
}

func intro() string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\n" +
		"Written by `make bench`; `go run ./bench NAME` repeats one part. Each figure is the least, the median and the greatest of some turns.\n" +
		"Subjects that are compared take turns in one run (A B A B …), on one machine and one cluster of three brokers beside them, and a ratio is\n" +
		"taken within a round; so ratios tell more than absolute figures. No test asserts any of this.\n\n")
	for _, line := range machine.Describe() {
		fmt.Fprintf(&b, "- %s: %s\n", line[0], line[1])
	}
	fmt.Fprintf(&b, "- Kafka: 4.3.1, three brokers of 384 MB on the same machine (`make kafka-up`), replication factor 3, min ISR 2\n")
	return b.String()
}
