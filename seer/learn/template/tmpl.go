package template

import (
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/seer"
)

const (
	maxExamples = 8
	maxExemplar = 2 << 10 // bytes
	maxPattern  = 1 << 10
)

// tmpl is a template at work: what is counted, of a class's tuple of words; what is shown, see show; or what only counts.
type tmpl struct {
	id          uint64
	topic       string
	class       *class // nil: one of those that only count
	words       []string
	into        *tmpl   // it was merged into that one, and is no more
	cells       []*tmpl // what is shown: what is counted of it
	fresh       bool    // what is counted: it is to be told as changed
	pattern     string
	text        string
	count       int64
	first, last int64
	examples    []place // oldest first
	exemplar    []byte  // of the newest example
}

// observe counts a record.
func (x *tmpl) observe(o *Observation) {
	if x.count++; x.count == 1 {
		x.first, x.last = o.At, o.At
	}
	x.first, x.last = min(x.first, o.At), max(x.last, o.At)
	p := place{o.At, o.Offset, o.Partition}
	n := len(x.examples)
	if n == 0 || x.examples[n-1].before(p) {
		x.exemplar = append(x.exemplar[:0], o.Value[:min(len(o.Value), maxExemplar)]...)
	}
	x.example(p)
}

// gather counts what another counted, too.
func (x *tmpl) gather(one *tmpl) {
	if n := len(one.examples); n > 0 && (len(x.examples) == 0 || x.examples[len(x.examples)-1].before(one.examples[n-1])) {
		x.exemplar = one.exemplar
	}
	if x.count == 0 {
		x.first, x.last = one.first, one.last
	}
	if one.count > 0 {
		x.first, x.last = min(x.first, one.first), max(x.last, one.last)
	}
	x.count += one.count
	for _, p := range one.examples {
		x.example(p)
	}
}

// rare says that it is prose that was not said often: its records are passages, and it is not to be indexed.
func (x *tmpl) rare() bool {
	if len(x.cells) > 0 {
		x = x.cells[0] // of prose, each is shown for itself
	}
	return x.class != nil && x.class.sort == prose && x.count <= rare
}

// example keeps the newest places.
func (x *tmpl) example(p place) {
	n := len(x.examples)
	if n == maxExamples {
		if p.before(x.examples[0]) || p == x.examples[0] {
			return
		}
		if x.examples[n-1].before(p) { // nearly always
			copy(x.examples, x.examples[1:])
			x.examples[n-1] = p
			return
		}
	}
	i := n
	for i > 0 && p.before(x.examples[i-1]) {
		i--
	}
	if i > 0 && x.examples[i-1] == p {
		return
	}
	x.examples = slices.Insert(x.examples, i, p)
	if len(x.examples) > maxExamples {
		x.examples = slices.Delete(x.examples, 0, 1)
	}
}

// absorb merges one into to; one is no more.
func (t *topic) absorb(to, one *tmpl) {
	if to.class != nil && (to.rare() || one.rare()) && to.count+one.count > rare {
		for _, x := range []*tmpl{to, one} {
			if x.rare() {
				t.m.common(x)
			}
		}
	}
	to.gather(one)
	t.touch(one.class)
	one.into, one.examples, one.exemplar = to, nil, nil
	t.alive--
	t.m.alive--
}

// name gives a template its pattern, text and ID, and has it indexed.
func (t *topic) name(x *tmpl) {
	x.topic = t.id
	names := []string{"template", t.id, x.pattern}
	if x.class != nil {
		x.pattern, x.text = t.render(x)
		names = append([]string{"template", t.id, string(appendUint(nil, x.class.hash))}, x.words...)
	}
	x.id = digest(names...)
	t.m.byID[x.id] = x
	t.m.changed[x.id] = x
	delete(t.m.removed, x.id)
}

func appendUint(b []byte, n uint64) []byte {
	for range 8 {
		b, n = append(b, byte(n)), n>>8
	}
	return b
}

func cut(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxPattern {
		s = s[:maxPattern] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// export copies a template out.
func (x *tmpl) export() Template {
	x = x.whole()
	t := Template{
		ID: x.id, Topic: x.topic, Pattern: x.pattern, Exemplar: strings.ToValidUTF8(string(x.exemplar), "\uFFFD"), Count: x.count,
		First: time.UnixMilli(x.first).UTC(), Last: time.UnixMilli(x.last).UTC(), words: x.text,
	}
	t.Examples = make([]seer.Place, 0, len(x.examples))
	for _, p := range slices.Backward(x.examples) {
		t.Examples = append(t.Examples, p.in(x.topic))
	}
	return t
}
