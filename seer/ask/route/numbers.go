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
 trend growth correlation forecast`)

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
