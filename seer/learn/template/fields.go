package template

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Field is what the records of a topic have at a JSON path. Of an array the first element counts.
type Field struct {
	Topic, Path, Kind string // Kind: number, string, bool, time
	Count             int64
	Values            []string // the different ones, sorted, when there are at most 16; nil: there are more
	Min, Max          float64  // of numbers
}

type kind uint8

const (
	kindNumber kind = iota
	kindString
	kindBool
	kindTime
)

func (k kind) String() string { return [...]string{"number", "string", "bool", "time"}[k] }

const (
	maxFields = 512 // of a topic
	maxValues = 16
	maxValue  = 64 // bytes; a longer value is one of many
)

type fieldKey struct {
	path string
	kind kind
}

// field counts.
type field struct {
	count    int64
	min, max float64
	values   []string
	many     bool
	last     int // where the value was found that came last: the next one is often the same
}

func newField() *field { return &field{min: math.Inf(1), max: math.Inf(-1)} }

func (f *field) observe(l *leaf) {
	f.count++
	if l.kind == kindNumber {
		f.min, f.max = min(f.min, l.number), max(f.max, l.number)
	}
	if f.many || len(f.values) > 0 && f.values[f.last] == string(l.text) {
		return
	}
	for i, v := range f.values {
		if v == string(l.text) {
			f.last = i
			return
		}
	}
	if len(l.text) > maxValue || len(f.values) == maxValues || l.kind == kindTime {
		f.many, f.values, f.last = true, nil, 0
		return
	}
	f.values = append(f.values, string(l.text))
}

// fieldsOf finds the fields of a reading's leaves, in their order; those beyond the bound are nil.
func (t *topic) fieldsOf(r *reading) []*field {
	out := make([]*field, len(r.leaves))
	for i, l := range r.leaves {
		k := fieldKey{r.paths[i], l.kind}
		f := t.fields[k]
		if f == nil {
			if len(t.fields) >= maxFields {
				continue
			}
			f = newField()
			t.fields[k] = f
		}
		out[i] = f
	}
	return out
}

// Fields lists what the topic's JSON records have, by path.
func (m *Miner) Fields(name string) []Field {
	t := m.topics[name]
	if t == nil {
		return nil
	}
	out := make([]Field, 0, len(t.fields))
	for k, f := range t.fields {
		v := Field{Topic: name, Path: k.path, Kind: k.kind.String(), Count: f.count}
		if k.kind == kindNumber {
			v.Min, v.Max = f.min, f.max
		}
		if !f.many {
			v.Values = make([]string, len(f.values))
			for i, s := range f.values {
				v.Values[i] = strings.ToValidUTF8(s, "\uFFFD")
			}
			slices.Sort(v.Values)
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Field) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind)) })
	return out
}
