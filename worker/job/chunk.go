package job

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/krapp-io/krapp/kafkaops"
)

// ChunkHeader is the record header that says what a chunk is; its value is EncodeChunk's.
const ChunkHeader = "krapp-chunk"

// What a chunk may be. The header travels with each record, so it is small; the rest is what a reader could sensibly have written.
const (
	maxChunkHeader = 64 << 10
	maxChunkRows   = 10_000_000
	chunkVersion   = 1
)

// ChunkMeta says what the rows of a chunk are. (Job, Source, Index) is its identity: it is written once, whoever crashes.
type ChunkMeta struct {
	Version   int
	Job       string
	Print     string // see Job.Print
	Source    string // see Source.ID
	Index     int64  // among the source's chunks, from 0
	First     int64  // the number of its first row in the source, from 0
	Rows      int
	Vars      map[string]string // the source's variables: fields of every row
	Columns   []Column          // fixed: what each line carries, in order, nothing between; nil: whole rows
	Irregular []int             // with Columns: the rows of this chunk, ascending, that are carried whole since they lack a column
	Header    string            // CSV with a header: the source's first row
}

// chunkWire is ChunkMeta as it is written.
type chunkWire struct {
	Version   int               `json:"v"`
	Job       string            `json:"job"`
	Print     string            `json:"print"`
	Source    string            `json:"source"`
	Index     int64             `json:"index"`
	First     int64             `json:"first"`
	Rows      int               `json:"rows"`
	Vars      map[string]string `json:"vars,omitempty"`
	Columns   []columnWire      `json:"columns,omitzero"` // [] is not null: a job may need no column at all
	Irregular []int             `json:"irregular,omitempty"`
	Header    []byte            `json:"header,omitempty"` // base64: a CSV file needn't be UTF-8
}

type columnWire struct {
	Name  string `json:"name"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

// EncodeChunk gives the header's value: JSON, version 1. The error is Invalid: m says what DecodeChunk would refuse.
func EncodeChunk(m ChunkMeta) ([]byte, error) {
	m.Version = chunkVersion
	if why := m.wrong(); why != "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "writing chunk header", m.Source, "", "%s", why)
	}
	w := chunkWire{
		Version: chunkVersion, Job: m.Job, Print: m.Print, Source: m.Source, Index: m.Index, First: m.First, Rows: m.Rows,
		Vars: m.Vars, Irregular: m.Irregular, Header: []byte(m.Header),
	}
	if m.Columns != nil {
		w.Columns = make([]columnWire, len(m.Columns))
		for i, c := range m.Columns {
			w.Columns[i] = columnWire(c)
		}
	}
	b, err := json.Marshal(w, json.Deterministic(true))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "writing chunk header", m.Source, "", err)
	}
	if len(b) > maxChunkHeader {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "writing chunk header", m.Source, "Use smaller chunks, or fewer and shorter columns.",
			"it takes %d bytes, at most %d fit", len(b), maxChunkHeader)
	}
	return b, nil
}

// DecodeChunk reads a chunk's header. It trusts nothing: the error is Invalid.
func DecodeChunk(b []byte) (ChunkMeta, error) {
	var w chunkWire
	if err := decodeStrict("reading chunk header", maxChunkHeader, b, &w); err != nil {
		return ChunkMeta{}, err
	}
	m := ChunkMeta{
		Version: w.Version, Job: w.Job, Print: w.Print, Source: w.Source, Index: w.Index, First: w.First, Rows: w.Rows,
		Vars: w.Vars, Irregular: w.Irregular, Header: string(w.Header),
	}
	if w.Columns != nil {
		m.Columns = make([]Column, len(w.Columns))
		for i, c := range w.Columns {
			m.Columns[i] = Column(c)
		}
	}
	if why := m.wrong(); why != "" {
		return ChunkMeta{}, kafkaops.Errorf(kafkaops.Invalid, "reading chunk header", m.Source, "", "%s", why)
	}
	return m, nil
}

// wrong says what no chunk can be, or "".
func (m *ChunkMeta) wrong() string {
	switch {
	case m.Version != chunkVersion:
		return "it is of another version of krapp"
	case m.Job == "" || m.Print == "" || m.Source == "":
		return "it doesn't say its job and source"
	case !utf8.ValidString(m.Job) || !utf8.ValidString(m.Print) || !utf8.ValidString(m.Source):
		return "its names aren't UTF-8"
	case m.Index < 0 || m.Index > maxChunkIndex || m.First < 0 || m.Rows < 0 || m.Rows > maxChunkRows:
		return "its place or size is out of range"
	case len(m.Irregular) > 0 && m.Columns == nil:
		return "it has irregular rows but no columns"
	case !ascendingWithin(m.Irregular, m.Rows):
		return "its irregular rows aren't ascending row numbers"
	}
	for _, c := range m.Columns {
		if c.First < 0 || c.Last < c.First || c.Last >= maxRowBytes {
			return "its columns are out of range"
		}
	}
	return ""
}

// maxRowBytes bounds a row, and so where a column may be.
const maxRowBytes = 1 << 24

// ascendingWithin reports whether rows are strictly ascending in [0, n).
func ascendingWithin(rows []int, n int) bool {
	last := -1
	for _, r := range rows {
		if r <= last || r >= n {
			return false
		}
		last = r
	}
	return true
}

// sameColumns reports whether a chunk's rows are laid out as the one before.
func sameColumns(a, b []Column) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

// sameVars reports whether a chunk's source has the variables of the one before.
func sameVars(a, b map[string]string) bool { return maps.Equal(a, b) }

// decodeStrict reads JSON of at most limit bytes into v, refusing unknown and repeated names, wrong types and what isn't UTF-8.
func decodeStrict(op string, limit int, b []byte, v any) error {
	if len(b) > limit {
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "", "%d bytes are more than the %d that it may have", len(b), limit)
	}
	if err := json.Unmarshal(b, v, json.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(false)); err != nil {
		return kafkaops.NewError(kafkaops.Invalid, op, "", "Was it written by another version of krapp, or by something else?", err)
	}
	return nil
}
