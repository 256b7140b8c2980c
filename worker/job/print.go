package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// printed is what a job computes: what decides about results, and nothing else.
type printed struct {
	Version    int
	Variables  []string
	Format     Format
	Where      string
	Compute    []Computed
	GroupBy    []string
	Aggregates []Aggregate
	Time       string
	Size       int64
	Every      int64
	Lateness   int64
}

// Print identifies what a job computes: 16 hexadecimal digits of a SHA-256 over format, expressions, groups, aggregates and window; not over
// labels, URLs, sizes and topics. Chunks and partial results of another print are of another computation.
func (j *Job) Print() string {
	p := printed{Version: 1, Format: j.Format, Where: j.Where, Compute: j.Compute, GroupBy: j.GroupBy, Aggregates: j.Aggregates}
	if j.Files != nil {
		p.Variables = j.Files.variables()
	}
	if j.Stream != nil {
		p.Time = j.Stream.Time
	}
	if w := j.Window; w != nil {
		p.Size, p.Every, p.Lateness = int64(w.Size), int64(w.Every), int64(w.Lateness)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return "" // texts and numbers can always be encoded
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
