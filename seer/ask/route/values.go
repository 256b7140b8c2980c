package route

import (
	"slices"
	"strings"
)

// preferred are the names of fields whose values are meant when a value stands alone.
var preferred = words("status state level severity type kind result outcome event action method code currency country")

// values reads values that stand alone: "declined payments".
func (s *scoper) values() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] || s.tokens[i].quoted {
			continue
		}
		if s.tokens[i].stem == "tombstone" {
			op := Exists
			if s.negated(i) {
				op = Missing
			}
			s.filter(Filter{Path: Tombstone, Op: op}, i)
			s.use(i, 1)
			continue
		}
		var best *fieldValue
		for _, v := range s.candidates(i) {
			if best == nil || len(v.words) > len(best.words) || len(v.words) == len(best.words) && s.better(v.field, best.field) {
				best = &v
			}
		}
		if best == nil {
			continue
		}
		op := Equal
		if s.negated(i) {
			op = NotEqual
		}
		if s.is(i-1, "returned", "returning", "return", "answered", "gave", "ended", "result", "resulted", "responded") {
			s.use(i-1, 1)
		} else if s.is(i-1, "with", "in", "as") && s.is(i-2, "answered", "ended", "responded", "resulted", "finished", "marked", "classified") {
			s.use(i-2, 1)
		}
		n := len(best.words)
		path := s.t.Fields[best.field].Path
		s.filter(Filter{Path: path, Op: op, Values: []string{best.value}}, i)
		s.use(i, n)
		if f, m := s.fieldAt(i+n, s.t); m > 0 && f.Path == path { // "the declined status"
			s.use(i+n, m)
		} else if i+n < len(s.tokens) && !s.tokens[i+n].quoted && slices.Contains(nameWords(path), s.tokens[i+n].stem) {
			s.use(i+n, 1) // "visa cards" of card.brand: no card as method too
		}
	}
}

// candidates are the values that word i may begin.
func (s *scoper) candidates(i int) []fieldValue {
	t := s.tokens[i]
	all := s.t.values[loose(t.lower)]
	if strings.Trim(t.lower, "0123456789") == "" {
		all = nil
		for n, f := range s.t.Fields {
			if f.Kind == "number" && slices.Contains(f.Values, t.lower) {
				all = append(all, fieldValue{n, t.lower, []string{loose(t.lower)}})
			}
		}
	}
	var out []fieldValue
	for _, v := range all {
		if len(v.words) == 1 && (stop[t.lower] || stop[t.stem]) && !outcomes[t.lower] && (t.text != v.value || t.text == t.lower) {
			continue // "in" is no country unless it is written as one
		}
		if s.looseAt(i, v.words) {
			out = append(out, v)
		}
	}
	return out
}

// outcomes are verbs that say nothing by themselves, but are values of a status often.
var outcomes = words("sent received stored published produced written placed reported read logged registered present available")

func (s *scoper) better(a, b int) bool {
	return s.rank(a) < s.rank(b)
}

func (s *scoper) rank(field int) int {
	path := s.t.Fields[field].Path
	own := nameWords(path[strings.LastIndexByte(path, '.')+1:])
	if slices.ContainsFunc(own, func(w string) bool { return preferred[w] }) {
		return strings.Count(path, ".")
	}
	return 100 + strings.Count(path, ".")
}

// existing reads what is true or there: "how many are refunded", "with a discount", "without a customer".
func (s *scoper) existing() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] {
			continue
		}
		f, n := s.fieldAt(i, s.t)
		opposite := false
		if n == 0 {
			if f, opposite = s.truth(i); f.Path == "" {
				continue
			}
			n = 1
		}
		j := i - 1
		for ; s.is(j, "a", "an", "any", "the"); j-- {
			continue
		}
		switch {
		case f.Kind == "bool":
			value := "true"
			if s.negated(i) != opposite {
				value = "false"
			}
			s.filter(Filter{Path: f.Path, Op: Equal, Values: []string{value}}, i)
		case s.is(j, "with", "have", "has", "had", "having", "without", "no", "lack", "lacking"):
			op := Exists
			if s.is(j, "without", "no", "lack", "lacking") {
				op = Missing
			}
			s.filter(Filter{Path: f.Path, Op: op}, i)
			s.use(j, i-j)
		default:
			continue
		}
		s.use(i, n)
	}
}

// outcome are words for how something went; true: that it failed.
var outcome = map[string]bool{
	"successful": false, "successfully": false, "succeeded": false, "succeed": false,
	"failed": true, "fail": true, "unsuccessful": true, "unsuccessfully": true,
}

// truth is the field of true and false called success that word i is said of, and whether it says the opposite.
func (s *scoper) truth(i int) (f Field, opposite bool) {
	opposite, ok := outcome[s.tokens[i].lower]
	if !ok || s.tokens[i].quoted {
		return Field{}, false
	}
	for _, c := range s.t.byWord["success"] {
		if f := s.t.Fields[c.field]; f.Kind == "bool" && len(c.form) == 1 {
			return f, opposite
		}
	}
	return Field{}, false
}

// literals takes quoted texts and IDs that nothing else explains for texts to be looked for in values and keys.
func (s *scoper) literals() {
	s.stage = filterRole
	for i, t := range s.tokens {
		capital := s.named && !t.first && t.text != t.lower && !stop[t.lower] && len(t.text) > 2 && !s.t.isField(t.stem) && t.lower != "json"
		literal := t.quoted || idLike(t.text) || capital
		if s.used[i] || !literal || len(t.text) < 2 {
			continue
		}
		if t.quoted && strings.Contains(t.text, " ") && s.route.Wish == Meaning && !s.is(0, "find", "show", "list", "search", "give") {
			continue // a phrase to be explained rather than found
		}
		guess := !t.quoted && !idLike(t.text)
		if guess && s.apposed(i) {
			continue // left out
		}
		op := Holds
		if s.negated(i) {
			op = Lacks
		}
		f := Filter{Op: op, Values: []string{t.text}, Guess: guess}
		if op == Holds && !guess && s.keyed(t) {
			f = Filter{Path: ByKey, Op: Equal, Values: f.Values}
		}
		s.scope.Filters = append(s.scope.Filters, f)
		s.hits++
		s.use(i, 1)
	}
}

// keyed says that a word is one of the topic's keys by its form: "sensor-3" where keys are sensor-1, sensor-2 and so on, and no field is named so.
func (s *scoper) keyed(t token) bool {
	parts := Words(t.text)
	computed := s.route.Wish != Meaning && s.route.Wish != Lookup && s.route.Wish != First && s.route.Wish != Last
	return s.t.KeyWord != nil && computed && !t.quoted && len(parts) > 1 && !s.t.isField(parts[0]) && s.t.KeyWord(parts[0])
}

// apposed says that word i is another name of the value that a field is said to have right beside it: "from France, country FR". It is no
// condition of its own.
func (s *scoper) apposed(i int) bool {
	t := s.tokens[i]
	if t.quoted || idLike(t.text) || t.text == t.lower {
		return false
	}
	for _, f := range s.scope.Filters {
		if f.Op != Equal || f.Path == "" || f.Path[0] == '@' || f.Guess {
			continue
		}
		for at, path := range s.paths {
			if path == f.Path && t.end && at > i && at <= i+2 && !s.is(i+1, "and", "or", "but") {
				return true
			}
		}
	}
	return false
}

func (t *topicWords) isField(stem string) bool { return len(t.byWord[stem]) > 0 }

// IDLike says that a word has the form of an ID.
func IDLike(w string) bool { return idLike(w) }

// idLike says that a word has the form of an ID: letters and digits together, or a long number.
func idLike(w string) bool {
	letters, digits := 0, 0
	for _, r := range w {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		case r == '-' || r == '_' || r == '.' || r == ':' || r == '/' || r == '#':
		default:
			return false
		}
	}
	return digits > 0 && letters > 0 && len(w) >= 3 || digits >= 8 && letters == 0 && digits == len(w)
}
