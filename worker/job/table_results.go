package job

import (
	"cmp"
	"slices"
	"strings"
)

// Group is one row of a job's results.
type Group struct {
	Key    []string // the group-by values
	Labels []string // the labels of those that are codes, else ""
	Rows   int64
	Values []Value // by aggregate
}

// Value is an aggregate's value.
type Value struct {
	Text   string  // a JSON number, exact where it is a whole one; "" if no row had the field
	Number float64 // the nearest, for bars
}

// sortKey sorts values: numbers as numbers and before texts.
type sortKey struct {
	number  float64
	numeric bool
}

func sortKeyOf(value string) sortKey {
	x, ok := parseNumber([]byte(value))
	return sortKey{number: x.float(), numeric: ok}
}

func compareGroups(a, b *tableGroup) int {
	for i := range a.values {
		x, y := a.sorting[i], b.sorting[i]
		var order int
		switch {
		case x.numeric && y.numeric:
			order = cmp.Compare(x.number, y.number)
		case x.numeric:
			order = -1
		case y.numeric:
			order = 1
		}
		if order == 0 {
			order = strings.Compare(a.values[i], b.values[i]) // 1 and 01 are two values
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

// sort puts the groups in order; new ones only disturb it.
func (t *Table) sort() {
	if !t.ordered {
		slices.SortFunc(t.order, compareGroups)
		t.ordered = true
	}
}

// Groups returns the groups in order, numbers as numbers. Those with a code that has no label are left out.
func (t *Table) Groups() []Group {
	t.sort()
	groups := make([]Group, 0, len(t.order))
	for _, g := range t.order {
		if g.without >= 0 {
			continue
		}
		row := Group{Key: g.values, Labels: make([]string, len(g.values)), Rows: g.rows, Values: make([]Value, len(t.aggregators))}
		for i, v := range g.values {
			row.Labels[i] = t.labels[i][v]
		}
		for i := range t.aggregators {
			row.Values[i] = t.value(g, i)
		}
		groups = append(groups, row)
	}
	return groups
}

func (t *Table) value(g *tableGroup, aggregate int) Value {
	text := t.text(g, aggregate)
	x, _ := parseNumber([]byte(text))
	return Value{Text: text, Number: x.float()}
}

// text is an aggregate's value as a JSON number, or "".
func (t *Table) text(g *tableGroup, aggregate int) string {
	c := &g.cells[aggregate]
	switch t.aggregators[aggregate].Kind {
	case Count:
		return string(appendInt(nil, g.rows))
	case Sum:
		return c.sum.text()
	case Distinct:
		if c.sketch == nil {
			return "0"
		}
		return string(appendInt(nil, int64(c.sketch.Estimate())))
	}
	if c.n == 0 {
		return ""
	}
	if t.aggregators[aggregate].Kind == Mean {
		return string(appendFloat(nil, c.sum.over(c.n)))
	}
	return string(appendFloat(nil, c.edge))
}

// Results returns the results as JSON: an object for each group-by field, one in the other, by its values in order; inside, "Description" (the
// labels of the values that are codes) and the aggregates, null where no row had the field. Groups with a code that has no label are left out.
func (t *Table) Results() []byte {
	t.sort()
	dst := []byte{}
	var open []string // the values of the objects that are open
	for _, g := range t.order {
		if g.without >= 0 {
			continue
		}
		same := 0
		for same < len(open) && open[same] == g.values[same] {
			same++
		}
		if len(dst) == 0 && len(g.values) > 0 {
			dst = append(dst, '{')
		} else if len(dst) > 0 {
			for range len(open) - same - 1 {
				dst = append(dst, '}')
			}
			dst = append(dst, ',')
		}
		for i := same; i < len(g.values); i++ {
			dst = append(appendText(dst, g.values[i]), ':')
			if i < len(g.values)-1 {
				dst = append(dst, '{')
			}
		}
		open = g.values
		dst = t.appendLeaf(dst, g)
	}
	if len(dst) == 0 {
		return []byte("{}")
	}
	for range len(open) {
		dst = append(dst, '}')
	}
	return dst
}

func (t *Table) appendLeaf(dst []byte, g *tableGroup) []byte {
	dst = append(dst, '{')
	comma := false
	if description, coded := t.describeCodes(g); coded {
		dst = appendText(append(dst, `"Description":`...), description)
		comma = true
	}
	for i, a := range t.aggregators {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(appendText(dst, a.Name), ':')
		if text := t.text(g, i); text != "" {
			dst = append(dst, text...)
		} else {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}')
}

// describeCodes joins the labels of a group's codes; coded is false for a job without labels.
func (t *Table) describeCodes(g *tableGroup) (description string, coded bool) {
	var labels []string
	for i, v := range g.values {
		if t.labels[i] != nil {
			labels = append(labels, t.labels[i][v])
		}
	}
	return strings.Join(labels, ", "), len(labels) > 0
}
