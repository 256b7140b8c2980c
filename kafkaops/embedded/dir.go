package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	ephemeralPrefix = "krapp-ephemeral-"
	hintBadDir      = "Move that directory away to start afresh, name another one with --data-dir, or run with --ephemeral."
)

// StateDir is $XDG_STATE_HOME/krapp, or ~/.local/state/krapp. It need not exist.
func StateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // the XDG specification: relative ones are to be ignored
		return filepath.Join(dir, "krapp"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", kafkaops.NewError(kafkaops.Invalid, "finding the state directory", "", "Set HOME or XDG_STATE_HOME, or name a directory with --data-dir.", err)
	}
	return filepath.Join(home, ".local", "state", "krapp"), nil
}

// DefaultDir is where a broker that was given no directory keeps its data: "broker" in StateDir.
func DefaultDir() (string, error) {
	state, err := StateDir()
	return filepath.Join(state, "broker"), err
}

// ephemeralDir makes a temporary data directory, and removes those whose broker was killed.
func ephemeralDir() (string, error) {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), ephemeralPrefix+strconv.Itoa(os.Getuid())+"-*"))
	for _, dir := range old {
		removeAbandoned(dir)
	}
	dir, err := os.MkdirTemp("", ephemeralPrefix+strconv.Itoa(os.Getuid())+"-")
	if err != nil {
		return "", kafkaops.NewError(kafkaops.Invalid, opStart, os.TempDir(), "Set TMPDIR to a directory that can be written to.", err)
	}
	return dir, nil
}

// removeAbandoned removes dir if its lock is free. A directory without a lock file may be one that is just being made: it stays.
func removeAbandoned(dir string) {
	if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
		return
	}
	lock, err := lockDir(dir)
	if err != nil {
		return
	}
	_ = os.RemoveAll(dir)
	lock.release()
}

const lockName = "lock"

// dirLock is held by the one broker that uses a directory. The kernel frees it when the process ends, however it ends.
type dirLock struct {
	file *os.File
	path string
}

// holder is what a lock file says about who holds it.
type holder struct {
	PID  int    `json:"pid"`
	Addr string `json:"addr,omitempty"`
}

func lockDir(dir string) (*dirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, opStart, dir, "Name a directory that can be written to with --data-dir, or run with --ephemeral.", err)
	}
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, opStart, dir, "Name a directory that can be written to with --data-dir, or run with --ephemeral.", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		l := &dirLock{file: f, path: path}
		if err := l.describe(""); err != nil {
			l.release()
			return nil, kafkaops.NewError(kafkaops.Invalid, opStart, dir, hintBadDir, err)
		}
		return l, nil
	}
	defer f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, lockedBy(dir, f)
	}
	return nil, kafkaops.NewError(kafkaops.Invalid, opStart, dir, "Name a directory on a file system with locks with --data-dir, or run with --ephemeral.", err)
}

// lockedBy names the process that has the directory, and both ways out.
func lockedBy(dir string, f *os.File) error {
	var h holder
	who := "another process"
	hint := "Connect to that broker with --brokers, or start one of your own with --ephemeral or another --data-dir."
	if err := json.NewDecoder(f).Decode(&h); err == nil && h.PID > 0 {
		who = "process " + strconv.Itoa(h.PID)
		if h.Addr != "" {
			who += " at " + h.Addr
			hint = strings.Replace(hint, "--brokers", "--brokers "+h.Addr, 1)
		}
	}
	return kafkaops.Errorf(kafkaops.Conflict, opStart, dir, hint, "the data directory is in use by the broker of %s", who)
}

// describe writes who holds the lock, for the message that others get.
func (l *dirLock) describe(addr string) error {
	line, err := json.Marshal(holder{PID: os.Getpid(), Addr: addr})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("writing %s: %w", l.path, err)
	}
	_, err = l.file.WriteAt(append(line, '\n'), 0)
	return err
}

// release lets go. The file stays: removing it would let two processes hold locks on two files of one name.
func (l *dirLock) release() { _ = l.file.Close() }

func isTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
