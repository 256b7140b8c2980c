package route

import (
	"slices"
	"strconv"
)

func (s *scoper) nextSuperlative(i int) int {
	for ; i < len(s.tokens); i++ {
		if _, ok := superlatives[s.tokens[i].lower]; ok && !s.used[i] && !s.tokens[i].quoted && !s.is(i, "least") {
			return i
		}
	}
	return -1
}

func (s *scoper) mostCommon(i, n int) {
	at := i + n
	path, m := s.groupField(at)
	if m == 0 { // "which status is most frequent"
		for j := i - 1; j >= 0 && j >= i-5 && m == 0; j-- {
			if path, m = s.groupField(j); m > 0 {
				at = j
			}
		}
	}
	if m == 0 {
		return
	}
	s.scope.By = path
	s.hits++
	s.use(i, n)
	s.use(at, m)
	s.route.Least = s.is(i, "least", "rarest")
	if s.tokens[at].stem == s.tokens[at].lower && s.route.Top == 0 {
		s.route.Top = 1
	}
	if s.route.Wish == Meaning {
		s.route.Wish = Count
	}
}

// topN reads "top 5 customers".
func (s *scoper) topN(i int) {
	n, ok := smallNumber(s.tokens[i+1].lower)
	if !ok || n < 1 || n > 1000 || n != float64(int(n)) {
		return
	}
	at := i + 2
	for s.is(at, "most", "frequent", "common", "by") {
		at++
	}
	path, m := s.groupField(at)
	if m == 0 {
		return
	}
	s.scope.By = path
	s.hits++
	s.route.Top, s.route.Least = int(n), s.is(i, "bottom")
	s.use(i, at+m-i)
	if s.route.Wish == Meaning {
		s.route.Wish = Count
	}
	if s.is(at+m, "by") { // "top 5 customers by amount"
		if f, k := s.fieldAt(at+m+1, s.t); k > 0 && f.Kind == "number" {
			s.scope.Field, s.route.Wish, s.route.ByValue = f.Path, Sum, true
			s.use(at+m, k+1)
		}
	}
}

// superlatives reads "highest celsius", "average amount", "total of the amounts", "how much".
func (s *scoper) superlatives() {
	s.stage = fieldRole
	for i := 0; i < len(s.tokens); i++ {
		if s.used[i] || s.tokens[i].quoted {
			continue
		}
		sup, ok := superlatives[s.tokens[i].lower]
		n := 1
		switch {
		case s.seq(i, "most|least", "expensive"):
			sup, ok, n = superlative{map[bool]Wish{true: Max, false: Min}[s.is(i, "most")], cost}, true, 2
		case s.is(i, "total") && !s.is(i+1, "number", "count", "of"), s.seq(i, "total", "of") && !s.seq(i, "total", "of", "messages|records|events"):
			sup, ok = superlative{Sum, nil}, true
		case s.seq(i, "how", "much"):
			sup, ok, n = superlative{Sum, nil}, true, 2
			if j := s.onAverage(i); j > 0 {
				sup.wish = Mean
				s.stage = wishRole
				s.use(j, 2)
				s.stage = fieldRole
			}
		case s.is(i, "how"):
			sup, ok = s.degree(i)
			n = 2
		case s.seq(i, "on", "average"):
			sup, ok, n = superlative{Mean, nil}, true, 2
		}
		if !ok {
			continue
		}
		s.aggregate(i, n, sup)
	}
}

// onAverage is where "on average" stands behind i; 0: nowhere.
func (s *scoper) onAverage(i int) int {
	for ; i < len(s.tokens); i++ {
		if s.seq(i, "on", "average") {
			return i
		}
	}
	return 0
}

// aggregate finds the field of a superlative at i. Without one the words stay unexplained.
func (s *scoper) aggregate(i, n int, sup superlative) {
	if slices.Contains([]Wish{First, Last, Lookup}, s.route.Wish) {
		return // "the highest of the last 100"
	}
	wish := sup.wish
	next := i + n
	if inner, ok := superlatives[s.word(next)]; ok && (inner.wish == Mean || inner.wish == Sum) || s.is(next, "total") { // "the highest average celsius"
		s.route.ByValue, s.route.Least = s.scope.By != "", wish == Min
		wish = Sum
		if ok {
			wish = inner.wish
		}
		n++
	} else if s.scope.By != "" && s.route.Top == 1 {
		s.route.ByValue, s.route.Least = true, wish == Min
	}
	field, at, m := s.numberNear(i, i+n)
	if m == 0 {
		field, at, m = s.hinted(sup.hints), i, n
		if field.Path == "" {
			field = s.onlyNumber(i+n, sup)
		}
		if field.Path == "" {
			return
		}
	}
	s.scope.Field, s.route.Wish = field.Path, wish
	s.hits++
	s.use(at, m)
	s.stage = wishRole
	s.use(i, n)
	s.stage = fieldRole
}

// numberNear is the numeric field that is named next behind i, or the last one before it.
func (s *scoper) numberNear(i, from int) (Field, int, int) {
	for j := from; j < len(s.tokens) && j < from+6; j++ {
		if s.used[j] {
			continue
		}
		if f, n := s.fieldAt(j, s.t); n > 0 && f.Kind == "number" {
			return f, j, n
		}
	}
	for j := i - 1; j >= 0; j-- {
		if s.used[j] {
			continue
		}
		if f, n := s.fieldAt(j, s.t); n > 0 && f.Kind == "number" {
			return f, j, n
		}
	}
	return Field{}, 0, 0
}

// hinted is the numeric field whose name has one of the hints, the first of which any has; none where several have it.
func (s *scoper) hinted(hints []string) Field {
	for _, h := range hints {
		var found []Field
		for _, c := range s.t.byWord[h] {
			if f := s.t.Fields[c.field]; f.Kind == "number" && len(c.form) == 1 {
				found = append(found, f)
			}
		}
		if len(found) == 0 {
			for _, f := range s.t.Fields {
				if f.Kind == "number" && slices.Contains(nameWords(f.Path), h) {
					found = append(found, f)
				}
			}
		}
		if len(found) == 1 {
			return found[0]
		}
		if len(found) > 1 {
			return Field{}
		}
	}
	return Field{}
}

// onlyNumber is the field of "the highest value" in a topic with a single number.
func (s *scoper) onlyNumber(i int, sup superlative) Field {
	if len(sup.hints) > 0 || s.is(i, "number") && s.is(i+1, "of") || !s.is(i, "value", "reading", "number", "values", "readings") {
		return Field{}
	}
	var only Field
	for _, f := range s.t.Fields {
		if f.Kind == "number" {
			if only.Path != "" {
				return Field{}
			}
			only = f
		}
	}
	return only
}

// number reads a number with a unit or currency around it.
func number(w string) (string, bool) {
	first, last := -1, -1
	for i := range len(w) {
		if w[i] >= '0' && w[i] <= '9' {
			if first < 0 {
				first = i
			}
			last = i
		} else if first >= 0 && w[i] != '.' && w[i] != ',' {
			break
		}
	}
	if first < 0 {
		return "", false
	}
	digits := ""
	for _, c := range w[first : last+1] {
		if c != ',' {
			digits += string(c)
		}
	}
	if first > 0 && w[first-1] == '-' {
		digits = "-" + digits
	}
	_, err := strconv.ParseFloat(digits, 64)
	return digits, err == nil && first <= 3 && len(w)-last <= 6
}
