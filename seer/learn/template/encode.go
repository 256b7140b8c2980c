package template

import (
	"cmp"
	"encoding/gob"
	"io"
	"math"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// formatVersion changes whenever what is masked, or how a class is told, does: counters of another version can't be carried on.
const formatVersion = 2

// saved is a miner as it is written. Two miners that know the same are written alike.
type saved struct {
	Version int
	Records int64
	Topics  []savedTopic
}

type savedTopic struct {
	Name    string
	Bar     uint64
	Sets    []savedSet
	Classes []savedClass
	Special []savedTemplate
	Fields  []savedField
}

type savedSet struct {
	Name  string
	Words []string
	Full  bool
}

type savedClass struct {
	Hash, Priority uint64
	Sort           uint8
	Parts          []savedPart
	Sets           []string // of the slots, in order
	Limits         []int
	Templates      []savedTemplate
}

type savedPart struct {
	Path, Text, Wide string
	Rank             uint8
	Slot             bool
}

type savedTemplate struct {
	Words              []string
	Pattern            string // of those that only count
	Count, First, Last int64
	At, Offset         []int64
	Partition          []int32
	Exemplar           []byte
}

type savedField struct {
	Path     string
	Kind     uint8
	Count    int64
	Min, Max float64
	Values   []string
	Many     bool
}

// Snapshot is what a miner knew at a moment.
type Snapshot struct {
	saved saved
}

// Snapshot copies what the miner knows, but for Changed, Removed and Repeated. The copy may be written while the miner goes on.
func (m *Miner) Snapshot() *Snapshot {
	s := &Snapshot{saved{Version: formatVersion, Records: m.records}}
	for _, name := range sortedKeys(m.topics) {
		s.saved.Topics = append(s.saved.Topics, m.topics[name].save())
	}
	return s
}

// Encode writes it for Decode. Miners that know the same write the same bytes.
func (s *Snapshot) Encode(w io.Writer) error {
	if err := gob.NewEncoder(w).Encode(s.saved); err != nil {
		return kafkaops.NewError(kafkaops.Internal, "writing", "the templates", "", err)
	}
	return nil
}

func (t *topic) save() savedTopic {
	s := savedTopic{Name: t.id, Bar: t.bar}
	names := map[*set]string{}
	for _, name := range sortedKeys(t.sets) {
		one := t.sets[name]
		names[one] = name
		s.Sets = append(s.Sets, savedSet{Name: name, Words: sortedKeys(one.words), Full: one.words == nil})
	}
	for _, c := range t.classes {
		one := savedClass{Hash: c.hash, Priority: c.priority, Sort: uint8(c.sort)}
		for _, p := range c.parts {
			one.Parts = append(one.Parts, savedPart{p.path, p.text, p.wide, uint8(p.rank), p.slot})
		}
		for _, slot := range c.slots {
			one.Sets = append(one.Sets, names[slot.set])
			one.Limits = append(one.Limits, slot.limit)
		}
		for _, k := range sortedKeys(c.templates) {
			one.Templates = append(one.Templates, c.templates[k].save())
		}
		s.Classes = append(s.Classes, one)
	}
	slices.SortFunc(s.Classes, func(a, b savedClass) int { return cmp.Compare(a.Hash, b.Hash) })
	for _, name := range sortedKeys(t.special) {
		s.Special = append(s.Special, t.special[name].save())
	}
	for k, f := range t.fields {
		s.Fields = append(s.Fields, savedField{k.path, uint8(k.kind), f.count, f.min, f.max, slices.Sorted(slices.Values(f.values)), f.many})
	}
	slices.SortFunc(s.Fields, func(a, b savedField) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind)) })
	return s
}

func (x *tmpl) save() savedTemplate {
	s := savedTemplate{Words: x.words, Count: x.count, First: x.first, Last: x.last, Exemplar: slices.Clone(x.exemplar)}
	if x.class == nil {
		s.Pattern = x.pattern
	}
	for _, p := range x.examples {
		s.At, s.Offset, s.Partition = append(s.At, p.at), append(s.Offset, p.offset), append(s.Partition, p.partition)
	}
	return s
}

// Decode reads what Encode wrote. Damage and another version are errors of class Invalid. Nothing is Changed after it.
func Decode(r io.Reader, o Options) (*Miner, error) {
	var s saved
	if err := gob.NewDecoder(r).Decode(&s); err != nil {
		return nil, damaged("%v", err)
	}
	if s.Version != formatVersion {
		return nil, damaged("version %d, this is %d", s.Version, formatVersion)
	}
	m := New(o)
	m.records = s.Records
	for i := range s.Topics {
		t := m.topic(s.Topics[i].Name)
		if t == nil || len(t.classes)+len(t.special)+len(t.fields) > 0 {
			return nil, damaged("topic %q", s.Topics[i].Name)
		}
		if err := t.restore(&s.Topics[i]); err != nil {
			return nil, err
		}
	}
	m.refresh()
	clear(m.changed)
	clear(m.removed)
	return m, nil
}

func damaged(format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.Invalid, "reading", "the templates", "they are learned again from Kafka", format, args...)
}

func (t *topic) restore(s *savedTopic) error {
	t.bar = s.Bar
	for _, one := range s.Sets {
		set := t.setOf(one.Name)
		for _, w := range one.Words {
			set.words[w] = true
		}
		if one.Full {
			set.words = nil
		}
	}
	for i := range s.Classes {
		if err := t.restoreClass(&s.Classes[i]); err != nil {
			return err
		}
	}
	for i := range s.Special {
		if !isSpecial(s.Special[i].Pattern) {
			return damaged("template %q", s.Special[i].Pattern)
		}
		if err := t.specialOf(s.Special[i].Pattern).restore(&s.Special[i]); err != nil {
			return err
		}
	}
	for _, f := range s.Fields {
		if f.Kind > uint8(kindTime) || math.IsNaN(f.Min) || len(f.Values) > maxValues {
			return damaged("field %q", f.Path)
		}
		t.fields[fieldKey{f.Path, kind(f.Kind)}] = &field{count: f.Count, min: f.Min, max: f.Max, values: f.Values, many: f.Many}
	}
	return nil
}

func (t *topic) restoreClass(s *savedClass) error {
	c := &class{hash: s.Hash, priority: s.Priority, sort: sort(s.Sort), templates: map[string]*tmpl{}}
	slots := 0
	for _, p := range s.Parts {
		if p.Slot {
			slots++
		}
		c.parts = append(c.parts, part{path: p.Path, text: p.Text, wide: p.Wide, rank: rank(p.Rank), slot: p.Slot})
	}
	if slots != len(s.Sets) || slots != len(s.Limits) || t.classes[s.Hash] != nil {
		return damaged("a class of %d slots", slots)
	}
	for i, name := range s.Sets {
		set := t.setOf(name)
		if !slices.Contains(set.classes, c) {
			set.classes = append(set.classes, c)
		}
		c.slots = append(c.slots, slot{set: set, limit: s.Limits[i]})
	}
	t.classes[s.Hash] = c
	for i := range s.Templates {
		x := &tmpl{topic: t.id, class: c, words: s.Templates[i].Words}
		if len(x.words) != slots || c.templates[key(x.words)] != nil {
			return damaged("a template of %d words in %d slots", len(x.words), slots)
		}
		if err := x.restore(&s.Templates[i]); err != nil {
			return err
		}
		c.templates[key(x.words)] = x
		t.alive++
		t.m.alive++
	}
	t.touch(c)
	return nil
}

func (x *tmpl) restore(s *savedTemplate) error {
	if len(s.At) > maxExamples || len(s.At) != len(s.Offset) || len(s.At) != len(s.Partition) || len(s.Exemplar) > maxExemplar {
		return damaged("%d examples", len(s.At))
	}
	x.count, x.first, x.last, x.exemplar = s.Count, s.First, s.Last, s.Exemplar
	for i := range s.At {
		x.examples = append(x.examples, place{at: s.At[i], offset: s.Offset[i], partition: s.Partition[i]})
	}
	return nil
}
