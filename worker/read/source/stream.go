package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/krapp-io/krapp/kafkaops"
)

// Stream yields a source's decompressed bytes. Read is for one goroutine at a time; the other methods may be called from any.
type Stream struct {
	name   string
	o      Options
	ctx    context.Context
	cancel context.CancelFunc
	raw    fetcher
	in     *bufio.Reader // on raw
	out    decoder       // on in
	kind   kind
	err    error // what Read ended with

	compressed, decompressed atomic.Int64
}

// fetcher yields a source's bytes as they are stored. Its errors are faults and final: it has retried what it could.
type fetcher interface {
	io.ReadCloser
	size() int64 // in all; -1: unknown
	got() int64  // bytes read so far
}

// fault is a failure as the part that met it knows it; Stream adds what was being done, on what, and where.
type fault struct {
	class kafkaops.Class
	hint  string
	err   error
}

func (f *fault) Error() string { return f.err.Error() }

// Unwrap hides io.EOF, which a cancelled context may bring along: a failure must never look like the end of a source.
func (f *fault) Unwrap() error {
	if errors.Is(f.err, io.EOF) {
		return nil
	}
	return f.err
}

func faultf(class kafkaops.Class, hint, format string, args ...any) *fault {
	return &fault{class, hint, fmt.Errorf(format, args...)}
}

// inputBytes is how much is read of a source at a time.
const inputBytes = 128 << 10

// Open opens a URL (https, or http to allowed hosts) or a path (also as file://) and looks at its first bytes, so what does not exist or
// isn't data is an error here. The stream ends with ctx. Errors are *kafkaops.OpError.
func Open(ctx context.Context, urlOrPath string, o Options) (*Stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &Stream{name: safeName(urlOrPath), o: o.withDefaults(), ctx: ctx, cancel: cancel}
	if err := s.open(ctx, urlOrPath); err != nil {
		err = s.failure("opening source", err)
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stream) open(ctx context.Context, urlOrPath string) error {
	var contentType string
	if scheme, path, ok := strings.Cut(urlOrPath, "://"); ok && !strings.EqualFold(scheme, "file") {
		r, err := newRemote(ctx, urlOrPath, &s.o)
		if err != nil {
			return err
		}
		s.raw, contentType = r, r.answer.contentType
	} else {
		if ok {
			urlOrPath = path
		}
		f, err := openFile(urlOrPath, s.o.Root)
		if err != nil {
			return err
		}
		s.raw = f
	}
	s.in = bufio.NewReaderSize(s.raw, inputBytes)
	head, err := s.in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if s.kind, err = kindOf(head, s.name, contentType); err != nil {
		return err
	}
	s.out, err = newDecoder(s.kind, s.in)
	return err
}

// Read returns decompressed bytes. io.EOF comes only after all of the source was read and its checksums, where it has any, were right.
// Other errors are *kafkaops.OpError; bytes that were returned before one are tentative.
func (s *Stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	var n int
	var err error
	if s.ctx.Err() != nil {
		err = ended(s.ctx)
	} else {
		n, err = s.out.Read(p)
	}
	decompressed := s.decompressed.Add(int64(n))
	compressed := s.raw.got() - int64(s.in.Buffered())
	s.compressed.Store(compressed)
	if err == nil {
		err = s.check(compressed, decompressed)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = s.failure("reading source", err)
		}
		s.err = err
	}
	return n, err
}

// check holds the limits.
func (s *Stream) check(compressed, decompressed int64) error {
	if decompressed > s.o.MaxBytes {
		return faultf(kafkaops.Invalid, "raise the limit if the source is really that large",
			"it is larger than %d bytes decompressed", s.o.MaxBytes)
	}
	if s.kind != plain && decompressed > ratioFrom && float64(decompressed) > s.o.MaxRatio*float64(compressed) {
		return faultf(kafkaops.Invalid, "raise the limit if the source is really that dense",
			"it grows to more than %g times its compressed size", s.o.MaxRatio)
	}
	return nil
}

// failure makes the error that is shown of a fault, with the position when something was read.
func (s *Stream) failure(op string, err error) error {
	class, hint := kafkaops.Invalid, fetchAgain
	var f *fault
	if errors.As(err, &f) {
		class, hint, err = f.class, f.hint, f.err
	}
	if errors.Is(err, io.EOF) {
		err = errors.New(err.Error())
	}
	if c, d := s.Position(); c > 0 || d > 0 {
		err = fmt.Errorf("at byte %d, decompressed %d: %w", c, d, err)
	}
	return kafkaops.NewError(class, op, s.name, hint, err)
}

// Position returns how many bytes of the source were decompressed, and to how many.
func (s *Stream) Position() (compressed, decompressed int64) {
	return s.compressed.Load(), s.decompressed.Load()
}

// Size returns the size of the source as it is stored, -1 where the server doesn't say.
func (s *Stream) Size() int64 { return s.raw.size() }

// Name returns the URL, without a password, or the path.
func (s *Stream) Name() string { return s.name }

// Close gives everything up. No Read may be going on: to end one from another goroutine cancel the context that Open was given.
func (s *Stream) Close() error {
	s.cancel()
	if s.out != nil {
		s.out.Close()
		s.out = closed{}
	}
	if s.raw != nil {
		return s.raw.Close()
	}
	return nil
}
