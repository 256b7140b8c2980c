// Command ssh measures krapp-tui serve: many dashboards at once over SSH, while messages flow through the topic that they watch. It prints how
// long a key takes until its effect is painted, what a session costs, what an idle one is sent, and what the dashboards cost the brokers.
//
//	KRAPP_TEST_KAFKA=host:port,… go run ./bench/ssh
//
// measures beside a real cluster (make kafka-up prints its addresses); without the variable it starts an embedded broker in a process of its
// own. It needs the commands of make build. Nothing is written unless -readme names a file; everything stays on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
)

// limit bounds the whole.
const limit = 12 * time.Minute

// setting is what the command line says, and what all parts share.
type setting struct {
	bin                     string
	sessions, rate, presses int
	window                  time.Duration // over which processor time and traffic are taken
	brokers                 []string
	real                    bool
	out                     io.Writer
	dir                     string   // temporary
	env                     []string // of the commands
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := choose(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/ssh:", err)
		os.Exit(1)
	}
}

func choose(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == asEcho {
		return echoServer(ctx, os.Stdout)
	}
	return run(ctx, args, os.Stdout)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s := &setting{out: out}
	flags := flag.NewFlagSet("bench/ssh", flag.ContinueOnError)
	flags.StringVar(&s.bin, "bin", "bin", "where the built commands are")
	flags.IntVar(&s.sessions, "sessions", 50, "dashboards at once")
	flags.IntVar(&s.rate, "rate", 50_000, "messages a second through the watched topic")
	flags.IntVar(&s.presses, "presses", 500, "keys that are timed")
	flags.DurationVar(&s.window, "window", 15*time.Second, "over which processor time and traffic are taken")
	readme := flags.String("readme", "", "the file to write; \"\" writes none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.sessions < 2 || s.rate < 1 || s.presses < 1 || s.window < time.Second {
		return errors.New("-sessions must be 2 or more, -rate and -presses 1, -window 1s")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took more than %s", limit))
	defer cancel()
	before, began := machine.Load(), time.Now()
	section, err := s.measure(ctx)
	if err != nil {
		return err
	}
	section.Note("Load average of the machine before and after: %s, %s; it took %s.", before, machine.Load(), time.Since(began).Round(time.Second))
	fmt.Fprintf(out, "\n%s\n", section.Markdown())
	if *readme == "" {
		return nil
	}
	r := figure.Readme{Intro: intro(), Order: []string{section.Name}}
	return os.WriteFile(*readme, []byte(r.Update("", []figure.Section{section})), 0o644) //nolint:gosec // documentation is for everybody
}

// measure sets everything up, and takes the figures.
func (s *setting) measure(ctx context.Context) (figure.Section, error) {
	out := s.section()
	var err error
	if s.bin, err = filepath.Abs(s.bin); err != nil {
		return out, err
	}
	for _, name := range []string{"krapp", "krapp-tui", "krapp-worker"} {
		if _, err := os.Stat(filepath.Join(s.bin, name)); err != nil {
			return out, fmt.Errorf("run make build at the root of the repository first: %w", err)
		}
	}
	if s.dir, err = os.MkdirTemp("", "krapp-bench-ssh-"); err != nil {
		return out, err
	}
	defer os.RemoveAll(s.dir)
	s.env = child.Home(s.dir)
	stop, err := s.cluster(ctx)
	if err != nil {
		return out, err
	}
	defer stop()
	p, err := s.newPipeline(ctx)
	if err != nil {
		return out, err
	}
	defer p.close()
	server, err := s.serve(ctx)
	if err != nil {
		return out, err
	}
	defer server.close()
	return out, s.figures(ctx, &out, p, server)
}

func (s *setting) section() figure.Section {
	beside := "a real cluster of three brokers on the same machine (replication factor 3)"
	if s.real = os.Getenv("KRAPP_TEST_KAFKA") != ""; !s.real {
		beside = "an embedded broker in a process of its own"
	}
	return figure.Section{Name: "ssh", Title: fmt.Sprintf("%d dashboards over SSH", s.sessions), Method: []string{
		fmt.Sprintf("`krapp-tui serve` beside %s, with %d sessions of 120×40 at once, each on the dashboard,", beside, s.sessions),
		fmt.Sprintf("while %d messages of 100 bytes a second flow through the watched topic and a worker consumes them. The clients, the brokers, the", s.rate),
		"producer and the worker share the machine with the server. A key is timed in the client, from writing it to reading its effect (a character",
		"typed into the command line) out of the decrypted stream; after each, a key is timed that a server does nothing with but send it back.",
	}}
}

func (s *setting) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// command is a built command's arguments.
func (s *setting) command(name string, args ...string) []string {
	return append([]string{filepath.Join(s.bin, name)}, args...)
}

// clustered is the environment of commands that are to find the brokers.
func (s *setting) clustered() []string {
	return append(s.env[:len(s.env):len(s.env)], "KRAPP_BROKERS="+strings.Join(s.brokers, ","))
}

func intro() string {
	var b strings.Builder
	b.WriteString("# Dashboards over SSH\n\nWritten by `go run ./bench/ssh -readme bench/ssh/README.md`. No test asserts any of this.\n\n")
	for _, line := range machine.Describe()[:4] {
		fmt.Fprintf(&b, "- %s: %s\n", line[0], line[1])
	}
	return b.String()
}
