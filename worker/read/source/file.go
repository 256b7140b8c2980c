package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/krapp-io/krapp/kafkaops"
)

// local is a file.
type local struct {
	f    *os.File
	info fs.FileInfo // when it was opened
	at   int64
}

// openFile opens a regular file. It must not wait for a FIFO's writer, so it opens without blocking and looks then.
func openFile(name string, root *os.Root) (*local, error) {
	open := os.OpenFile
	if root != nil {
		open = root.OpenFile
	}
	f, err := open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fileFault(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = faultf(kafkaops.Invalid, "name a file", "it is not a file but %s", describe(info.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, fileFault(err)
	}
	return &local{f: f, info: info}, nil
}

func describe(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

func fileFault(err error) error {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	class, hint := kafkaops.Invalid, ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		class, hint = kafkaops.NotFound, "check the path"
	case errors.Is(err, fs.ErrPermission):
		class, hint = kafkaops.Unauthorised, "let this user read it"
	}
	var p *fs.PathError
	if errors.As(err, &p) { // the path is said by who shows it
		err = p.Err
	}
	return &fault{class, hint, err}
}

func (l *local) Read(p []byte) (int, error) {
	n, err := l.f.Read(p)
	l.at += int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		return n, l.unchanged()
	}
	return n, fileFault(err)
}

// unchanged returns io.EOF if the file is the one that was opened.
func (l *local) unchanged() error {
	now, err := l.f.Stat()
	if err != nil {
		return fileFault(err)
	}
	if l.at != l.info.Size() || now.Size() != l.info.Size() || !now.ModTime().Equal(l.info.ModTime()) {
		return faultf(kafkaops.Conflict, "read it again once nothing writes to it",
			"it changed while it was read: %d bytes when it was opened, now %d, %d read", l.info.Size(), now.Size(), l.at)
	}
	return io.EOF
}

func (l *local) size() int64  { return l.info.Size() }
func (l *local) got() int64   { return l.at }
func (l *local) Close() error { return l.f.Close() }
