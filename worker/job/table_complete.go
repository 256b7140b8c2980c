package job

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Completeness is how much of the answer is there, so that nobody takes half of one for a whole.
type Completeness struct {
	Sources, Pending, Reading, Done, Failed int

	ChunksExpected, RowsExpected int64 // of the sources so far; all of them once every source is done
	Chunks                       int64 // in the results
	Counts                             // rows in the results, and what became of them
	Unlabelled                   int64 // rows whose code has no label: counted, but not shown
	UnlabelledBy                 map[string]int64
	Dropped                      int64 // rows of windows that are shown no more
	Duplicated                   int64 // chunks that are in the results twice; it must be 0
	Refused                      int64 // records of other computations under the same name
	Expired                      int64 // records of results that were gone before they were read, about
	Damaged                      int64 // records of results that couldn't be read
	Limited                      int   // sources of which only the first chunks were wanted
	Groups                       int
	Watermark                    time.Time // streams: the latest event
	Failures                     []SourceFailure

	Complete bool   // every row of every source is in the results once; a stream never is
	Sentence string // the same in words
}

// SourceFailure is a source that couldn't be read to its end.
type SourceFailure struct {
	ID     string
	Chunks int64 // of it that are in the results all the same
	Failure
}

// Completeness says how much of the answer is there.
func (t *Table) Completeness() Completeness {
	c := Completeness{
		Counts: t.counts, Dropped: t.dropped, Duplicated: t.duplicated, Refused: t.refused, Watermark: t.watermark, UnlabelledBy: map[string]int64{},
		Expired: t.expired, Damaged: t.damaged,
	}
	whole := true
	for _, id := range slices.Sorted(maps.Keys(t.sources)) {
		s := t.sources[id]
		have := int64(s.chunks.GetCardinality())
		c.Chunks += have
		if !s.known {
			whole = false // rows of a source that nobody has registered
			continue
		}
		state := s.now()
		c.addSource(&state, have)
		if state.Phase != Done || state.Limited || have != state.Chunks || (have > 0 && int64(s.chunks.Maximum()) != have-1) {
			whole = false
		}
	}
	for i, rows := range t.unlabelled {
		if rows > 0 {
			c.UnlabelledBy[t.job.GroupBy[i]] = rows
			c.Unlabelled += rows
		}
	}
	grouped := int64(0)
	for _, g := range t.groups {
		grouped += g.rows
		if g.without < 0 {
			c.Groups++
		}
	}
	if t.job.Stream == nil && grouped+c.LeftOut+c.Blank+c.Dead != c.Rows {
		whole = false // a part of a partial result is missing
	}
	c.Complete = whole && t.job.Stream == nil && c.Sources > 0 && c.Rows == c.RowsExpected && c.Duplicated == 0
	c.Sentence = c.sentence(t.job.Stream != nil)
	return c
}

func (c *Completeness) addSource(s *State, have int64) {
	c.Sources++
	c.ChunksExpected += max(s.Chunks, s.Resume.Index) // of one that is to be read on from there
	c.RowsExpected += max(s.Rows, s.Resume.Rows)
	if s.Limited {
		c.Limited++
	}
	switch s.Phase {
	case Pending:
		c.Pending++
	case Reading:
		c.Reading++
	case Done:
		c.Done++
	case Failed:
		c.Failed++
		if s.Error != nil {
			c.Failures = append(c.Failures, SourceFailure{ID: s.ID, Chunks: have, Failure: *s.Error})
		}
	}
}

// sentence says it in plain words.
func (c *Completeness) sentence(stream bool) string {
	var b strings.Builder
	switch {
	case stream:
		fmt.Fprintf(&b, "continuous: %s", counted(c.Rows, "event"))
	case c.Sources == 0:
		b.WriteString("no sources yet")
	case c.Complete:
		fmt.Fprintf(&b, "complete: %d of %d sources, %s, %s", c.Done, c.Sources, counted(c.Chunks, "chunk"), counted(c.Rows, "row"))
	default:
		soFar := ""
		if c.Pending+c.Reading > 0 {
			soFar = " so far" // the numbers grow while sources are being read
		}
		fmt.Fprintf(&b, "incomplete: %d of %d sources, %s of %s chunks, %s of %s rows%s", c.Done, c.Sources,
			thousands(c.Chunks), thousands(c.ChunksExpected), thousands(c.Rows), thousands(c.RowsExpected), soFar)
	}
	for _, part := range []struct {
		n    int64
		what string
	}{{c.Dead, "dead-lettered"}, {c.Unlabelled, "unlabelled"}, {c.Late, "late"}} {
		if part.n > 0 {
			fmt.Fprintf(&b, ", %s %s", thousands(part.n), part.what)
		}
	}
	c.doubts(&b)
	for i, f := range c.Failures {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more failed", len(c.Failures)-i)
			break
		}
		fmt.Fprintf(&b, "; %s failed: %s", f.ID, clip([]byte(f.Text)))
	}
	return b.String()
}

// doubts says why the answer isn't to be trusted as a whole one.
func (c *Completeness) doubts(b *strings.Builder) {
	if c.Duplicated > 0 {
		fmt.Fprintf(b, "; WRONG: %s counted twice", counted(c.Duplicated, "chunk"))
	}
	if c.Complete {
		return
	}
	if c.Limited > 0 {
		fmt.Fprintf(b, "; %s read in part only, as asked", counted(int64(c.Limited), "source"))
	}
	if c.Expired > 0 {
		fmt.Fprintf(b, "; about %s of results had expired before they were read", counted(c.Expired, "record"))
	}
	if c.Damaged > 0 {
		fmt.Fprintf(b, "; %s of results damaged", counted(c.Damaged, "record"))
	}
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
