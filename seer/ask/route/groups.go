package route

import (
	"slices"
)

// groups reads "per sensor", "by status", "for each …", "which sensor has the most …", "the most frequent status", "top 5 customers".
func (s *scoper) groups() {
	for i := range s.tokens {
		if s.used[i] || s.scope.By != "" || s.route.Wish == Lookup {
			continue
		}
		s.stage = groupRole
		switch {
		case s.is(i, "per", "by", "each", "every"):
			s.groupBy(i, i+1)
		case s.seq(i, "grouped", "by"), s.seq(i, "for", "each|every"), s.seq(i, "in", "each|every"), s.seq(i, "split", "by"):
			s.groupBy(i, i+2)
		case s.seq(i, "broken", "down", "by"):
			s.groupBy(i, i+3)
		case s.seq(i, "most|least", "common|frequent|frequently|often|popular|active|busy"):
			s.mostCommon(i, 2)
		case s.is(i, "busiest", "rarest", "commonest"):
			s.mostCommon(i, 1)
		case s.is(i, "which", "what"), s.is(i, "list", "show", "name") && i == 0:
			s.which(i)
		case s.is(i, "top", "bottom") && i+2 < len(s.tokens):
			s.topN(i)
		}
	}
}

// groupField is what word i names to group by.
func (s *scoper) groupField(i int) (path string, n int) {
	if i >= len(s.tokens) || s.used[i] {
		return "", 0
	}
	switch stem := s.tokens[i].stem; stem {
	case "key":
		return ByKey, 1
	case "partition":
		return ByPartition, 1
	case "topic":
		return ByTopic, 1
	default:
		if b := bucket(stem); b != "" {
			return b, 1
		}
	}
	f, n := s.fieldAt(i, s.t)
	if n == 0 && s.t.KeyWord != nil && s.named && !stop[s.tokens[i].stem] && !s.tokens[i].quoted && s.t.KeyWord(s.tokens[i].stem) {
		return ByKey, 1 // "which sensor …" where keys are sensor-1, sensor-2 and so on
	}
	return f.Path, n
}

func (s *scoper) groupBy(i, at int) bool {
	for s.is(at, "the", "different") {
		at++
	}
	path, n := s.groupField(at)
	if n == 0 || s.literal(at+n) { // "by customer c-7"
		return false
	}
	if f, _ := s.fieldAt(at, s.t); f.Kind == "bool" && f.Path == path && s.is(i, "by") && s.is(i-1, "is", "are", "was", "were") {
		return false // "were by members": those of whom it is true
	}
	s.scope.By = path
	s.hits++
	s.use(i, at+n-i)
	s.usePreposition(i, "for", "in")
	if s.route.Wish == Meaning {
		s.route.Wish = Count
	}
	return true
}

// which reads "which sensor has the most messages", "which statuses are there", "which sensor has the highest celsius".
func (s *scoper) which(i int) {
	at, direct := i+1, true
	if s.is(at, "are", "is") && s.is(at+1, "the") {
		at, direct = at+2, false
	}
	for s.is(at, "different", "all", "the", "possible", "known") && !s.is(i, "what") || s.is(at, "different", "possible", "known") {
		at++
	}
	path, n := s.groupField(at)
	if n == 0 || path == "" || s.is(i, "list", "show", "name") && s.tokens[at+n-1].stem == s.tokens[at+n-1].lower {
		return
	}
	most, least := -1, false
	for j := at + n; j < len(s.tokens); j++ {
		if s.is(j, "most", "fewest", "least", "rarest") && !s.used[j] {
			most, least = j, !s.is(j, "most")
			break
		}
	}
	listing := s.listing(at+n, s.tokens[at+n-1].stem != s.tokens[at+n-1].lower)
	sup := direct && s.nextSuperlative(at+n) >= 0
	if most < 0 && !sup && !listing {
		return
	}
	s.stage = groupRole
	s.scope.By = path
	s.hits++
	s.use(i, at+n-i)
	if most >= 0 && !sup {
		s.use(most, 1)
		s.usePreposition(most, "the", "at")
		if s.is(most+1, "often", "frequent", "frequently", "common", "commonly", "popular", "active") {
			s.use(most+1, 1)
		}
	}
	s.route.Least = least
	if s.route.Wish == Meaning || s.route.Wish == Last {
		s.route.Wish = Count
	}
	if !listing && s.route.Top == 0 {
		s.route.Top = 1
	}
}

// listing says that nothing but fillers and topics come from i on: "which statuses are there in payments".
func (s *scoper) listing(i int, plural bool) bool {
	there := i >= len(s.tokens)
	own := nameWords(s.t.Name)
	for ; i < len(s.tokens); i++ {
		if s.is(i, "there", "exist", "occur", "in", "do", "does", "known", "seen") || plural && s.is(i, "of") {
			there = true
		}
		if !s.used[i] && s.meaningful(i) && !slices.Contains(own, s.tokens[i].stem) {
			return false
		}
	}
	return there
}
