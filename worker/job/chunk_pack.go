package job

import "bytes"

// When more rows than this are irregular, a list of them costs more than it saves and rows are carried whole.
const (
	maxIrregular      = 1000
	maxIrregularShare = 4 // a quarter of the rows
)

// Packer makes chunk values of whole rows. Of fixed-width rows it keeps only the columns that the job uses: to look at two bytes of 950,
// moving the other 948 through the brokers would be the cost of everything. It isn't safe for concurrent use.
type Packer struct {
	format  Format
	columns []Column // fixed: what is kept, nil: rows whole
	need    int      // bytes that a row must have to be cut
}

// NewPacker returns the packer of a job. A job that Compile refuses has its rows carried whole.
func NewPacker(j *Job) *Packer {
	p := &Packer{format: j.Format}
	if j.Format.Kind != Fixed {
		return p
	}
	program, err := Compile(j)
	if err != nil {
		return p
	}
	p.columns = []Column{}
	for _, c := range j.Format.Columns {
		if _, used := program.index[c.Name]; used {
			p.columns = append(p.columns, c)
			p.need = max(p.need, c.Last+1)
		}
	}
	return p
}

// Pack appends one chunk's value, each row ended by '\n', to dst and says in m what it holds: Columns, Irregular, Rows. lines is whole rows
// joined by '\n', without '\r' before it; the last '\n' is optional.
func (p *Packer) Pack(dst, lines []byte, m *ChunkMeta) []byte {
	m.Columns, m.Irregular, m.Rows = nil, m.Irregular[:0], 0
	if len(lines) == 0 {
		return dst
	}
	if p.columns == nil {
		return p.whole(dst, lines, m)
	}
	packed, ok := p.pack(dst, lines, m)
	if !ok {
		m.Irregular = m.Irregular[:0]
		return p.whole(dst, lines, m)
	}
	m.Columns = p.columns
	return packed
}

// pack cuts the columns out of each row; ok is false when too many rows lack some. Each row's end is searched for, even where all rows seem
// to have one width: two short ones can look like a long one, and the search runs at the speed of memory.
func (p *Packer) pack(dst, lines []byte, m *ChunkMeta) (packed []byte, ok bool) {
	for rest := lines; len(rest) > 0; m.Rows++ {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) >= p.need {
			for _, c := range p.columns {
				dst = append(dst, line[c.First:c.Last+1]...)
			}
		} else {
			if len(m.Irregular) == maxIrregular {
				return nil, false
			}
			m.Irregular = append(m.Irregular, m.Rows)
			dst = append(dst, line...)
		}
		dst = append(dst, '\n')
	}
	return dst, len(m.Irregular)*maxIrregularShare <= m.Rows
}

func (p *Packer) whole(dst, lines []byte, m *ChunkMeta) []byte {
	before := len(dst)
	dst = append(dst, lines...)
	if lines[len(lines)-1] != '\n' {
		dst = append(dst, '\n')
	}
	m.Rows = countRows(p.format, dst[before:])
	return dst
}

// cutLine splits off the first line, without its '\n'.
func cutLine(b []byte) (line, rest []byte) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return b, nil
	}
	return b[:end], b[end+1:]
}
