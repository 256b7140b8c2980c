package template

// Trim drops the examples that gone says can't be read any more, and the templates that have no other. The rest keeps its counts: they are of
// what was learned, not of what is still there.
func (m *Miner) Trim(topic string, gone func(partition int32, offset int64) bool) {
	t := m.topics[topic]
	if t == nil {
		return
	}
	for _, x := range t.special {
		x.trim(gone)
	}
	for _, c := range t.classes {
		for _, k := range sortedKeys(c.templates) {
			x := c.templates[k]
			if !x.trim(gone) {
				continue
			}
			t.touch(c)
			delete(c.templates, k)
			t.alive--
			m.alive--
			m.cached -= len(t.cache) // they may lead to it
			clear(t.cache)
		}
	}
}

// trim returns whether nothing is left of the examples.
func (x *tmpl) trim(gone func(partition int32, offset int64) bool) bool {
	kept := x.examples[:0]
	for _, p := range x.examples {
		if !gone(p.partition, p.offset) {
			kept = append(kept, p)
		}
	}
	x.examples = kept
	return len(kept) == 0
}

// AddProse counts a record whose value is known to be prose, and gives it no template.
func (m *Miner) AddProse(o Observation) {
	if t := m.topic(o.Topic); t != nil {
		m.records++
		t.specialOf(Prose).observe(&o)
	}
}
