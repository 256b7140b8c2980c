package source

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/krapp-io/krapp/kafkaops"
)

// gunzip reads gzip members (RFC 1952) one after the other. Behind the last there may be padding of zero bytes, as tapes leave it.
type gunzip struct {
	in *bufio.Reader // of which a member takes no byte more than it has
	z  *gzip.Reader  // nil before the first member
}

func newGunzip(in *bufio.Reader) *gunzip { return &gunzip{in: in} }

func (g *gunzip) Close() {}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil {
		if err := g.next(); err != nil {
			return 0, gzipFault(noEOF(err))
		}
	}
	for {
		n, err := g.z.Read(p)
		if errors.Is(err, io.EOF) {
			err = g.next()
		}
		if n > 0 || err != nil {
			return n, gzipFault(err)
		}
	}
}

// next starts the member that follows; io.EOF if there is none.
func (g *gunzip) next() (err error) {
	if g.z != nil {
		head, err := g.in.Peek(2)
		switch {
		case len(head) == 0:
			return err
		case head[0] == 0:
			return g.padding()
		case head[0] != 0x1f || len(head) > 1 && head[1] != 0x8b:
			return trailing()
		}
		err = g.z.Reset(g.in)
		g.z.Multistream(false)
		return noEOF(err)
	}
	if g.z, err = gzip.NewReader(g.in); err != nil {
		g.z = nil
		return err
	}
	g.z.Multistream(false) // it reads on past padding and garbage otherwise
	return nil
}

// padding reads zeros to the end.
func (g *gunzip) padding() error {
	for {
		b, err := g.in.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return trailing()
		}
	}
}

const fetchAgain = "fetch the source again, or look at what produced it"

func trailing() error {
	return faultf(kafkaops.Invalid, fetchAgain, "something that isn't gzip follows the gzip data")
}

func damaged(err error) error {
	return faultf(kafkaops.Invalid, fetchAgain, "the gzip data is damaged: %w", err)
}

// noEOF is for where more must come.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func gzipFault(err error) error {
	var f *fault
	switch {
	case err == nil || errors.Is(err, io.EOF) || errors.As(err, &f):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return truncated("gzip")
	}
	return damaged(err)
}
