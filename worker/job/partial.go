package job

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Bounds of partial results.
const (
	maxGroups     = 1_000_000 // of a partial result and of a table
	maxKeyBytes   = 4 << 10   // of a group's values together: longer ones are somebody's text, not a group
	maxChunkIndex = math.MaxUint32
)

// Counts is what became of rows. Rows = those in groups + LeftOut + Blank + Dead + Late.
type Counts struct {
	Rows    int64 // read
	LeftOut int64 // by where
	Blank   int64 // lines of CSV and JSON lines with nothing in them
	Dead    int64 // dead letters: they couldn't be read
	Late    int64 // events whose windows were all closed
}

func (c *Counts) add(o Counts) {
	c.Rows += o.Rows
	c.LeftOut += o.LeftOut
	c.Blank += o.Blank
	c.Dead += o.Dead
	c.Late += o.Late
}

// Partial is what some rows add up to: of one transaction of one worker. Partial results can be merged in any order. It holds to its Program's
// job, isn't safe for concurrent use, and is bounded by the rows that its caller puts in.
type Partial struct {
	job      *Job
	jobPrint string

	groupBy     []int // in Program.fields
	window      int   // the place of WindowField in groupBy, -1: none
	aggregators []aggregator

	groups    map[string]*group // by their key, see appendKey
	last      *group            // rows often come sorted
	free      []*group
	counts    Counts
	watermark time.Time // the latest event
	chunks    map[string][]int64

	numbers []number // of one row, by aggregator.number
	key     []byte
	labels  []map[string]bool // see labelsByField
}

// group is the rows with the same values of the group-by fields.
type group struct {
	key   string
	rows  int64
	cells []cell // by aggregate
}

// NewPartial returns an empty partial result of a program's job.
func NewPartial(p *Program) *Partial {
	r := &Partial{
		job: p.job, jobPrint: p.job.Print(), window: slices.Index(p.job.GroupBy, WindowField),
		groups: map[string]*group{}, chunks: map[string][]int64{},
	}
	for _, f := range p.job.GroupBy {
		r.groupBy = append(r.groupBy, p.fieldIndex(f))
	}
	for _, a := range p.job.Aggregates {
		ready := aggregator{Aggregate: a, field: -1, number: -1}
		if a.Kind != Count {
			ready.field = p.fieldIndex(a.Field)
		}
		if a.Kind != Count && a.Kind != Distinct {
			ready.number = r.numberOf(ready.field)
		}
		r.aggregators = append(r.aggregators, ready)
	}
	return r
}

// numberOf gives aggregates of one field one number, so that it is read once.
func (r *Partial) numberOf(field int) int {
	for _, a := range r.aggregators {
		if a.field == field && a.number >= 0 {
			return a.number
		}
	}
	r.numbers = append(r.numbers, number{})
	return len(r.numbers) - 1
}

// fieldIndex is where a field is in fields, or -1.
func (p *Program) fieldIndex(name string) int {
	if i, ok := p.index[name]; ok {
		return i
	}
	return -1
}

// keepGroups is how many groups' memory outlives a Reset.
const keepGroups = 16 << 10

// Reset empties it and keeps its memory, unless it was unusually much.
func (r *Partial) Reset() {
	if len(r.groups) > keepGroups {
		r.groups, r.free = map[string]*group{}, nil
	}
	for _, g := range r.groups {
		g.rows = 0
		for i := range g.cells {
			g.cells[i].clear()
		}
		r.free = append(r.free, g)
	}
	clear(r.groups)
	clear(r.chunks)
	r.last, r.counts, r.watermark = nil, Counts{}, time.Time{}
}

// Empty reports whether nothing has been put in since NewPartial or Reset.
func (r *Partial) Empty() bool {
	return r.counts == Counts{} && len(r.groups) == 0 && len(r.chunks) == 0 && r.watermark.IsZero()
}

// Counts is what became of the rows put in.
func (r *Partial) Counts() Counts { return r.counts }

// prepare reads a row's numbers, so that a row is added in all of its groups or in none. An empty field is no mistake.
func (r *Partial) prepare(names []string, values [][]byte) (reason string) {
	done := 0
	for _, a := range r.aggregators {
		if a.number != done {
			continue // not a number, or read already
		}
		done++
		if len(values[a.field]) == 0 {
			continue
		}
		x, ok := parseNumber(values[a.field])
		if !ok {
			return fmt.Sprintf("%s: %q is not a number", names[a.field], clip(values[a.field]))
		}
		r.numbers[a.number] = x
	}
	return ""
}

// appendKey joins the group-by values of a row injectively: each with its length before it.
func (r *Partial) appendKey(names []string, values [][]byte, window []byte) (reason string) {
	r.key = r.key[:0]
	for i, f := range r.groupBy {
		v := window
		if i != r.window {
			v = values[f]
		}
		if v == nil {
			return "the row has no field " + names[f]
		}
		if len(v) < 0x80 {
			r.key = append(r.key, byte(len(v)))
		} else {
			r.key = binary.AppendUvarint(r.key, uint64(len(v)))
		}
		r.key = append(r.key, v...)
	}
	if len(r.key) > maxKeyBytes {
		return fmt.Sprintf("its group-by fields have %d bytes, at most %d are taken", len(r.key), maxKeyBytes)
	}
	return ""
}

// addRow adds the row to the group of r.key. prepare has read its numbers.
func (r *Partial) addRow(values [][]byte) error {
	g := r.last
	if g == nil || g.key != string(r.key) {
		if g = r.groups[string(r.key)]; g == nil {
			if len(r.groups) >= maxGroups {
				return kafkaops.Errorf(kafkaops.Invalid, "computing", r.job.Name, "Group by fields with fewer values.",
					"there are more than %d groups", maxGroups)
			}
			g = r.newGroup()
		}
		r.last = g
	}
	g.rows++
	for i := range r.aggregators {
		a := &r.aggregators[i]
		if a.Kind == Count {
			continue // g.rows
		}
		value := values[a.field]
		if len(value) == 0 {
			continue
		}
		var x number
		if a.number >= 0 {
			x = r.numbers[a.number]
		}
		g.cells[i].add(a.Kind, value, x)
	}
	return nil
}

func (r *Partial) newGroup() *group {
	var g *group
	if n := len(r.free); n > 0 {
		g, r.free[n-1] = r.free[n-1], nil
		r.free = r.free[:n-1]
	} else {
		g = &group{cells: make([]cell, len(r.aggregators))}
	}
	g.key = string(r.key)
	r.groups[g.key] = g
	return g
}

// keyValues splits what appendKey joined. What isn't UTF-8 is shown as \xNN, since results are JSON.
func keyValues(key string, n int) []string {
	values := make([]string, 0, n)
	for b := []byte(key); len(b) > 0; {
		size, head := binary.Uvarint(b)
		end := head + int(size)
		values = append(values, printable(b[head:end]))
		b = b[end:]
	}
	return values
}
