package tui

import (
	"context"
	"os/exec"
	"reflect"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

// remoteOptions are those of a program whose terminal is somebody else's: nothing of this process's terminal, environment or signals.
func (o Options) remoteOptions(profile colorprofile.Profile) []tea.ProgramOption {
	return []tea.ProgramOption{
		tea.WithInput(o.Input), tea.WithOutput(o.Output), tea.WithEnvironment(o.Environ), tea.WithColorProfile(profile),
		tea.WithWindowSize(o.Size.Width, o.Size.Height), tea.WithFilter(nothingHere()),
	}
}

// resize tells the program of a terminal's new sizes.
func resize(ctx context.Context, program *tea.Program, sizes <-chan Size) {
	for {
		select {
		case <-ctx.Done():
			return
		case s, ok := <-sizes:
			if !ok {
				return
			}
			program.Send(tea.WindowSizeMsg{Width: s.Width, Height: s.Height})
		}
	}
}

// nothingHere keeps messages from the program that would stop this process, or run another one: the terminal is somebody else's.
func nothingHere() func(tea.Model, tea.Msg) tea.Msg {
	runs := reflect.TypeOf(tea.ExecProcess(&exec.Cmd{}, nil)())
	return func(_ tea.Model, msg tea.Msg) tea.Msg {
		switch {
		case reflect.TypeOf(msg) == runs:
			return ui.FailMsg{Err: kafkaops.Errorf(kafkaops.Unsupported, "running", "a program", "", "this console is served: it runs no programs")}
		case reflect.TypeOf(msg) == reflect.TypeFor[tea.SuspendMsg]():
			return nil
		}
		return msg
	}
}

// isTermName says that a TERM from outside is a name: programs look it up among files.
func isTermName(s string) bool {
	const most = 64
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_+.", r)
	}
	return s != "" && len(s) <= most && s[0] != '.' && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0
}
