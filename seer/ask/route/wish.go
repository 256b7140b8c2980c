package route

import (
	"slices"
	"strconv"
	"time"
)

// superlatives say what is sought of a field; those with hints name the field's nature too.
type superlative struct {
	wish  Wish
	hints []string
}

var superlatives = map[string]superlative{
	"highest": {Max, nil}, "largest": {Max, nil}, "biggest": {Max, nil}, "greatest": {Max, nil}, "maximum": {Max, nil}, "maximal": {Max, nil},
	"max": {Max, nil}, "top": {Max, nil}, "peak": {Max, nil},
	"lowest": {Min, nil}, "smallest": {Min, nil}, "least": {Min, nil}, "minimum": {Min, nil}, "minimal": {Min, nil}, "min": {Min, nil},
	"hottest": {Max, heat}, "warmest": {Max, heat}, "coldest": {Min, heat}, "coolest": {Min, heat},
	"slowest": {Max, took}, "longest": {Max, took}, "fastest": {Min, took}, "quickest": {Min, took}, "shortest": {Min, took},
	"cheapest": {Min, cost}, "dearest": {Max, cost}, "priciest": {Max, cost}, "costliest": {Max, cost},
	"heaviest": {Max, weight}, "lightest": {Min, weight},
	"average": {Mean, nil}, "mean": {Mean, nil}, "avg": {Mean, nil}, "sum": {Sum, nil},
}

var (
	heat = []string{"celsius", "temperature", "temp", "fahrenheit", "kelvin", "degree"}
	took = []string{"duration", "latency", "elapsed", "took", "ms", "millis", "second", "time", "pause"}
	cost = []string{"amount", "price", "cost", "total", "value"}
)

// wishes reads what the question asks for. It marks the words that say so.
func (p *parse) wishes() {
	for i := range p.tokens {
		if p.used[i] || p.tokens[i].quoted {
			continue
		}
		p.rateAt(i)
		if !p.used[i] {
			p.countAt(i)
		}
		if !p.used[i] {
			p.firstLastAt(i)
		}
	}
}

func (p *parse) wish(w Wish, i, n int) {
	if slices.Contains([]Wish{First, Last, Lookup}, p.route.Wish) {
		return // "of the last 100, how many …": left unexplained
	}
	p.use(i, n)
	// The first wish stands; "how many different" refines a count.
	if p.route.Wish == Meaning || (p.route.Wish == Count && (w == Distinct || w == Rate)) {
		p.route.Wish = w
	}
	p.wished = true
}

func (p *parse) countAt(i int) {
	switch {
	case p.seq(i, "how", "often"), p.seq(i, "how", "frequently"):
		p.route.Often = true
		p.wish(Count, i, 2)
	case p.seq(i, "how", "many", "times"):
		p.wish(Count, i, 3)
	case p.seq(i, "how", "many"):
		p.wish(Count, i, 2)
		p.howMany = i + 2
		if p.is(i+2, "of") {
			p.howMany = -1
		}
	case p.seq(i, "number|count|tally|quantity", "of"), p.seq(i, "amount", "of", "messages|records|events"):
		p.wish(Count, i, 2)
		p.howMany = i + 2
		p.usePreposition(i, "the", "total", "overall")
	case p.is(i, "count", "tally"):
		p.wish(Count, i, 1)
		p.howMany = i + 1
		if p.is(i+1, "the", "all") {
			p.howMany = i + 2
		}
	case p.is(i, "different", "distinct", "unique"):
		p.distinct = i + 1
		p.wish(Distinct, i, 1)
	}
}

func (p *parse) rateAt(i int) {
	switch {
	case p.is(i, "per", "a", "each", "every") && i+1 < len(p.tokens) && units[p.tokens[i+1].stem] != 0 && p.tokens[i+1].stem == p.tokens[i+1].lower:
		if p.is(i, "each", "every") || (p.is(i, "a") && p.route.Wish != Count) {
			return
		}
		p.route.Unit = units[p.tokens[i+1].stem]
		p.wish(Rate, i, 2)
	case p.is(i, "rate") && i > 0 && p.meaningful(i-1) && !p.tokens[i-1].end:
		return // "success rate": a share of something
	case p.is(i, "throughput"), p.seq(i, "rate", "of"), p.seq(i, "message", "rate"), p.is(i, "rate") && i > 0 && p.is(i-1, "the", "what", "event", "record"):
		p.wish(Rate, i, 1+b2i(p.seq(i, "message", "rate")))
	}
}

// firstLastAt reads "the newest record", "the first declined payment", "when did the last …".
func (p *parse) firstLastAt(i int) {
	w := Wish("")
	n := 1
	switch {
	case p.is(i, "first", "oldest", "earliest"):
		w = First
	case p.is(i, "last", "newest", "latest"):
		w = Last
	case p.seq(i, "most", "recent"), p.seq(i, "most", "recently"):
		w, n = Last, 2
	}
	if w == "" {
		return
	}
	if many, ok := smallNumber(p.word(i + n)); ok && w == Last && many > 1 && numerals[p.word(i+n)] != 1 { // "the last 5 orders"
		w, n = Lookup, n+1
	}
	if p.route.Wish != Meaning {
		return // "how many of the last 100 …": which they are can't be told
	}
	p.route.When = p.route.When || slices.ContainsFunc(p.tokens[:i], func(t token) bool { return t.lower == "when" })
	p.wish(w, i, n)
}

// partitions reads "partition 2", "partitions 1 and 2".
func (p *parse) partitions() {
	for i := range p.tokens {
		if !p.is(i, "partition", "partitions") {
			continue
		}
		at := i + 1
		if p.is(at, "number", "no") {
			at++
		}
		for at < len(p.tokens) {
			n, err := strconv.ParseInt(p.tokens[at].lower, 10, 32)
			if err != nil || n < 0 || len(p.route.Partitions) == 64 {
				break
			}
			p.route.Partitions = append(p.route.Partitions, int32(n))
			p.use(i, at+1-i)
			at++
			if p.is(at, "and", "or") && at+1 < len(p.tokens) {
				if _, err := strconv.Atoi(p.tokens[at+1].lower); err == nil {
					at++
				}
			}
		}
	}
}

// bucket reads "by hour", "for each day".
func bucket(word string) string {
	switch units[word] {
	case time.Minute:
		return ByMinute
	case time.Hour:
		return ByHour
	case 24 * time.Hour:
		return ByDay
	}
	return ""
}
