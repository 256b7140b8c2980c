package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/sshd"
)

// The bounds of commands over SSH.
const (
	mostCommands = 8         // at a time
	mostOutput   = 256 << 20 // bytes of one
	commandEnd   = 2 * time.Second
	commandHeap  = "GOMEMLIMIT=256MiB"
)

// findKrapp finds the program: the one that was named, or the one beside this one.
func findKrapp(named string) (string, error) {
	path := named
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		path = filepath.Join(filepath.Dir(self), "krapp")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", kafkaops.NewError(kafkaops.NotFound, "finding krapp", path, "Name it with --krapp.", errors.Unwrap(err))
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "", kafkaops.Errorf(kafkaops.Invalid, "finding krapp", path, "Name it with --krapp.", "it is no program")
	}
	return filepath.Abs(path)
}

// exec runs a command for a visitor, and returns its exit code.
func (vs *visitors) exec(ctx context.Context, v sshd.Visitor, argv []string, stdout, stderr io.Writer) int {
	code, err := vs.command(ctx, v, argv, stdout, stderr)
	cli.Report(stderr, "krapp", err, false)
	if err != nil {
		return cli.CodeOf(err, false)
	}
	return code
}

func (vs *visitors) command(ctx context.Context, v sshd.Visitor, argv []string, stdout, stderr io.Writer) (code int, err error) {
	d, err := vs.desk(ctx, v)
	if err != nil {
		return 0, err
	}
	defer d.rise()
	may := d.guard(d.now)
	args, err := readOnlyCommand(argv)
	if err != nil {
		may.Refused(guard.Action{Kind: guard.Exec, Resource: strings.Join(argv, " ")}, err)
		return 0, err
	}
	line := "krapp " + strings.TrimSuffix(strings.Join(args, " "), " --")
	a := guard.Action{Kind: guard.Exec, Resource: line, Result: func() string { return fmt.Sprintf("exit code %d", code) }}
	err = may.Do(ctx, a, func(ctx context.Context) error {
		select {
		case vs.slots <- struct{}{}:
			defer func() { <-vs.slots }()
		default:
			return kafkaops.Errorf(kafkaops.Unavailable, "running", line, "Try again in a moment.", "%d commands are running already", mostCommands)
		}
		code, err = vs.start(ctx, d.now, args, stdout, stderr)
		return err
	})
	return code, err
}

// start runs krapp in a process of its own, with an environment that says where to look and no more, until it ends or the visitor has gone.
func (vs *visitors) start(ctx context.Context, at *place, args []string, stdout, stderr io.Writer) (int, error) {
	st, err := at.session.Stack(ctx)
	if err != nil {
		return cli.Failure, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, vs.krapp, args...)
	cmd.Env, cmd.Dir = environmentOf(at, st), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // it only reads: there is nothing to put in order
	cmd.WaitDelay = commandEnd
	cmd.Stdout, cmd.Stderr = &limited{w: stdout, left: mostOutput, over: cancel}, &limited{w: stderr, left: mostOutput, over: cancel}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode(), nil
	case err != nil:
		return cli.Failure, kafkaops.NewError(kafkaops.Internal, "running", "krapp "+args[0], "", err)
	}
	return cli.Success, nil
}

// environmentOf says where a place is, and that it may only be read.
func environmentOf(at *place, st *stack.Stack) []string {
	c := st.Context()
	env := []string{commandHeap, "KRAPP_READ_ONLY=true", "KRAPP_BROKERS=" + strings.Join(c.Brokers, ",")}
	add := func(name, value string) {
		if value != "" {
			env = append(env, "KRAPP_"+name+"="+value)
		}
	}
	if c.Security.TLS {
		add("TLS", "true")
	}
	if c.Timeout > 0 {
		add("REQUEST_TIMEOUT", c.Timeout.String())
	}
	add("CLIENT_ID", c.ClientID)
	for name, file := range map[string]string{"CA_FILE": c.Security.CAFile, "CERT_FILE": c.Security.CertFile, "KEY_FILE": c.Security.KeyFile} {
		if path, err := filepath.Abs(file); file != "" && err == nil {
			add(name, path)
		}
	}
	add("SASL_MECHANISM", c.Security.SASLMechanism)
	add("USERNAME", c.Security.Username)
	add("PASSWORD", c.Security.Password.Reveal())
	add("SEER_URL", seerOf(at, st))
	return env
}

// seerOf is the seer that commands ask. One that wants a token is for the console alone: a token comes from a file, which isn't handed on.
func seerOf(at *place, st *stack.Stack) string {
	s := at.resolved.Seer
	switch {
	case s.URL == "":
		return st.Services()[stack.Seer]
	case s.Token.IsZero():
		return s.URL
	}
	return ""
}

// limited is an output with an end.
type limited struct {
	w    io.Writer
	left int
	over func()
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		l.over()
		return 0, kafkaops.Errorf(kafkaops.Unsupported, "writing", "the output", "Ask for less.", "it has more than %d bytes", mostOutput)
	}
	return l.w.Write(p)
}
