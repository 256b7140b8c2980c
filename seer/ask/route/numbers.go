package route

import "slices"

// fillers are verbs that say of what is counted no more than that it was there. Where a topic, and what is asked of it, are known they are left
// out, and the answer names them. Verbs that tell some records from others ("stolen", "failed", "paid") are not among them.
var fillers = words(`use used using handle handled handling carry carried process processed make place passed pass serve served run ran
 move moved perform performed executed done work worked deal dealt belong belonged concern concerned appear involve involved
 bring brought flow flowed account accounted issued submitted captured collected observed noted`)

// spending are verbs that say nothing beside the field that is added up, and tell some records from others where records are counted.
var spending = words("pay paid spend spent cost charge charged earn earned bill billed take taken last lasted need needed run measure measured consume consumed")

// filler says that word i restricts nothing.
func (s *scoper) filler(i int) bool {
	t := s.tokens[i]
	if t.quoted || t.text != t.lower || s.denied(i) {
		return false
	}
	aggregate := s.scope.Field != "" && slices.Contains([]Wish{Sum, Mean, Min, Max}, s.route.Wish)
	switch {
	case fillers[t.lower], aggregate && spending[t.lower]:
		return s.named || s.hits > 0
	case s.is(i, "log", "logged", "sign", "signed", "check", "checked") && s.is(i+1, "in", "out"):
		return s.named // "logged in" of logins
	}
	return false
}

// vague are verbs that are true of every message, but may be meant as a state of what the messages are about.
var vague = words("sent received stored produced published placed reported found made written registered observed recorded counted taken")

// silent says that word i is vague, and said of something else than messages.
func (s *scoper) silent(i int) bool {
	t := s.tokens[i]
	if t.quoted || !vague[t.lower] {
		return false
	}
	return !slices.ContainsFunc(s.tokens[:i], func(t token) bool {
		return t.stem == "message" || t.stem == "record" || t.stem == "event"
	})
}

// alternative says that the "or" at i joins conditions of which not all have to be met, other than values of one field.
func (s *scoper) alternative(i int) bool {
	if s.used[i] || !s.is(i, "or") {
		return false
	}
	left, right := s.conditionNear(i, -1), s.conditionNear(i, 1)
	if left == nil || right == nil {
		return false
	}
	return left.Path != right.Path || left.Op != Equal || right.Op != Equal
}

// conditionNear is the condition that is said next to word i, before it (step -1) or behind (step 1).
func (s *scoper) conditionNear(i, step int) *Filter {
	for j := i + step; j >= 0 && j < len(s.tokens) && j >= i-5 && j <= i+5; j += step {
		if s.roles[j] != filterRole {
			continue
		}
		for at := j; at >= 0 && s.roles[at] == filterRole; at-- {
			path, begins := s.paths[at]
			if !begins {
				continue
			}
			for n := range s.scope.Filters {
				f := &s.scope.Filters[n]
				if f.Path == path && (len(s.scope.Filters) == 1 || f.Op != Equal || !s.otherOp(path)) {
					return f
				}
			}
		}
		return &Filter{Op: Holds}
	}
	return nil
}

// otherOp says that a field is compared otherwise too.
func (s *scoper) otherOp(path string) bool {
	return slices.ContainsFunc(s.scope.Filters, func(f Filter) bool { return f.Path == path && f.Op != Equal })
}

// denied says that one of the two words before i is a negation.
func (s *scoper) denied(i int) bool {
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if negations[s.tokens[j].lower] {
			return true
		}
	}
	return false
}

// unsupported are numbers that are not computed.
var unsupported = words(`share percentage percent proportion ratio fraction median percentile quantile quartile variance deviation stddev p50 p90 p95 p99
 trend growth correlation forecast rate`)

// asksNumber says that the question wants a number, or the one that has most of something.
func (p *parse) asksNumber(w Wish) bool {
	if slices.Contains([]Wish{Count, Distinct, Rate, Sum, Mean, Min, Max}, w) {
		return true
	}
	which := false
	for i, t := range p.tokens {
		which = which || p.is(i, "which", "what", "who")
		switch {
		case t.quoted:
		case unsupported[t.lower], p.is(i, "how") && p.is(i+1, "many", "much", "often", "frequently"), p.seq(i, "on", "average"):
			return true
		case p.is(i, "how") && degrees[p.word(i+1)] != nil:
			return true
		case which && p.is(i, "most", "fewest"):
			return true
		}
	}
	return false
}

// bound says that a field is added up, grouped by, compared, or named with its value.
func (s *scoped) bound() bool {
	if s.pairs > 0 {
		return true
	}
	aggregate := s.scope.Field != "" && s.Wish != Distinct && s.Wish != Count
	return aggregate || s.scope.By != "" || slices.ContainsFunc(s.scope.Filters, func(f Filter) bool { return f.Op != Equal && f.Path != "" })
}

// preferKeys leaves only the topics that have the ID of the question as a key, where there are any.
func preferKeys(fits []scoped, named bool) []scoped {
	has := func(s scoped) bool {
		return slices.ContainsFunc(s.scope.Filters, func(f Filter) bool { return f.Path == ByKey })
	}
	if named || !slices.ContainsFunc(fits, has) {
		return fits
	}
	return slices.DeleteFunc(fits, func(s scoped) bool { return !has(s) })
}

// differ says that what is to be computed over several topics is of differently named fields: amount and amount_cents.
func differ(fits []scoped) bool {
	for _, s := range fits {
		if s.Wish == fits[0].Wish && s.scope.Field != fits[0].scope.Field && s.Wish != Count && s.Wish != Lookup && s.Wish != First && s.Wish != Last {
			return true
		}
	}
	return false
}

// counts says that what is counted has the name of a topic, or a word of it: "how many lifts" where there is a lift-log.
func (r *Router) counts(p *parse) bool {
	i := p.howMany
	return i >= 0 && i < len(p.tokens) && p.meaningful(i) && slices.ContainsFunc(r.topics, func(t *topicWords) bool {
		return slices.Contains(nameWords(t.Name), p.tokens[i].stem)
	})
}

// lately says that the question names a time of the last weeks: it is about what flows, not about what texts tell.
func (p *parse) lately() bool {
	span, weeks := p.route.Span, p.known.Now.AddDate(0, 0, -31)
	return span.From.After(weeks) || span.To.After(weeks)
}

// howMuch is the "much" of a "how much" that no field was found for; 0: there is none, or a single record is asked for.
func (s *scoper) howMuch() int {
	for i := range s.tokens {
		if s.seq(i, "how", "much") && !s.used[i] && !slices.ContainsFunc(s.scope.Filters, func(f Filter) bool { return idLike(f.value()) }) {
			return i + 1
		}
	}
	return 0
}

// degrees are the adjectives of "how long … on average", and what the fields are called of which they ask.
var degrees = map[string][]string{
	"long": took, "slow": took, "fast": took, "quick": took, "quickly": took, "warm": heat, "hot": heat, "cold": heat, "cool": heat,
	"heavy": weight, "expensive": cost, "costly": cost, "cheap": cost, "dear": cost, "high": {}, "low": {}, "big": {}, "large": {}, "small": {},
}

var weight = []string{"weight", "mass", "kg", "gram"}

// degree reads "how warm did it get at most", "how long did … take on average": without saying which of all it can't be told.
func (s *scoper) degree(i int) (sup superlative, ok bool) {
	hints, known := degrees[s.word(i+1)]
	if !s.is(i, "how") || !known || s.used[i+1] {
		return superlative{}, false
	}
	for j := i + 2; j < len(s.tokens); j++ {
		w, n := Wish(""), 2
		switch {
		case s.seq(j, "on", "average"), s.seq(j, "in", "average"):
			w = Mean
		case s.seq(j, "in", "total"), s.seq(j, "in", "all"):
			w = Sum
		case s.seq(j, "at", "the", "most"):
			w, n = Max, 3
		case s.seq(j, "at", "most"), s.seq(j, "at", "worst"):
			w = Max
		case s.seq(j, "at", "least"), s.seq(j, "at", "best"):
			w = Min
		}
		if w == "" || s.used[j] || s.used[j+1] {
			continue
		}
		if _, number := number(s.word(j + n)); number {
			continue // "at most 30" compares
		}
		s.stage = wishRole
		s.use(j, n)
		s.stage = fieldRole
		return superlative{w, hints}, true
	}
	return superlative{}, false
}
