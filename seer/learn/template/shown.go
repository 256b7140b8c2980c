package template

import (
	"cmp"
	"slices"
)

// shownMost is how many templates a class is shown as, as far as it can be helped: two slots with names would make the product of both.
const shownMost = 16

// What is counted, one tmpl for each tuple of words that the slots keep, is finer than what is shown: a class of too many tuples is shown with
// its widest slots masked. What is shown follows from what is counted, and may become coarser and finer again; so it depends on the set of
// records alone, too.

// touch notes that what is shown of a class may have to be another.
func (t *topic) touch(c *class) { t.m.stale[c] = t }

// refresh brings what is shown up to date.
func (m *Miner) refresh() {
	for c, t := range m.stale {
		t.show(c)
	}
	clear(m.stale)
}

// show groups what is counted in a class by what is shown.
func (t *topic) show(c *class) {
	mask := c.wide()
	shown := make(map[string]*tmpl, len(c.shown))
	var fresh []*tmpl
	for _, k := range sortedKeys(c.templates) {
		one := c.templates[k]
		words := hidden(one.words, mask)
		k := key(words)
		x := shown[k]
		if x == nil {
			if x = c.shown[k]; x == nil {
				x = &tmpl{class: c, words: words}
				fresh = append(fresh, x)
			}
			x.cells = nil
			shown[k] = x
		}
		x.cells = append(x.cells, one)
		if one.fresh && x.id != 0 { // else it is told when it is named
			t.m.changed[x.id] = x
		}
		one.fresh = false
	}
	for k, x := range c.shown {
		if shown[k] == nil {
			t.m.forget(x)
		}
	}
	c.shown = shown
	for _, x := range fresh {
		t.name(x)
	}
}

// hidden masks words.
func hidden(words []string, mask []bool) []string {
	out := slices.Clone(words)
	for i := range out {
		if mask[i] {
			out[i] = masked
		}
	}
	return out
}

// wide says which slots are masked in what is shown: the widest first, until few enough are left. Those whose words say what happened come last,
// the widest of them not at all: as long as it is kept it is the meaning. Prose is not of a few kinds.
func (c *class) wide() []bool {
	mask := make([]bool, len(c.slots))
	if c.sort == prose || len(c.templates) <= shownMost {
		return mask
	}
	for _, w := range c.widths() {
		bound := shownMost
		if w.rank == salient {
			bound = most
		}
		if c.different(mask) <= bound {
			break
		}
		mask[w.slot] = true
	}
	return mask
}

// width is how many words a slot keeps.
type width struct {
	slot, words int
	rank        rank
}

// widths lists the slots with more than one word in the order in which they are to be masked. There are at most five of them: see slotLimits.
func (c *class) widths() []width {
	var out []width
	n := 0
	for i := range c.parts {
		if !c.parts[i].slot {
			continue
		}
		words := map[string]bool{}
		for _, x := range c.templates {
			words[x.words[n]] = true
		}
		if len(words) > 1 {
			out = append(out, width{n, len(words), c.parts[i].rank})
		}
		n++
	}
	slices.SortFunc(out, func(a, b width) int {
		switch {
		case (a.rank == salient) != (b.rank == salient):
			return cmp.Compare(b.rank, a.rank)
		case a.rank == salient:
			return cmp.Or(cmp.Compare(a.words, b.words), cmp.Compare(b.slot, a.slot))
		}
		return cmp.Or(cmp.Compare(b.words, a.words), cmp.Compare(b.rank, a.rank), cmp.Compare(b.slot, a.slot))
	})
	if n := len(out); n > 0 && out[n-1].rank == salient {
		out = out[:n-1]
	}
	return out
}

// different counts what would be shown.
func (c *class) different(mask []bool) int {
	seen := make(map[string]bool, len(c.templates))
	for _, x := range c.templates {
		seen[key(hidden(x.words, mask))] = true
	}
	return len(seen)
}

// whole is a template with all that was counted of it.
func (x *tmpl) whole() *tmpl {
	if len(x.cells) == 0 {
		return x
	}
	all := &tmpl{id: x.id, topic: x.topic, class: x.class, pattern: x.pattern, text: x.text}
	for _, one := range x.cells {
		all.gather(one)
	}
	return all
}
