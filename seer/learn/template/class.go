package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// class is what records have in common that differ at most in masked values and in the words of slots. It follows from a record alone.
type class struct {
	hash      uint64
	sort      sort
	parts     []part // a slot's text is ""
	slots     []slot
	templates map[string]*tmpl // what is counted, by the words that are kept
	shown     map[string]*tmpl // what is shown of it, by the words that are
	priority  uint64           // who has the highest goes first when there are too many
}

// sort is what a record is read as.
type sort uint8

const (
	line  sort = iota
	paths      // JSON
	prose
)

// rest is the pattern under which those beyond the bounds are counted.
func (k sort) rest() string {
	if k == prose {
		return Prose
	}
	return Other
}

// slot is where a word is kept as long as few were seen.
type slot struct {
	set   *set
	limit int // different words of the set up to which they are kept
}

// set is the different words that were seen in a slot, or in those of several classes that mean the same.
type set struct {
	words   map[string]bool // nil: more than most
	classes []*class        // that have slots of this set
}

// most is the highest limit.
const most = 32

// slotLimits are those of a class's slots, the one that says most first: their product bounds the templates of the class.
func slotLimits(n int) int {
	limits := [...]int{most, 12, 6, 3, 2}
	if n < len(limits) {
		return limits[n]
	}
	return 1
}

// limitOf is the most that a slot of the rank is given.
func limitOf(k rank) int {
	switch k {
	case truth:
		return 2
	case identity:
		return 4
	}
	return most
}

// arrange brings the parts of JSON into the order of their paths.
func arrange(parts []part) {
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.path, b.path) })
}

// classHash identifies the class of a record's parts.
func classHash(parts []part, k sort) uint64 {
	names := make([]string, 0, 2*len(parts)+1)
	names = append(names, fmt.Sprint(k))
	for i := range parts {
		text := parts[i].text
		if parts[i].slot {
			text = "\x00" + string('0'+rune(parts[i].rank))
		}
		names = append(names, parts[i].path, text)
	}
	return digest(names...)
}

// tier says how much a class looks like what comes in endless variety: free text does, JSON and lines with numbers don't.
func tier(parts []part, k sort) uint64 {
	words, masks := 0, 0
	for _, p := range parts {
		if strings.HasPrefix(strings.TrimSpace(p.text), "<") {
			masks++
		} else if !p.slot {
			words++
		}
	}
	switch {
	case k == prose:
		return 3
	case k == paths && len(parts) < 64:
		return 0
	case words <= 8 || masks*8 >= words:
		return 1
	case words <= 16:
		return 2
	}
	return 3
}

// newClass makes the class of a record's parts.
func (t *topic) newClass(hash uint64, parts []part, k sort) *class {
	c := &class{hash: hash, sort: k, parts: slices.Clone(parts), templates: map[string]*tmpl{}, priority: tier(parts, k)<<62 | hash>>2}
	var at []int
	for i := range c.parts {
		if c.parts[i].slot {
			c.parts[i].text = ""
			at = append(at, i)
		}
	}
	order := slices.Clone(at)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.parts[a].rank, c.parts[b].rank) })
	limits := map[int]int{}
	for n, i := range order {
		limits[i] = min(slotLimits(n), limitOf(c.parts[i].rank))
	}
	for n, i := range at {
		name := c.parts[i].wide
		if name == "" {
			name = fmt.Sprintf("class %016x %d", hash, n)
		}
		s := t.setOf(name)
		if !slices.Contains(s.classes, c) {
			s.classes = append(s.classes, c)
		}
		c.slots = append(c.slots, slot{set: s, limit: limits[i]})
	}
	return c
}

// keeps says that the slot's words are few.
func (s *slot) keeps() bool { return s.set.words != nil && len(s.set.words) <= s.limit }

// see adds a word. It returns the classes that keep the set's words no longer.
func (s *set) see(word string) []*class {
	if s.words == nil || s.words[word] {
		return nil
	}
	s.words[word] = true
	n := len(s.words)
	var full []*class
	for _, c := range s.classes {
		if slices.ContainsFunc(c.slots, func(o slot) bool { return o.set == s && o.limit == n-1 }) {
			full = append(full, c)
		}
	}
	if n > most {
		s.words = nil
	}
	return full
}

// masked stands for a word in a template's words. No word of a record is it: those have no NUL behind them.
const masked = "\x00"

// kept replaces the words of slots that have too many.
func (c *class) kept(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; !c.slots[i].keeps() {
			out[i] = masked
		}
	}
	return out
}

// key tells templates of a class apart.
func key(words []string) string {
	var b strings.Builder
	for _, w := range words {
		fmt.Fprintf(&b, "%d:%s", len(w), w)
	}
	return b.String()
}

// merge brings the templates up to date with what slots keep now: those that no longer differ become one.
func (t *topic) merge(c *class) {
	all := c.templates
	t.touch(c)
	c.templates = make(map[string]*tmpl, len(all))
	for _, k := range sortedKeys(all) {
		one := all[k]
		words := c.kept(one.words)
		k := key(words)
		if other := c.templates[k]; other != nil {
			t.absorb(other, one)
			continue
		}
		c.templates[k] = one
		if !slices.Equal(words, one.words) {
			one.words = words
		}
	}
}

// squeeze masks the slot that says least, so that a class can't have more templates than its share.
func (t *topic) squeeze(c *class) {
	for i := len(c.slots) - 1; i >= 0 && len(c.templates) > t.m.o.MaxTopic/2; i-- {
		worst := -1
		for j := range c.slots {
			if c.slots[j].limit > 0 && c.slots[j].keeps() && (worst < 0 || len(c.slots[j].set.words) >= len(c.slots[worst].set.words)) {
				worst = j
			}
		}
		if worst < 0 {
			return
		}
		c.slots[worst].limit = 0
		t.merge(c)
	}
}
