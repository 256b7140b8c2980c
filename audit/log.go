package audit

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Log takes entries.
type Log interface {
	// Write stores an entry before it returns. An error means that it may be missing.
	Write(Entry) error
}

// The bounds of a File.
const (
	DefaultMaxBytes = 16 << 20
	DefaultKeep     = 5
	lockLimit       = 2 * time.Second
)

// File is a log in a file. Its methods may be called from any goroutine, and the file may be that of several processes.
type File struct {
	Path     string
	MaxBytes int64 // the size beyond which the file moves aside; 0 means DefaultMaxBytes
	Keep     int   // how many older files are kept, as PATH.1 (the newest) and so on; 0 means DefaultKeep

	mu   sync.Mutex
	file *os.File
}

const (
	opWrite = "writing the audit log"
	hint    = "Make room there, set XDG_STATE_HOME to a directory that can be written to, or name another file with --audit-log."
)

func failed(path string, err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		err = at.Err // the path is named already
	}
	return kafkaops.NewError(kafkaops.Unavailable, opWrite, path, hint, err)
}

// Write appends a line. It waits at most two seconds for other processes.
func (l *File) Write(e Entry) error {
	line, err := json.Marshal(e.bounded())
	if err != nil {
		return failed(l.Path, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
		return failed(l.Path, err)
	}
	unlock, err := lock(l.Path + ".lock")
	if err != nil {
		return failed(l.Path, err)
	}
	defer unlock()
	size, err := l.ready(int64(len(line) + 1))
	if err != nil {
		return failed(l.Path, err)
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		_ = l.file.Truncate(size) // half a line would spoil the next one
		return failed(l.Path, err)
	}
	return nil
}

// Close closes the file; another Write opens it again.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}

func (l *File) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// ready makes sure that the open file is the one of that name and has room for so many bytes more. The caller holds the lock of all processes.
func (l *File) ready(more int64) (size int64, err error) {
	most := l.MaxBytes
	if most <= 0 {
		most = DefaultMaxBytes
	}
	for {
		if err := l.open(); err != nil {
			return 0, err
		}
		info, err := l.file.Stat()
		if err != nil {
			return 0, err
		}
		if size = info.Size(); size == 0 || size+more <= most {
			return size, nil
		}
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
}

// open opens the file, unless the one of that name is open already: another process may have moved it aside.
func (l *File) open() error {
	if l.file != nil {
		mine, err := l.file.Stat()
		named, missing := os.Lstat(l.Path)
		if err == nil && missing == nil && os.SameFile(mine, named) {
			return nil
		}
		_ = l.close() // nothing is buffered
	}
	file, err := os.OpenFile(l.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	case info.Mode().Perm()&0o077 != 0:
		err = file.Chmod(0o600) // it tells who did what
	}
	if err != nil {
		_ = file.Close() // the error before is the one to tell
		return err
	}
	l.file = file
	return nil
}

// rotate moves the files along; the oldest goes.
func (l *File) rotate() error {
	keep := l.Keep
	if keep <= 0 {
		keep = DefaultKeep
	}
	for n := keep - 1; n >= 1; n-- {
		err := os.Rename(l.numbered(n), l.numbered(n+1))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(l.Path, l.numbered(1)); err != nil {
		return err
	}
	return l.close()
}

func (l *File) numbered(n int) string { return l.Path + "." + strconv.Itoa(n) }

// lock takes the lock that all processes share. It goes with the process that holds it.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(lockLimit); ; time.Sleep(2 * time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(deadline) {
			_ = file.Close()
			return nil, err
		}
	}
}

// Stream is a log on a writer, as a container's stderr is.
type Stream struct {
	W io.Writer

	mu sync.Mutex
}

// Write writes a line, at once.
func (s *Stream) Write(e Entry) error {
	line, err := json.Marshal(e.bounded())
	if err != nil {
		return failed("", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.W.Write(append(line, '\n')); err != nil {
		return failed("", err)
	}
	return nil
}
