package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/theme"
)

// Explicit direction (ECMA-48 BDSM reset): terminals that reorder right-to-left
// text would otherwise move the cells beside it. Others ignore it.
const (
	explicitDirection = "\x1b[8l"
	implicitDirection = "\x1b[8h"
)

// Run shows the console until it is quit or ctx ends, and restores the
// terminal. Without a terminal that can show it, it fails before anything is
// drawn.
func Run(ctx context.Context, o Options) error {
	getenv, err := checkTerminal(o)
	if err != nil {
		return err
	}
	if home := o.withDefaults().Home.Page; !o.has(home) {
		return kafkaops.Errorf(kafkaops.Internal, "opening", "page "+home, "", "it is not registered")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Signals are the process's, and end ctx. Bubble Tea's own handler would hand SIGTERM to a program that may have quit by then, and wait for ever.
	options := []tea.ProgramOption{tea.WithFPS(120), tea.WithoutSignalHandler()}
	o.Theme.ASCII = o.Theme.ASCII || theme.NeedsASCII(getenv)
	var out io.Writer = os.Stdout
	if o.Output == nil {
		o.Theme.Colours = colours(colorprofile.Detect(out, os.Environ()))
	} else {
		out = o.Output
		profile := colorprofile.Env(o.Environ)
		o.Theme.Colours = colours(profile)
		options = append(options, o.remoteOptions(profile)...)
	}
	if !o.Theme.ASCII {
		if _, err := io.WriteString(out, explicitDirection); err != nil {
			return kafkaops.NewError(kafkaops.Internal, "drawing on", "the terminal", "", err)
		}
		defer func() { _, _ = io.WriteString(out, implicitDirection) }()
	}
	var program *tea.Program
	pace := &pacer{ticker: func() *time.Ticker { return rendererTicker(program) }}
	program = tea.NewProgram(paced{New(ctx, o), pace}, options...)
	defer context.AfterFunc(ctx, func() { endGently(program) })()
	go resize(ctx, program, o.Resize)
	_, err = program.Run()
	switch {
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic) && ctx.Err() != nil:
		return nil // asked to stop from outside
	}
	return kafkaops.NewError(kafkaops.Internal, "running", "the console", "", err)
}

// killAfter is how long a program that was asked to quit may take.
const killAfter = 2 * time.Second

// endGently has the program quit by itself. A program that is killed leaves its
// reader behind, which swallows the next key of whoever reads the terminal then.
func endGently(program *tea.Program) {
	last := time.AfterFunc(killAfter, program.Kill)
	defer last.Stop()
	program.Send(tea.QuitMsg{})
	program.Wait()
}

// checkTerminal says why the console cannot be shown here.
func checkTerminal(o Options) (func(string) string, error) {
	getenv := os.Getenv
	if o.Output != nil {
		getenv = lookup(o.Environ)
	} else if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
		return nil, kafkaops.Errorf(kafkaops.Unsupported, "opening", "the console",
			"Run it in a terminal, or use krapp, which is made for scripts.", "stdin and stdout must be a terminal")
	}
	t := getenv("TERM")
	if t == "dumb" || t == "" {
		return nil, kafkaops.Errorf(kafkaops.Unsupported, "opening", "the console",
			"Set TERM to what the terminal is (xterm-256color, tmux-256color), or use krapp, which needs none.", "TERM is %q: the cursor cannot be moved", t)
	}
	if o.Output != nil && !isTermName(t) {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "opening", "the console", "Set TERM to what the terminal is (xterm-256color, tmux-256color).", "TERM is no terminal's name")
	}
	return getenv, nil
}

func lookup(environ []string) func(string) string {
	return func(name string) string {
		for _, kv := range environ {
			if len(kv) > len(name) && kv[:len(name)] == name && kv[len(name)] == '=' {
				return kv[len(name)+1:]
			}
		}
		return ""
	}
}
