package template

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/krapp-io/krapp/seer"
)

func hexOf(n uint64) string { return fmt.Sprintf("%016x", n) }

// Records is how many were added.
func (m *Miner) Records() int64 { return m.records }

// Len is the number of templates, without those that only count what has none.
func (m *Miner) Len() int {
	m.refresh()
	n := 0
	for _, x := range m.byID {
		if x.class != nil && !x.rare() {
			n++
		}
	}
	return n
}

// Topics lists those of which records were added.
func (m *Miner) Topics() []string { return sortedKeys(m.topics) }

// Changed returns the templates that are new, or have another text, since the last call; those that only count are not among them.
func (m *Miner) Changed() []Template {
	m.refresh()
	var out []Template
	for _, id := range slices.Sorted(maps.Keys(m.changed)) {
		if x := m.changed[id]; x.class != nil && !x.rare() {
			out = append(out, x.export())
		}
	}
	clear(m.changed)
	return out
}

// Removed returns the IDs of the templates that are no more since the last call, as others took them in. Call it before Changed.
func (m *Miner) Removed() []uint64 {
	m.refresh()
	out := slices.Sorted(maps.Keys(m.removed))
	clear(m.removed)
	return out
}

// Repeated returns the places of records that were told to be prose and have turned out, since the last call, to be what a machine says: their
// passages are to be removed.
func (m *Miner) Repeated() []seer.Place {
	out := m.repeated
	m.repeated = nil
	return out
}

// Get returns a template.
func (m *Miner) Get(id uint64) (Template, bool) {
	m.refresh()
	x := m.byID[id]
	if x == nil {
		return Template{}, false
	}
	return x.export(), true
}

// All lists a topic's templates, the most frequent first, those that only count included.
func (m *Miner) All(name string) []Template {
	t := m.topics[name]
	if t == nil {
		return nil
	}
	m.refresh()
	var out []Template
	texts := &tmpl{topic: name, pattern: Prose, id: idOf(name, Prose)}
	for _, x := range t.special {
		if x.pattern == Prose {
			texts.gather(x)
			continue
		}
		out = append(out, x.export())
	}
	for _, c := range t.classes {
		for _, x := range c.shown {
			if x.rare() {
				texts.gather(x.whole())
				continue
			}
			out = append(out, x.export())
		}
	}
	if texts.count > 0 {
		out = append(out, texts.export())
	}
	slices.SortFunc(out, func(a, b Template) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Full lists the topics with more templates than the bounds allow.
func (m *Miner) Full() []string {
	var out []string
	for _, name := range sortedKeys(m.topics) {
		if m.topics[name].special[Other] != nil {
			out = append(out, name)
		}
	}
	return out
}

// Forget drops all that was learned of a topic.
func (m *Miner) Forget(name string) {
	t := m.topics[name]
	if t == nil {
		return
	}
	for _, x := range t.special {
		m.forget(x)
	}
	for _, c := range t.classes {
		for _, x := range c.shown {
			m.forget(x)
		}
		delete(m.stale, c)
	}
	m.alive -= t.alive
	m.cached -= len(t.cache)
	m.last = nil
	delete(m.topics, name)
}

// Newest is where the template's newest example is.
func (m *Miner) Newest(id uint64) (seer.Place, bool) {
	m.refresh()
	x := m.byID[id]
	if x == nil {
		return seer.Place{}, false
	}
	if x = x.whole(); len(x.examples) == 0 {
		return seer.Place{}, false
	}
	return x.examples[len(x.examples)-1].in(x.topic), true
}

// Touch has a template told by Changed again.
func (m *Miner) Touch(id uint64) {
	m.refresh()
	if x := m.byID[id]; x != nil {
		m.changed[id] = x
	}
}
