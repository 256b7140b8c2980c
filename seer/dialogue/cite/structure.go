package cite

import "slices"

// structure decides on headings, lead-ins and code: they stand or fall with what they belong to.
func (c *checker) structure(d *document) {
	var after []int // what the kept sentences below cite, up to the next heading
	for _, b := range slices.Backward(d.blocks) {
		below := after
		for _, u := range slices.Backward(b.units) {
			if u.lead {
				c.lead(d, u, below)
			}
			if u.keep {
				after = union(after, u.cites())
				below = after
			}
		}
		if b.kind == heading {
			after = nil
		}
	}
	var before []int
	for i, b := range d.blocks {
		if b.kind != fence {
			before = citedBy(b)
			continue
		}
		refs := before
		if len(refs) == 0 && i+1 < len(d.blocks) {
			refs = citedBy(d.blocks[i+1])
		}
		c.code(d, b.units[0], refs)
	}
}

// lead keeps a short text that makes no claim of its own: its numbers and names, if any, must be in what follows.
func (c *checker) lead(d *document, u *unit, below []int) {
	f := factsOf(d.plain(u.text))
	if len(below) == 0 || len(f.words) > 14 {
		c.drop(u, noCitation)
		return
	}
	if why, ok := c.harmless(f, below); !ok {
		c.drop(u, why)
		return
	}
	u.keep, u.inherited = true, nil
	u.borrowed = below
}

func (c *checker) code(d *document, u *unit, refs []int) {
	if len(refs) == 0 {
		c.drop(u, noCitation)
		return
	}
	if why, ok := c.bornOut(factsOf(d.plain(u.text)), refs); !ok {
		c.drop(u, why)
		return
	}
	u.keep = true
}

func citedBy(b *block) []int {
	var refs []int
	for _, u := range b.units {
		if u.keep {
			refs = union(refs, u.cites())
			refs = union(refs, u.borrowed)
		}
	}
	return refs
}

func union(a, b []int) []int {
	out := slices.Clip(a)
	for _, n := range b {
		if !slices.Contains(out, n) && len(out) < maxRange {
			out = append(out, n)
		}
	}
	return out
}
