package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/tui"
)

// maxLogBytes is the size beyond which a log file makes room for a new one.
const maxLogBytes = 8 << 20

// interactive shows the console. It is drawn while the stack starts behind it; nothing but the console writes to the terminal meanwhile.
func interactive(ctx context.Context, errs io.Writer, cluster *cli.Cluster, conf *config.Config, resolved *config.Resolved, o stack.Options) error {
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return tui.Run(ctx, tui.Options{}) // says why it can't be shown, before anything is started for it
	}
	file, err := openLog()
	if err != nil {
		return err
	}
	defer file.Close() // a log that can't be written to the end
	o.Log = slog.New(slog.NewJSONHandler(file, &slog.HandlerOptions{Level: slog.LevelInfo})).With("pid", os.Getpid())
	restore, err := redirectStderr(file)
	if err != nil {
		return err
	}
	h := &house{ctx: ctx, cluster: cluster, audit: guard.DefaultLog()}
	h.begin(conf, resolved, o)
	err = (&desk{ctx: ctx, house: h, who: guard.Here("krapp-tui"), now: h.join(h.first.name)}).run()
	closeErr := h.close()
	restore()
	if err != nil {
		return err
	}
	if closeErr != nil { // the console is gone: say it where people look, and let the exit code be that of the console
		fmt.Fprintf(errs, "krapp-tui: stopping: %v\n", closeErr)
	}
	return nil
}

// openLog opens the log file in the state directory, for this user alone.
func openLog() (*os.File, error) {
	const op = "opening the log file"
	dir, err := embedded.StateDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "krapp-tui.log")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, path, "Set XDG_STATE_HOME to a directory that can be written to.", err)
	}
	if info, err := os.Stat(path); err == nil && info.Size() > maxLogBytes {
		_ = os.Rename(path, path+".1") // if it can't be moved it grows on
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, path, "Set XDG_STATE_HOME to a directory that can be written to.", err)
	}
	return file, nil
}

// redirectStderr sends file descriptor 2 to the log: a line that a C library writes there would tear the screen.
func redirectStderr(file *os.File) (restore func(), err error) {
	const op = "redirecting stderr"
	saved, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, op, file.Name(), "", err)
	}
	if err := unix.Dup3(int(file.Fd()), 2, 0); err != nil {
		_ = unix.Close(saved)
		return nil, kafkaops.NewError(kafkaops.Internal, op, file.Name(), "", err)
	}
	return func() {
		_ = unix.Dup3(saved, 2, 0)
		_ = unix.Close(saved)
	}, nil
}
