package template

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// overhear adds the words of a record that is counted under Other to the sets that it shares with other classes: what they keep must not depend
// on whether this one's class was there when it came.
func (t *topic) overhear(parts []part) {
	for i := range parts {
		if !parts[i].slot || parts[i].wide == "" {
			continue
		}
		if s := t.sets[parts[i].wide]; s != nil || len(t.sets) < maxSets {
			for _, full := range t.setOf(parts[i].wide).see(parts[i].text) {
				t.merge(full)
			}
		}
	}
}

// setOf finds or makes a set of words.
func (t *topic) setOf(name string) *set {
	s := t.sets[name]
	if s == nil {
		s = &set{words: map[string]bool{}}
		t.sets[name] = s
	}
	return s
}

// bound keeps the templates within their bounds: free text goes first, then the classes with the highest hash, so that which ones are left
// does not depend on the order in which they came.
func (t *topic) bound(c *class) {
	if len(c.templates) > t.m.o.MaxTopic/2 {
		t.squeeze(c)
	}
	for t.alive > t.m.o.MaxTopic {
		t.evict()
	}
	for t.m.alive > t.m.o.MaxAll {
		slices.MaxFunc(slices.Collect(maps.Values(t.m.topics)), func(a, b *topic) int {
			return cmp.Or(cmp.Compare(a.alive, b.alive), cmp.Compare(a.id, b.id))
		}).evict()
	}
}

// evict counts the class of the highest priority under Other from now on.
func (t *topic) evict() {
	var out *class
	for _, c := range t.classes {
		if out == nil || c.priority > out.priority {
			out = c
		}
	}
	t.bar = out.priority
	delete(t.classes, out.hash)
	for _, s := range out.slots {
		s.set.classes = slices.DeleteFunc(s.set.classes, func(c *class) bool { return c == out })
	}
	if len(out.slots) > 0 {
		maps.DeleteFunc(t.sets, func(name string, _ *set) bool { return strings.HasPrefix(name, "class "+hexOf(out.hash)) })
	}
	other := t.specialOf(out.sort.rest())
	for _, k := range sortedKeys(out.templates) {
		t.absorb(other, out.templates[k])
	}
	clear(out.templates)
}
