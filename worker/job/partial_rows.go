package job

import (
	"bytes"
	"fmt"

	"github.com/krapp-io/krapp/kafkaops"
)

// Chunk computes one chunk, its meta and its value, into a partial result. dead is told of each row that can't be read: its number in the
// source, the row as it was, and why; the bytes are valid during the call only. An error of dead is returned as it is. Another error is
// about the whole chunk (Conflict: of another computation; Invalid: damaged); into then holds a part of it and has to be thrown away.
func (p *Program) Chunk(m ChunkMeta, value []byte, into *Partial, dead func(row int64, line []byte, reason string) error) error {
	if m.Job != into.job.Name || m.Print != into.jobPrint {
		return kafkaops.Errorf(kafkaops.Conflict, "computing chunk", chunkName(&m), "Has the job's file changed since it was read? Read it again under another name.",
			"it is of job %s (%s), this is %s (%s)", m.Job, m.Print, into.job.Name, into.jobPrint)
	}
	if err := p.bind(&m); err != nil {
		return kafkaops.NewError(kafkaops.Invalid, "computing chunk", chunkName(&m), "", err)
	}
	rows := chunkRows{program: p, meta: &m, into: into, dead: dead}
	var err error
	if m.Columns != nil {
		err = rows.packed(value)
	} else {
		err = rows.whole(value)
	}
	if err == nil && rows.n != m.Rows {
		err = damaged(&m, "it has %d rows, its header says %d", rows.n, m.Rows)
	}
	if err != nil {
		return err
	}
	into.chunks[m.Source] = append(into.chunks[m.Source], m.Index)
	return nil
}

func chunkName(m *ChunkMeta) string { return fmt.Sprintf("%s/%s/%d", m.Job, m.Source, m.Index) }

func damaged(m *ChunkMeta, format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.Invalid, "computing chunk", chunkName(m), "", format, args...)
}

// bind makes the layout that of the chunk's rows.
func (p *Program) bind(m *ChunkMeta) error {
	l := &p.layout
	l.source(m.Vars)
	switch {
	case l.format.Kind == Fixed && m.Columns == nil:
		if !sameColumns(l.fixed.columns, l.format.Columns) {
			l.bindColumns(l.format.Columns)
		}
	case l.format.Kind == Fixed:
		if missing := l.lacks(m.Columns); missing != "" {
			return fmt.Errorf("it doesn't carry column %s", missing)
		}
		if packed, _ := packedColumns(m.Columns); !sameColumns(l.fixed.columns, packed) {
			l.bindColumns(packed)
		}
	case m.Columns != nil:
		return fmt.Errorf("%s rows have no columns", l.format.Kind)
	case l.format.Kind == CSV && l.format.Header:
		return l.bindHeader(m.Header)
	}
	return nil
}

// chunkRows goes through the rows of one chunk.
type chunkRows struct {
	program *Program
	meta    *ChunkMeta
	into    *Partial
	dead    func(row int64, line []byte, reason string) error
	n       int
}

// packed goes through rows of one width, and irregular ones between them.
func (c *chunkRows) packed(value []byte) error {
	_, width := packedColumns(c.meta.Columns)
	irregular := c.meta.Irregular
	memo := newMemo(c.into.aggregators, width)
	for ; len(value) > 0; c.n++ {
		if len(irregular) > 0 && irregular[0] == c.n {
			var line []byte
			line, value = cutLine(value)
			irregular = irregular[1:]
			if err := c.irregular(line); err != nil {
				return err
			}
			continue
		}
		if len(value) <= width || value[width] != '\n' {
			return damaged(c.meta, "row %d doesn't have %d bytes", c.n, width)
		}
		if err := memo.row(c, value[:width]); err != nil {
			return err
		}
		value = value[width+1:]
	}
	return nil
}

// irregular is a row that the reader found too short for its columns.
func (c *chunkRows) irregular(line []byte) error {
	need, column := 0, ""
	for _, col := range c.meta.Columns {
		if col.Last >= need {
			need, column = col.Last+1, col.Name
		}
	}
	return c.bury(line, fmt.Sprintf("the row has %d bytes, column %s needs %d", len(line), column, need))
}

func (c *chunkRows) whole(value []byte) error {
	csv := c.program.layout.format.Kind == CSV
	for ; len(value) > 0; c.n++ {
		end := bytes.IndexByte(value, '\n')
		if csv {
			end = csvEnd(value, c.program.layout.format.delimiter())
		}
		line, rest := value, []byte(nil)
		if end >= 0 {
			line, rest = value[:end], value[end+1:]
		}
		if err := c.row(line); err != nil {
			return err
		}
		value = rest
	}
	return nil
}

func (c *chunkRows) row(line []byte) error {
	p, into := c.program, c.into
	if p.layout.format.Kind != Fixed && blank(line) {
		into.counts.Rows++
		into.counts.Blank++
		return nil
	}
	reason := p.layout.read(line)
	if reason == "" {
		var keep bool
		var err error
		if keep, err = p.eval(p.layout.values); err != nil {
			reason = err.Error()
		} else if !keep {
			into.counts.Rows++
			into.counts.LeftOut++
			return nil
		}
	}
	if reason == "" {
		reason = into.prepare(p.fields, p.layout.values)
	}
	if reason == "" {
		reason = into.appendKey(p.fields, p.layout.values, nil)
	}
	if reason != "" {
		return c.bury(line, reason)
	}
	into.counts.Rows++
	return into.addRow(p.layout.values)
}

// bury makes a row a dead letter.
func (c *chunkRows) bury(line []byte, reason string) error {
	c.into.counts.Rows++
	c.into.counts.Dead++
	return c.dead(c.meta.First+int64(c.n), line, reason)
}
