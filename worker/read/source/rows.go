package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/krapp-io/krapp/kafkaops"
)

// Split finds whole rows at the start of data, which starts with a row: n bytes, line ends included, that are rows rows. At most maxRows,
// and at most maxBytes unless that is less than the first row; 0, 0 when there is no whole row. atEOF: the last row may lack its line end.
type Split func(data []byte, maxRows, maxBytes int, atEOF bool) (n, rows int)

// Block is whole rows.
type Block struct {
	Data  []byte // joined by '\n', without '\r' before it, without a line end behind the last
	Rows  int
	First int64 // number of the first row in the source, from 0
}

// RowsOptions bound rows.
type RowsOptions struct {
	MaxLine int // bytes of a row with its line end; 0: Options.MaxLine of the stream
}

// Rows cuts a stream into blocks of whole rows. A goroutine decompresses ahead, so cutting, and what the caller does with the rows, overlap
// with it. Rows is for one goroutine.
type Rows struct {
	s       *Stream
	split   Split
	maxLine int
	piece   int // bytes of one, without headroom

	full, free chan *piece
	stop       context.CancelFunc
	filling    sync.WaitGroup

	cur  *piece // what rest is part of; nil: rest is in long, or empty
	rest []byte // decompressed, not returned yet; starts with a row
	long []byte // rows that no piece has room for
	err  error  // what comes behind rest
	fail error  // what Next returned

	sum   *xxhash.Digest
	bytes int64
	rows  int64
}

// piece is a part of the stream: buf[headroom:headroom+n], with room before it for the start of a row that began in the piece before.
type piece struct {
	buf []byte
	n   int
	err error // what came behind it
}

const (
	pieces   = 8 // the ring
	headroom = 16 << 10
)

// NewRows starts to decompress. The stream belongs to the rows from then on: Close closes it.
func NewRows(ctx context.Context, s *Stream, split Split, o RowsOptions) *Rows {
	if o.MaxLine <= 0 {
		o.MaxLine = s.o.MaxLine
	}
	ctx, stop := context.WithCancel(ctx)
	r := &Rows{
		s: s, split: split, maxLine: o.MaxLine, piece: max(s.o.Buffer/pieces, 32<<10), stop: stop, sum: xxhash.New(),
		full: make(chan *piece, pieces), free: make(chan *piece, pieces),
	}
	for range pieces {
		r.free <- &piece{buf: make([]byte, headroom+r.piece)}
	}
	r.filling.Go(func() { r.fill(ctx) })
	return r
}

// fill reads the stream into free pieces until it ends.
func (r *Rows) fill(ctx context.Context) {
	defer close(r.full)
	for {
		var p *piece
		select {
		case p = <-r.free:
		case <-ctx.Done():
			return
		}
		p.n, p.err = 0, nil
		for room := p.buf[headroom:]; p.n < len(room) && p.err == nil; {
			var n int
			n, p.err = r.s.Read(room[p.n:])
			p.n += n
		}
		ended := p.err != nil
		r.full <- p // has room for all pieces
		if ended {
			return
		}
	}
}

// Next returns whole rows: at least one, at most maxRows and, unless the first is longer, maxBytes with their line ends; fewer when fewer are
// at hand, so only io.EOF is the end. The block is valid until the next call. Rows that came whole before an error are returned before it.
func (r *Rows) Next(ctx context.Context, maxRows, maxBytes int) (Block, error) {
	raw, rows, err := r.next(ctx, maxRows, maxBytes)
	if err != nil {
		return Block{}, err
	}
	return Block{Data: lines(raw), Rows: rows, First: r.rows - int64(rows)}, nil
}

// next returns rows as they are in the stream, and counts them.
func (r *Rows) next(ctx context.Context, maxRows, maxBytes int) (raw []byte, rows int, err error) {
	if r.fail != nil {
		return nil, 0, r.fail
	}
	for {
		if len(r.rest) > 0 {
			n, rows := r.split(r.rest, max(maxRows, 1), min(maxBytes, r.maxLine), errors.Is(r.err, io.EOF))
			if n > r.maxLine || rows == 0 && len(r.rest) > r.maxLine {
				return nil, 0, r.end(r.tooLong())
			}
			if rows > 0 {
				raw, r.rest = r.rest[:n], r.rest[n:]
				_, _ = r.sum.Write(raw) // never fails
				r.bytes, r.rows = r.bytes+int64(n), r.rows+int64(rows)
				return raw, rows, nil
			}
		}
		if r.err != nil {
			return nil, 0, r.end(r.err)
		}
		if err := r.more(ctx); err != nil {
			return nil, 0, err
		}
	}
}

// more puts the next piece behind rest.
func (r *Rows) more(ctx context.Context) error {
	var p *piece
	var open bool
	select {
	case p, open = <-r.full:
	case <-ctx.Done():
		return kafkaops.NewError(kafkaops.TimedOut, "reading source", r.s.name, "", context.Cause(ctx))
	}
	if !open {
		return r.end(kafkaops.NewError(kafkaops.TimedOut, "reading source", r.s.name, "", context.Canceled))
	}
	r.err = p.err
	if tail := len(r.rest); tail <= headroom {
		at := headroom - tail
		copy(p.buf[at:], r.rest)
		r.release()
		r.cur, r.rest = p, p.buf[at:headroom+p.n]
		return nil
	}
	r.lengthen(len(r.rest) + p.n)
	r.long = append(r.long, p.buf[headroom:headroom+p.n]...)
	r.release()
	r.free <- p
	r.rest = r.long
	return nil
}

// lengthen moves rest to the start of long, which then has room for n bytes. Rest is no longer than a row may be, so neither is long, but
// for a piece.
func (r *Rows) lengthen(n int) {
	long := r.long[:cap(r.long)]
	if n > len(long) {
		room, most := 2*n, r.maxLine+r.piece
		if room > most/2 {
			room = max(n, most)
		}
		long = make([]byte, room)
	}
	r.long = long[:copy(long, r.rest)] // rest may be the end of long
}

func (r *Rows) release() {
	if r.cur != nil {
		r.free <- r.cur
		r.cur = nil
	}
}

// end is final.
func (r *Rows) end(err error) error {
	r.fail = err
	return err
}

func (r *Rows) tooLong() error {
	return kafkaops.Errorf(kafkaops.Invalid, "reading source", r.s.name, "check the format: is it lines of text? raise the limit if they are that long",
		"row %d, at decompressed byte %d, is longer than %d bytes", r.rows, r.bytes, r.maxLine)
}

// Skip reads rows and drops them, as if they had been returned. A source that has fewer is a Conflict.
func (r *Rows) Skip(ctx context.Context, rows int64) error {
	for left := rows; left > 0; {
		_, n, err := r.next(ctx, int(min(left, math.MaxInt32)), math.MaxInt)
		if errors.Is(err, io.EOF) {
			return r.end(kafkaops.Errorf(kafkaops.Conflict, "reading source", r.s.name, "read it again from the start",
				"it changed: %d rows were read of it before, now it has %d", r.rows+left, r.rows))
		}
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}

// Checksum is the 64-bit xxHash of the decompressed bytes of all rows that were returned or skipped, as they are in the source.
func (r *Rows) Checksum() uint64 { return r.sum.Sum64() }

// Bytes is how many those are.
func (r *Rows) Bytes() int64 { return r.bytes }

// Count is how many rows were returned or skipped.
func (r *Rows) Count() int64 { return r.rows }

// Close stops decompressing and closes the stream; no Next may be going on.
func (r *Rows) Close() error {
	r.stop()
	r.s.cancel() // ends a Read that waits for the network
	r.filling.Wait()
	if r.fail == nil { // what the ring still holds is not returned any more
		r.fail = kafkaops.NewError(kafkaops.TimedOut, "reading source", r.s.name, "", context.Canceled)
	}
	return r.s.Close()
}

// lines takes the last line end off, and '\r' before each '\n', in place.
func lines(raw []byte) []byte {
	raw = bytes.TrimSuffix(raw, []byte{'\n'})
	raw = bytes.TrimSuffix(raw, []byte{'\r'})
	i := bytes.IndexByte(raw, '\r')
	if i < 0 {
		return raw
	}
	kept := raw[:i]
	for raw = raw[i:]; ; {
		// raw starts with '\r'
		if len(raw) < 2 || raw[1] != '\n' {
			kept = append(kept, '\r')
		}
		raw = raw[1:]
		i := bytes.IndexByte(raw, '\r')
		if i < 0 {
			return append(kept, raw...)
		}
		kept = append(kept, raw[:i]...)
		raw = raw[i:]
	}
}
