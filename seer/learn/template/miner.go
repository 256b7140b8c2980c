package template

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

// Options bound a Miner. Zero values are the defaults.
type Options struct {
	MaxTopic int // templates of a topic: 2,000
	MaxAll   int // templates of all topics: 20,000
}

const (
	maxTopics = 1000
	maxCached = 64 << 10 // fingerprints, over all topics
	maxSets   = 16 << 10 // of a topic
)

// Miner groups records by template. It is for one goroutine. It holds at most Options.MaxAll templates of about 5 KiB and 64 Ki fingerprints
// of about 200 bytes; what lies beyond is counted under the topic's template Other.
type Miner struct {
	o        Options
	topics   map[string]*topic
	byID     map[uint64]*tmpl
	changed  map[uint64]*tmpl
	stale    map[*class]*topic // of which another may have to be shown than is
	removed  map[uint64]bool
	repeated []seer.Place
	alive    int
	cached   int
	records  int64
	last     *topic
	read     reading
}

// topic is what was learned of one.
type topic struct {
	m       *Miner
	id      string
	cache   map[uint64]*entry
	classes map[uint64]*class
	sets    map[string]*set
	fields  map[fieldKey]*field
	special map[string]*tmpl
	alive   int
	bar     uint64 // classes of this priority and higher are counted under Other
}

// entry is what a fingerprint leads to.
type entry struct {
	t      *tmpl
	fields []*field
	prose  bool
}

// New returns a Miner that has seen nothing.
func New(o Options) *Miner {
	if o.MaxTopic <= 0 {
		o.MaxTopic = 2000
	}
	if o.MaxAll <= 0 {
		o.MaxAll = 20_000
	}
	return &Miner{
		o: o, topics: map[string]*topic{}, byID: map[uint64]*tmpl{}, changed: map[uint64]*tmpl{}, stale: map[*class]*topic{}, removed: map[uint64]bool{},
		read: reading{table: newTable(), seed: maphash.MakeSeed()},
	}
}

// Add learns a record.
func (m *Miner) Add(o Observation) Found {
	t := m.topic(o.Topic)
	if t == nil {
		return Nothing
	}
	m.records++
	if len(o.Value) == 0 {
		name := Tombstone
		if o.Value != nil {
			name = Empty
		}
		t.specialOf(name).observe(&o)
		return Nothing
	}
	json, text := m.read.of(o.Value, false)
	if !text {
		t.specialOf(Binary).observe(&o)
		return Nothing
	}
	e := t.cache[m.read.sign]
	if e == nil {
		e = t.learn(m.read.sign, o.Value, json)
	}
	for e.t.into != nil {
		e.t = e.t.into
	}
	found := m.found(e)
	e.t.observe(&o)
	for i, f := range e.fields {
		if f != nil {
			f.observe(&m.read.leaves[i])
		}
	}
	if json && m.read.longs > 0 {
		return Parts
	}
	return found
}

// rare is how many times prose may be said again, but for names and numbers, until it is taken for what a machine says.
const rare = maxExamples

// found tells before a record is counted what it is.
func (m *Miner) found(e *entry) Found {
	switch {
	case !e.prose:
		return Nothing
	case e.t.class == nil || e.t.count < rare:
		return Whole
	case e.t.count == rare:
		m.common(e.t)
	}
	return Nothing
}

// common notes that prose has turned out to be what a machine says: the passages of those few records are to go, and the template is to come.
func (m *Miner) common(x *tmpl) {
	for _, p := range x.examples {
		m.repeated = append(m.repeated, p.in(x.topic))
	}
	x.fresh = true
	m.topics[x.topic].touch(x.class)
}

// of reads a value, as JSON if it is some.
func (r *reading) of(value []byte, slow bool) (json, text bool) {
	switch c := value[0]; c {
	case '{', '[', '"', ' ', '\t', '\n', '\r':
		r.reset(slow)
		r.mix(1)
		if r.readJSON(value) {
			return true, true
		}
	}
	r.reset(slow)
	if !isText(value) {
		return false, false
	}
	r.mix(2)
	return false, r.line(value)
}

// isText says that the value, as far as it matters, is UTF-8.
func isText(value []byte) bool {
	if len(value) > 4*maxLine {
		value = value[:4*maxLine]
		for len(value) > 0 && !utf8.RuneStart(value[len(value)-1]) {
			value = value[:len(value)-1]
		}
		value = value[:max(0, len(value)-1)]
	}
	return utf8.Valid(value)
}

// topic finds or makes a topic; nil: there are too many.
func (m *Miner) topic(name string) *topic {
	if m.last != nil && m.last.id == name {
		return m.last
	}
	t := m.topics[name]
	if t == nil {
		if len(m.topics) >= maxTopics {
			return nil
		}
		name = strings.Clone(name)
		t = &topic{
			m: m, id: name, cache: map[uint64]*entry{}, classes: map[uint64]*class{}, sets: map[string]*set{},
			fields: map[fieldKey]*field{}, special: map[string]*tmpl{}, bar: ^uint64(0),
		}
		m.topics[name] = t
	}
	m.last = t
	return t
}

// specialOf is the template of what has none.
func (t *topic) specialOf(name string) *tmpl {
	x := t.special[name]
	if x == nil {
		x = &tmpl{pattern: name}
		t.special[name] = x
		t.name(x)
	}
	return x
}

// learn is the slow way, of what looks like nothing before.
func (t *topic) learn(sign uint64, value []byte, json bool) *entry {
	e := &entry{}
	r := &t.m.read
	r.of(value, true)
	switch {
	case !json && passage.IsProse(value):
		e.prose = true
		e.t = t.templateOf(r.parts, prose)
	case json:
		arrange(r.parts)
		e.t = t.templateOf(r.parts, paths)
		e.fields = t.fieldsOf(r)
	default:
		e.t = t.templateOf(r.parts, line)
	}
	if t.m.cached >= maxCached {
		for _, other := range t.m.topics {
			other.cache = map[uint64]*entry{}
		}
		t.m.cached = 0
	}
	t.cache[sign] = e
	t.m.cached++
	return e
}

// templateOf finds or makes the template of a record's parts.
func (t *topic) templateOf(parts []part, k sort) *tmpl {
	hash := classHash(parts, k)
	c := t.classes[hash]
	if c == nil {
		if tier(parts, k)<<62|hash>>2 >= t.bar || len(t.sets) >= maxSets {
			t.overhear(parts)
			return t.specialOf(k.rest())
		}
		c = t.newClass(hash, parts, k)
		t.classes[hash] = c
	}
	var words []string
	for i := range parts {
		if parts[i].slot {
			words = append(words, parts[i].text)
		}
	}
	for i, w := range words {
		for _, full := range c.slots[i].set.see(w) {
			t.merge(full)
		}
	}
	words = c.kept(words)
	x := c.templates[key(words)]
	if x == nil {
		x = &tmpl{topic: t.id, class: c, words: words}
		c.templates[key(words)] = x
		t.alive++
		t.m.alive++
		t.touch(c)
		t.bound(c)
	}
	for x.into != nil {
		x = x.into
	}
	return x
}

// forget takes a template out of the index.
func (m *Miner) forget(x *tmpl) {
	delete(m.changed, x.id)
	delete(m.byID, x.id)
	m.removed[x.id] = true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
