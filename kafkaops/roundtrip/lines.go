package roundtrip

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
)

// MaxLine is the longest line a file may have, in bytes: a slice must fit in one record of krapp.work.
const MaxLine = 512 << 10

// Lines reads the messages of a file, one a line, without the line's end. Close it.
type Lines struct {
	file   *os.File
	reader *bufio.Scanner
	path   string
	number int64
	count  int64
}

// OpenLines opens a file of messages and reads it through once: it refuses one that is missing, a directory, empty, has a line too long or is
// not UTF-8, so that a run of it does not fail half-way.
func OpenLines(path string) (*Lines, error) {
	const op = "reading the file"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, kafkaops.NewError(kafkaops.NotFound, op, path, "check the path", errors.New("there is no such file"))
	case errors.Is(err, fs.ErrPermission):
		return nil, kafkaops.NewError(kafkaops.Unauthorised, op, path, "make it readable for this user", err)
	case err != nil:
		return nil, kafkaops.NewError(kafkaops.Invalid, op, path, "check the path", err)
	case info.IsDir():
		return nil, kafkaops.NewError(kafkaops.Invalid, op, path, "name a file, one message a line", errors.New("it is a directory"))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, path, "make it readable for this user", err)
	}
	l := &Lines{file: file, path: path}
	if err := l.check(); err != nil {
		_ = file.Close() // only read from
		return nil, err
	}
	return l, nil
}

func (l *Lines) check() error {
	l.rewind()
	for {
		_, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if l.number == 0 {
		return kafkaops.NewError(kafkaops.Invalid, "reading the file", l.path, "write one message a line", errors.New("it is empty"))
	}
	l.count = l.number
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return kafkaops.NewError(kafkaops.Invalid, "reading the file", l.path, "name a regular file", err)
	}
	l.rewind()
	return nil
}

func (l *Lines) rewind() {
	l.reader = bufio.NewScanner(l.file)
	l.reader.Buffer(make([]byte, 64<<10), MaxLine)
	l.number = 0
}

// Count is how many lines the file has.
func (l *Lines) Count() int64 { return l.count }

// Next returns the next line, or io.EOF after the last.
func (l *Lines) Next() (string, error) {
	const op = "reading the file"
	if !l.reader.Scan() {
		err := l.reader.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			return "", kafkaops.Errorf(kafkaops.Invalid, op, l.path, "split the line", "line %d is longer than %d bytes", l.number+1, MaxLine)
		}
		if err != nil {
			return "", kafkaops.NewError(kafkaops.Invalid, op, l.path, "", err)
		}
		return "", io.EOF
	}
	l.number++
	if !utf8.Valid(l.reader.Bytes()) {
		return "", kafkaops.Errorf(kafkaops.Invalid, op, l.path, "convert it to UTF-8", "line %d is not UTF-8", l.number)
	}
	return l.reader.Text(), nil
}

// Close closes the file.
func (l *Lines) Close() error { return l.file.Close() }
