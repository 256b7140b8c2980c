package route

import (
	"maps"
	"slices"
	"strings"
)

// scoper reads a question as one about a single topic.
type scoper struct {
	parse
	t     *topicWords
	named bool
	scope Scope
	pairs int      // of a field and its value
	left  []string // units that were left out
	hits  int      // fields, values and the like that were recognised
}

// scoped is what became of it.
type scoped struct {
	Route
	scope      Scope
	roles      []role
	paths      map[int]string
	leftover   []int
	structured bool
	named      bool
	pairs      int
}

// scopeTo reads the question as one about topic t. topics are the words that name topics, this one or others: they are no conditions.
func (p *parse) scopeTo(t *topicWords, named bool, topics []mention) scoped {
	s := &scoper{parse: *p, t: t, named: named, scope: Scope{Topic: t.Name}}
	s.used, s.roles, s.paths = slices.Clone(p.used), slices.Clone(p.roles), maps.Clone(p.paths)
	s.texts()
	s.comparisons()
	s.keys()
	s.groups()
	s.superlatives()
	s.counted(topics)
	s.stage = topicRole
	for _, m := range topics {
		if f, n := s.fieldTaking(m.at, s.t); n > 0 && s.literal(m.at+n) {
			if _, is := s.valueAt(m.at+n, f, false); is > 0 {
				continue // "sensor s3" in sensors: a condition
			}
		}
		for i := m.at; i < m.at+m.n; i++ {
			if !s.used[i] {
				s.use(i, 1)
			}
		}
		if m.level < 2 {
			s.hits++ // "access" for http_access: a hint, not a name
		}
	}
	s.equalities()
	s.values()
	s.existing()
	s.literals()
	return s.done()
}

func (s *scoper) done() scoped {
	r := scoped{Route: s.route, scope: s.scope, roles: s.roles, paths: s.paths, named: s.named, structured: s.hits > 0 || s.named, pairs: s.pairs}
	r.Left = append(r.Left, s.left...)
	if s.isolated {
		r.leftover = append(r.leftover, len(s.tokens)-1)
	}
	for i := range s.tokens {
		switch {
		case s.alternative(i):
			r.leftover = append(r.leftover, i)
		case !s.used[i] && s.route.Wish != Meaning && s.silent(i):
			r.Left = append(r.Left, s.tokens[i].text)
		case s.used[i] || !s.meaningful(i) || s.neutral(i) || s.named && s.tokens[i].stem == singular(strings.ToLower(s.t.Name)):
		case s.route.Wish != Meaning && (s.filler(i) || s.apposed(i)):
			r.Left = append(r.Left, s.tokens[i].text)
		default:
			r.leftover = append(r.leftover, i)
		}
	}
	if s.route.Wish == Distinct && s.scope.Field == "" && s.distinct > 0 {
		r.leftover = append(r.leftover, s.distinct-1)
	}
	if i := s.howMuch(); i > 0 {
		r.leftover = append(r.leftover, i)
	}
	if slices.Contains([]Wish{First, Last, Lookup}, s.route.Wish) {
		for i := range s.tokens {
			if s.seq(i, "how", "many|much|often|frequently") {
				r.leftover = append(r.leftover, i+1) // "of the last 100, how many …"
			}
		}
	}
	if span := s.route.Span; !span.From.IsZero() && !span.To.IsZero() && !span.From.Before(span.To) {
		r.leftover = append(r.leftover, slices.Index(s.roles, timeRole)) // two times that nothing is of
		return r
	}
	if len(r.leftover) > 0 && s.named {
		s.wordsHeld(&r)
	}
	return r
}

// neutral words restrict nothing: "pieces" in "how many pieces … in total (qty)", "the robots" where any robot is meant.
func (s *scoper) neutral(i int) bool {
	t := s.tokens[i]
	if t.quoted || s.route.Wish == Meaning || t.stem == t.lower {
		return false
	}
	if i == s.howMany && s.route.Wish == Sum && s.scope.Field != "" {
		return true
	}
	f, n := s.fieldAt(i, s.t)
	return n == 1 && f.Kind == "string" && i != s.howMany && s.is(i-1, "the", "all", "did", "do", "by")
}

// wordsHeld takes words that nothing else explains for a text to be looked for, where the topic's messages are known to hold them.
func (s *scoper) wordsHeld(r *scoped) {
	if s.t.Holds == nil || len(r.leftover) > 4 {
		return
	}
	var texts []string
	for _, i := range r.leftover {
		t := s.tokens[i]
		if negations[t.lower] || len(t.stem) < 4 || s.named && s.fieldWord(t.stem) || connectives[t.lower] {
			return
		}
		texts = append(texts, loose(t.lower))
	}
	if !s.t.Holds(texts) {
		return
	}
	for n, i := range r.leftover {
		r.scope.Filters = append(r.scope.Filters, Filter{Op: Holds, Values: []string{texts[n]}})
		r.roles[i] = filterRole
	}
	r.leftover, r.structured = nil, true
}

// connectives join or order what is said; they are never looked for as a text.
var connectives = words("or versus than more less both twice again first second third half double yet")

// fieldWord says that a word is part of one of the topic's paths: messages hold it whatever their values are.
func (s *scoper) fieldWord(stem string) bool {
	return slices.ContainsFunc(s.t.Fields, func(f Field) bool { return slices.Contains(nameWords(f.Path), stem) })
}

var negations = words("not no non without except excluding isn't aren't wasn't weren't don't didn't doesn't never neither nor other other-than")

// negated says that what begins at i is denied by the word before, which it uses.
func (s *scoper) negated(i int) bool {
	j := i - 1
	if s.is(j, "than") && s.is(j-1, "other", "rather") {
		s.use(j-1, 2)
		return true
	}
	for ; j >= 0 && s.is(j, "a", "an", "the", "been", "be", "being"); j-- {
		continue
	}
	if j >= 0 && !s.tokens[j].quoted && negations[s.tokens[j].lower] {
		s.use(j, 1)
		return true
	}
	return false
}

// texts reads "containing X", "that mention X", "with the text X".
func (s *scoper) texts() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] {
			continue
		}
		n := 0
		switch {
		case s.is(i, "containing", "mentioning", "mention", "mentions", "mentioned", "holding"):
			n = 1
		case s.is(i, "contain", "contains", "contained", "hold", "holds", "matching", "match", "matches"):
			n = 1
		case s.seq(i, "with|holding", "the", "text|word|words|phrase|string"), s.seq(i, "with|holding", "text|word"):
			n = 2 + b2i(s.is(i+1, "the"))
		}
		at := i + n
		if s.is(at, "the") {
			at++
		}
		if n > 0 && s.is(at, "text", "word", "words", "phrase", "string") {
			at++
		}
		if n == 0 || at >= len(s.tokens) || s.used[at] || !s.tokens[at].quoted && stop[s.tokens[at].lower] {
			continue
		}
		op := Contains
		if s.negated(i) {
			op = Lacks
		}
		s.scope.Filters = append(s.scope.Filters, Filter{Op: op, Values: []string{s.tokens[at].text}})
		s.hits++
		s.use(i, at+1-i)
	}
}

// keys reads "with key X".
func (s *scoper) keys() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] || !s.is(i, "key", "keyed") {
			continue
		}
		at := i + 1
		for s.is(at, "is", "=", "==", "equals", "of", "by", "equal", "to") {
			at++
		}
		if at >= len(s.tokens) || s.used[at] || !s.literal(at) && s.tokens[at].text == s.tokens[at].lower {
			continue
		}
		s.scope.Filters = append(s.scope.Filters, Filter{Path: ByKey, Op: Equal, Values: []string{s.tokens[at].text}})
		s.hits++
		s.use(i, at+1-i)
	}
}

// literal says that word i is a value rather than a word: quoted, or with a digit in it.
func (s *scoper) literal(i int) bool {
	if i < 0 || i >= len(s.tokens) {
		return false
	}
	return s.tokens[i].quoted || strings.ContainsAny(s.tokens[i].text, "0123456789")
}

// counted reads "different customers", and "how many customers" where customers are a field, not the topic itself.
func (s *scoper) counted(topics []mention) {
	s.stage = fieldRole
	if s.distinct >= 0 {
		at := s.distinct
		for s.is(at, "values", "value", "of", "the", "kinds", "kind", "keys") && !s.is(at, "keys") {
			at++
		}
		if s.is(at, "keys", "key") {
			s.scope.Field = ByKey
			s.use(at, 1)
			s.hits++
			return
		}
		if f, n := s.fieldAt(at, s.t); n > 0 {
			s.scope.Field = f.Path
			s.use(at, n)
			s.hits++
		} else if path, n := s.groupField(at); path == ByKey {
			s.scope.Field = path
			s.use(at, n)
			s.hits++
		}
		return
	}
	i := s.howMany
	if s.route.Wish != Count || i < 0 || i >= len(s.tokens) || s.used[i] {
		return
	}
	f, n := s.fieldAt(i, s.t)
	if n == 0 || f.Kind == "bool" {
		return
	}
	isTopic, others := false, false
	for _, m := range topics {
		if m.at == i {
			isTopic = true
		} else if m.level >= 2 {
			others = true
		}
	}
	if isTopic && !others { // "how many sensors": the messages of sensors, and the different sensors in them
		if own := nameWords(f.Path[strings.LastIndexByte(f.Path, '.')+1:]); len(own) == 1 && own[0] == s.tokens[i].stem && s.scope.By == "" && s.scope.Field == "" {
			s.scope.Field, s.route.Also = f.Path, true
		}
		return
	}
	if s.tokens[i].stem == s.tokens[i].lower && n == 1 { // "how many customers", not "how many customer …"
		return
	}
	s.scope.Field, s.route.Wish = f.Path, Distinct
	s.use(i, n)
	s.hits++
}
