package read

import (
	"context"
	"errors"
	"io"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read/source"
)

// chunk is one record of the chunks topic, to be.
type chunk struct {
	index  int64
	header []byte // of job.ChunkHeader
	value  []byte // from the stream's buffers
	rows   int
	raw    int64        // bytes of the source, decompressed
	after  job.Progress // where the source is behind it
	read   int64        // compressed bytes so far
}

// maxIrregular bounds the list of irregular rows in a chunk's header.
const maxIrregular = 4000

// cutter makes chunks of a source's rows.
type cutter struct {
	job      *job.Job
	computes string // see job.Job.Print
	state    *job.State
	rows     *source.Rows
	packer   *job.Packer
	buffer   func() []byte

	header     string // CSV: the source's first row
	headerRows int64
	block      []byte        // the rows read last, packed
	part       job.ChunkMeta // of block
	value      []byte        // the chunk being made
	meta       job.ChunkMeta // of value
	after      job.Progress  // behind value
	index      int64         // of the chunk being made
	first      int64         // its first row
	from       int64         // bytes of the source in front of it
	ended      bool          // block holds nothing, and nothing follows
}

// begin goes to where the next chunk starts, and verifies that what is skipped is what was read before.
func (c *cutter) begin(ctx context.Context, at job.Progress) error {
	if c.job.Format.Kind == job.CSV && c.job.Format.Header {
		switch b, err := c.rows.Next(ctx, 1, 1); {
		case errors.Is(err, io.EOF):
		case err != nil:
			return err
		default:
			c.header, c.headerRows = string(b.Data), int64(b.Rows)
		}
	}
	if err := c.rows.Skip(ctx, at.Rows); err != nil {
		return err
	}
	if at.Index > 0 && (c.rows.Bytes() != at.Bytes || c.rows.Checksum() != at.Sum) {
		return kafkaops.Errorf(kafkaops.Conflict, "reading source", c.state.URL, "compute it under another job name, or delete the job's topics and begin anew",
			"at decompressed byte %d: the source has changed since its first %d rows were read", at.Bytes, at.Rows)
	}
	c.index, c.first, c.from, c.after = at.Index, at.Rows, at.Bytes, at
	return nil
}

// next returns the next chunk; io.EOF is the end of the source. Rows in front of a failure that don't fill a chunk are left out: they are read
// again when the source is mended.
func (c *cutter) next(ctx context.Context) (chunk, error) {
	for !c.full() {
		if c.ended {
			break
		}
		err := c.read(ctx)
		if errors.Is(err, io.EOF) {
			c.ended = true
			continue
		}
		if err != nil {
			return chunk{}, err
		}
		if !c.fits() {
			done, err := c.seal()
			c.take()
			return done, err
		}
		c.take()
	}
	if c.meta.Rows == 0 {
		return chunk{}, io.EOF
	}
	return c.seal()
}

// read packs the next rows into block.
func (c *cutter) read(ctx context.Context) error {
	room := c.job.Chunk.Bytes
	if c.job.Format.Kind != job.Fixed {
		room -= len(c.value)
	}
	b, err := c.rows.Next(ctx, c.job.Chunk.Rows-c.meta.Rows, max(1, room))
	if err != nil {
		return err
	}
	// The line end says that the last row is one, even if it is empty. There is room for it where the source has its own.
	c.block = c.packer.Pack(c.block[:0], append(b.Data, '\n'), &c.part)
	if c.part.Rows != b.Rows {
		return kafkaops.Errorf(kafkaops.Internal, "reading source", c.state.URL, "", "%d rows became %d after row %d", b.Rows, c.part.Rows, b.First)
	}
	return nil
}

func (c *cutter) full() bool {
	return c.meta.Rows >= c.job.Chunk.Rows || c.meta.Rows > 0 && len(c.value) >= c.job.Chunk.Bytes
}

// fits says whether block can be of the chunk being made.
func (c *cutter) fits() bool {
	return c.meta.Rows == 0 || len(c.value)+len(c.block) <= c.job.Chunk.Bytes && (c.meta.Columns == nil) == (c.part.Columns == nil) &&
		len(c.meta.Irregular)+len(c.part.Irregular) <= maxIrregular
}

// take puts block behind the chunk being made.
func (c *cutter) take() {
	if c.value == nil {
		c.value = c.buffer()
	}
	for _, row := range c.part.Irregular {
		c.meta.Irregular = append(c.meta.Irregular, c.meta.Rows+row)
	}
	c.value = append(c.value, c.block...)
	c.meta.Rows, c.meta.Columns = c.meta.Rows+c.part.Rows, c.part.Columns
	c.after = job.Progress{Index: c.index + 1, Rows: c.rows.Count() - c.headerRows, Bytes: c.rows.Bytes(), Sum: c.rows.Checksum()}
}

// seal ends the chunk being made.
func (c *cutter) seal() (chunk, error) {
	m := c.meta
	m.Job, m.Print, m.Source, m.Vars, m.Header = c.job.Name, c.computes, c.state.ID, c.state.Vars, c.header
	m.Index, m.First = c.index, c.first
	header, err := job.EncodeChunk(m)
	done := chunk{index: c.index, header: header, value: c.value, rows: m.Rows, raw: c.after.Bytes - c.from, after: c.after}
	c.index, c.first, c.from = c.index+1, c.after.Rows, c.after.Bytes
	c.value, c.meta = nil, job.ChunkMeta{Irregular: c.meta.Irregular[:0]}
	return done, err
}
