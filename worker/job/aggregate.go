package job

import (
	"encoding/base64"
	"fmt"

	"github.com/axiomhq/hyperloglog"
	"github.com/go-json-experiment/json/jsontext"
)

// aggregator is one aggregate of a job, made ready.
type aggregator struct {
	Aggregate
	field  int // in Program.fields; -1 for Count
	number int // its place among a row's numbers; -1 if it needs none
}

// cell is one aggregate of one group. Whatever is added and merged in whatever order, the result is the same to the bit: sums are exact, of
// minimum and maximum the order doesn't matter, and a sketch is a set.
type cell struct {
	n      int64    // rows that have the field; Count: rows
	sum    exactSum // Sum, Mean
	edge   float64  // Min or Max
	sketch *hyperloglog.Sketch
}

// add takes one row's value; value is empty only for Count.
func (c *cell) add(kind AggregateKind, value []byte, x number) {
	c.n++
	switch kind {
	case Sum, Mean:
		c.sum.add(x)
	case Min, Max:
		c.extend(kind, x.float())
	case Distinct:
		if c.sketch == nil {
			c.sketch = hyperloglog.New14()
		}
		c.sketch.Insert(value)
	}
}

func (c *cell) extend(kind AggregateKind, x float64) {
	if c.n == 1 || (kind == Min && x < c.edge) || (kind == Max && x > c.edge) {
		c.edge = x
	}
}

// merge adds other to c. other isn't changed.
func (c *cell) merge(kind AggregateKind, other *cell) error {
	if other.n == 0 {
		return nil
	}
	before := c.n
	c.n += other.n
	switch kind {
	case Sum, Mean:
		c.sum.merge(&other.sum)
	case Min, Max:
		if before == 0 || (kind == Min && other.edge < c.edge) || (kind == Max && other.edge > c.edge) {
			c.edge = other.edge
		}
	case Distinct:
		if c.sketch == nil {
			c.sketch = other.sketch.Clone()
			return nil
		}
		return c.sketch.Merge(other.sketch)
	}
	return nil
}

// clear makes it empty and keeps its memory, a sketch's excepted: a group of a million values would keep its registers for ever.
func (c *cell) clear() {
	c.n, c.edge, c.sketch = 0, 0, nil
	c.sum.clear()
}

// append writes a cell for a partial result: Count and the others without a row: the number of rows; else [rows, value].
func (c *cell) append(dst []byte, kind AggregateKind) ([]byte, error) {
	if kind == Count || c.n == 0 {
		return appendInt(dst, c.n), nil
	}
	dst = append(appendInt(append(dst, '['), c.n), ',')
	switch kind {
	case Sum, Mean:
		dst = c.sum.append(append(dst, '"'))
		dst = append(dst, '"')
	case Min, Max:
		dst = appendFloat(dst, c.edge)
	case Distinct:
		c.sketch.Estimate() // makes the sketch's form depend on its content alone
		raw, err := c.sketch.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("writing a sketch: %w", err)
		}
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), raw)
		dst = append(dst, '"')
	}
	return append(dst, ']'), nil
}

// parseCell reads what append wrote.
func parseCell(kind AggregateKind, raw jsontext.Value) (cell, error) {
	var c cell
	rows, value, err := cutCell(raw)
	if err != nil {
		return c, err
	}
	if c.n, err = parseCount(rows); err != nil {
		return c, err
	}
	switch {
	case len(value) == 0 && (kind == Count || c.n == 0):
		return c, nil
	case len(value) == 0 || kind == Count || c.n == 0:
		return c, fmt.Errorf("%s %s: not a %s", kind, clip(raw), kind)
	}
	switch kind {
	case Min, Max:
		x, ok := parseNumber(value)
		if !ok {
			return c, fmt.Errorf("%s %s is not a number", kind, clip(value))
		}
		c.edge = x.float()
	case Sum, Mean:
		err = c.sum.parse(unquoted(value))
	case Distinct:
		c.sketch, err = parseSketch(unquoted(value))
	}
	return c, err
}

// maxSketch is the size of a dense sketch: 2^14 registers and a header. A sparse one is smaller.
const maxSketch = 1<<14 + 1024

func parseSketch(text []byte) (*hyperloglog.Sketch, error) {
	if len(text) > base64.StdEncoding.EncodedLen(maxSketch) {
		return nil, fmt.Errorf("a sketch of %d bytes is too large", len(text))
	}
	raw, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return nil, fmt.Errorf("reading a sketch: %w", err)
	}
	if len(raw) < 2 || raw[0] != 2 || raw[1] != 14 { // version and precision: of another precision it couldn't be merged
		return nil, fmt.Errorf("a sketch is of another kind")
	}
	sketch := hyperloglog.New14()
	if err := sketch.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("reading a sketch: %w", err)
	}
	return sketch, nil
}
