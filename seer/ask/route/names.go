package route

import (
	"cmp"
	"slices"
	"strings"
)

// versions and the like say nothing about what a topic holds.
func nameWords(name string) []string {
	var out []string
	for _, w := range Words(name) {
		if len(w) == 2 && w[0] == 'v' && w[1] >= '0' && w[1] <= '9' {
			continue
		}
		out = append(out, singular(w))
	}
	return out
}

// mention is where and how surely a name is meant.
type mention struct {
	at, n int
	level int // 3: the name itself; 2: all its words; 1: one of its words
}

// findTopic looks for a topic's name among the words.
func (p *parse) findTopic(name string) (best mention, found bool) {
	parts := nameWords(name)
	lower, single := strings.ToLower(name), singular(strings.ToLower(name))
	for i, t := range p.tokens {
		m := mention{at: i, n: 1}
		switch {
		case t.lower == lower:
			m.level = 4
		case t.stem == single && !t.quoted:
			m.level = 3
		case len(parts) > 0 && p.stems(i, parts):
			m.n, m.level = len(parts), 2
		case len(parts) > 1 && slices.Contains(parts, t.stem) && !stop[t.stem] && !t.quoted:
			m.level = 1
		}
		if m.level > 0 && p.topicContext(i) {
			m.level = max(m.level, 2) // "in sensors", "topic sensors"
		}
		if m.level > best.level {
			best, found = m, true
		}
	}
	return best, found
}

// topicContext says that the word before i announces a topic.
func (p *parse) topicContext(i int) bool {
	for i--; i >= 0 && p.is(i, "the"); i-- {
		continue
	}
	return p.is(i, "topic", "topics", "stream", "queue")
}

// stems says that the words from i on are parts, in singular.
func (p *parse) stems(i int, parts []string) bool {
	if i+len(parts) > len(p.tokens) {
		return false
	}
	for n, w := range parts {
		if p.tokens[i+n].stem != w || p.tokens[i+n].quoted {
			return false
		}
	}
	return true
}

// suffixes of field names that say how a thing is written rather than what it is.
var suffixes = words("id ids no nr number name code key ms millis second us ns kg km cm mm byte kb mb gb kib mib gib eur usd cent pct percent ts at utc uuid str")

// fieldWords are the forms under which a field may be named, from the surest on.
func fieldWords(path string) (forms [][]string) {
	elements := strings.Split(strings.ReplaceAll(path, "[]", ""), ".")
	last := elements[len(elements)-1]
	own := nameWords(last)
	if len(own) == 0 {
		return nil
	}
	add := func(f []string) {
		if len(f) > 0 && !slices.ContainsFunc(forms, func(have []string) bool { return slices.Equal(have, f) }) {
			forms = append(forms, f)
		}
	}
	if len(elements) > 1 {
		parent := nameWords(elements[len(elements)-2])
		add(append(slices.Clone(parent), own...))
		add(own)
		if suffixes[last] || len(own) == 1 && suffixes[own[0]] {
			add(parent) // "customer" for customer.id
		}
	}
	add(own)
	for cut := own; len(cut) > 1 && suffixes[cut[len(cut)-1]]; {
		cut = cut[:len(cut)-1]
		add(cut)
	}
	return forms
}

// fieldAt finds the field that the words from i on name, the longest and surest.
func (p *parse) fieldAt(i int, t *topicWords) (f Field, n int) {
	return p.fieldOf(i, t, func(Field) bool { return true })
}

// fieldTaking is fieldAt for a field that may have the value which follows: "payment ab-12" is no number of payments.
func (p *parse) fieldTaking(i int, t *topicWords) (f Field, n int) {
	f, n = p.fieldAt(i, t)
	if n == 0 || f.Kind != "number" || i+n >= len(p.tokens) || !idLike(p.tokens[i+n].text) {
		return f, n
	}
	if _, ok := number(p.tokens[i+n].lower); ok {
		return f, n
	}
	return p.fieldOf(i, t, func(f Field) bool { return f.Kind != "number" })
}

func (p *parse) fieldOf(i int, t *topicWords, fits func(Field) bool) (f Field, n int) {
	if i < 0 || i >= len(p.tokens) {
		return Field{}, 0
	}
	if at, ok := t.paths[p.tokens[i].lower]; ok && fits(t.Fields[at]) {
		return t.Fields[at], 1
	}
	if p.tokens[i].quoted {
		return Field{}, 0
	}
	best := -1
	for _, c := range t.byWord[p.tokens[i].stem] {
		if !p.stems(i, c.form) || !fits(t.Fields[c.field]) {
			continue
		}
		if best < 0 || len(c.form) > n || len(c.form) == n && c.worse < best {
			f, n, best = t.Fields[c.field], len(c.form), c.worse
		}
	}
	return f, n
}

// topicWords is a topic with its fields by the first word of each of their names.
type topicWords struct {
	Topic
	paths  map[string]int
	byWord map[string][]fieldForm
	values map[string][]fieldValue // by loose form
}

type fieldForm struct {
	form  []string
	field int
	worse int // the lower the surer
}

type fieldValue struct {
	field int
	value string
	words []string // loose
}

// Bounds of what is taken into account of one topic.
const (
	maxFields = 400
	maxValues = 16
)

func newTopicWords(t Topic) *topicWords {
	if len(t.Fields) > maxFields {
		t.Fields = t.Fields[:maxFields]
	}
	w := &topicWords{Topic: t, paths: map[string]int{}, byWord: map[string][]fieldForm{}, values: map[string][]fieldValue{}}
	for i, f := range t.Fields {
		w.paths[strings.ToLower(f.Path)] = i
		for worse, form := range fieldWords(f.Path) {
			w.byWord[form[0]] = append(w.byWord[form[0]], fieldForm{form, i, worse*100 + strings.Count(f.Path, ".")})
		}
		for _, v := range f.Values[:min(len(f.Values), maxValues)] {
			if f.Kind == "number" || f.Kind == "bool" {
				continue
			}
			parts := Words(v)
			for n := range parts {
				parts[n] = loose(parts[n])
			}
			if len(parts) > 0 && len(parts) <= 6 {
				w.values[parts[0]] = append(w.values[parts[0]], fieldValue{i, v, parts})
			}
		}
	}
	w.lastElements()
	w.weakForms()
	w.synonyms()
	return w
}

// Nearest are the names that come closest to word, best first, at most n.
func Nearest(word string, names []string, n int) []string {
	type scored struct {
		name string
		far  int
	}
	word = strings.ToLower(word)
	if len(word) > 64 {
		return nil // no name that anybody mistyped
	}
	var all []scored
	for _, name := range names {
		lower := strings.ToLower(name)
		if len(lower) > 64 {
			lower = lower[:64]
		}
		most := max(1, len(word)/3)
		far := distance(word, lower, most)
		for _, part := range Words(lower) {
			far = min(far, distance(singular(word), singular(part), most))
		}
		if far <= most {
			all = append(all, scored{name, far})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.name, b.name)) })
	out := make([]string, 0, min(n, len(all)))
	for _, s := range all[:min(n, len(all))] {
		out = append(out, s.name)
	}
	return out
}

// distance is the number of bytes to insert, delete or replace; both words are short. More than most is not worked out.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal + b2i(a[i] != b[j])
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
