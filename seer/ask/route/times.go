package route

import (
	"strconv"
	"strings"
	"time"
)

// moment is a time or date in the question: [from, to) is what it names, a minute of "14:02", a day of "2026-11-21".
type moment struct {
	from, to time.Time
	dated    bool // it names its day
}

// times finds the range of time that the question names.
func (p *parse) times() {
	now := p.known.Now.In(p.zone())
	p.day = p.onlyDay(now)
	for i := 0; i < len(p.tokens); i++ {
		if p.used[i] || p.tokens[i].quoted {
			continue
		}
		if n := p.relative(i, now); n > 0 {
			p.use(i, n)
			p.usePreposition(i, "in", "within", "during", "over", "for", "since", "the", "of", "from")
			continue
		}
		if n := p.between(i, now); n > 0 {
			p.use(i, n)
			continue
		}
		if n := p.bound(i, now); n > 0 {
			p.use(i, n)
		}
	}
}

// onlyDay is the day that the question names, when it is one: times of day are of it. "20 November between 13:00 and 15:00"
func (p *parse) onlyDay(now time.Time) (only time.Time) {
	for i := 0; i < len(p.tokens); i++ {
		if p.tokens[i].quoted || p.is(i, "midnight") {
			continue
		}
		day, n := p.date(i, now)
		if n == 0 {
			continue
		}
		if !only.IsZero() {
			return time.Time{}
		}
		only = day
		i += n - 1
	}
	return only
}

// zone is the time zone that the question names, else UTC.
func (p *parse) zone() *time.Location {
	for i, t := range p.tokens {
		if t.quoted || i == 0 {
			continue
		}
		var zone *time.Location
		switch {
		case t.lower == "utc" || t.lower == "gmt" || t.text == "Z":
			zone = time.UTC
		case len(t.text) >= 5 && (t.text[0] == '+' || t.text[0] == '-'):
			if at, err := time.Parse("-07:00", t.text); err == nil {
				zone = at.Location()
			}
		case strings.Count(t.text, "/") == 1 && t.text[0] >= 'A' && t.text[0] <= 'Z':
			zone, _ = time.LoadLocation(t.text)
		}
		if zone != nil {
			p.use(i, 1)
			p.usePreposition(i, "in", "time")
			return zone
		}
	}
	return time.UTC
}

var units = map[string]time.Duration{
	"second": time.Second, "sec": time.Second, "minute": time.Minute, "min": time.Minute, "hour": time.Hour, "hr": time.Hour,
	"day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// relative reads "last 10 minutes", "past hour", "today", "yesterday", "this hour", "10 minutes ago" is a bound.
func (p *parse) relative(i int, now time.Time) int {
	midnight := startOfDay(now)
	switch t := p.tokens[i]; {
	case t.lower == "today" || p.seq(i, "this", "day"):
		p.narrow(midnight, midnight.AddDate(0, 0, 1), "")
		return 1 + b2i(t.lower == "this")
	case t.lower == "yesterday":
		p.narrow(midnight.AddDate(0, 0, -1), midnight, "")
		return 1
	case p.seq(i, "this", "hour"):
		hour := now.Truncate(time.Hour)
		p.narrow(hour, hour.Add(time.Hour), "")
		return 2
	case p.seq(i, "so", "far"), p.seq(i, "until", "now"), p.seq(i, "up", "to", "now"), p.seq(i, "right", "now"):
		return 2 + b2i(t.lower == "up")
	case t.lower == "last" || t.lower == "past" || t.lower == "previous" || t.lower == "recent":
		if d, n := p.duration(i + 1); n > 0 {
			p.narrow(now.Add(-d), time.Time{}, "")
			return 1 + n
		}
	}
	return 0
}

// duration reads "10 minutes", "hour", "an hour", "90s" at i.
func (p *parse) duration(i int) (time.Duration, int) {
	if i >= len(p.tokens) || p.tokens[i].quoted {
		return 0, 0
	}
	t := p.tokens[i]
	if d, ok := units[t.stem]; ok {
		return d, 1
	}
	if d, err := time.ParseDuration(t.lower); err == nil && d > 0 {
		return d, 1
	}
	n, ok := smallNumber(t.lower)
	if ok && i+1 < len(p.tokens) {
		if d, is := units[p.tokens[i+1].stem]; is && n > 0 && n <= float64(100*365*24*time.Hour)/float64(d) {
			return time.Duration(n * float64(d)), 2
		}
	}
	return 0, 0
}

var numerals = map[string]float64{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "couple": 2,
}

func smallNumber(w string) (float64, bool) {
	if n, ok := numerals[w]; ok {
		return n, true
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(w, ",", ""), 64)
	return n, err == nil && n >= 0 && n < 1e9
}

// between reads "between A and B" and "from A to B".
func (p *parse) between(i int, now time.Time) int {
	joint := map[string][]string{"between": {"and"}, "from": {"to", "until", "till"}}[p.tokens[i].lower]
	if joint == nil {
		return 0
	}
	a, n := p.moment(i+1, now, moment{})
	if n == 0 || !p.is(i+1+n, joint...) {
		return 0
	}
	b, m := p.moment(i+2+n, now, a)
	if m == 0 {
		return 0
	}
	to := b.from
	if b.dated && m == 1 && b.to.Sub(b.from) > 20*time.Hour { // "between the 20th and the 21st" means both days
		to = b.to
	}
	if !b.dated && to.Before(a.from) {
		to = to.AddDate(0, 0, 1)
	}
	p.narrow(a.from, to, "")
	return 2 + n + m
}

// bound reads "since A", "before A", "at A", and a moment that stands by itself.
func (p *parse) bound(i int, now time.Time) int {
	word, at := p.tokens[i].lower, i+1
	if word == "up" && p.is(i+1, "to") {
		word, at = "until", i+2
	}
	if d, n := p.duration(at - b2i(word != "since" && word != "before" && word != "until" && word != "till" && word != "after")); n > 0 {
		first := at - b2i(word != "since" && word != "before" && word != "until" && word != "till" && word != "after")
		if p.is(first+n, "ago") {
			then := now.Add(-d)
			switch word {
			case "before", "until", "till":
				p.narrow(time.Time{}, then, "")
			default:
				p.narrow(then, time.Time{}, "")
			}
			return first + n + 1 - i
		}
	}
	if p.is(at, "the") {
		at++
	}
	m, n := p.moment(at, now, moment{})
	if n > 0 {
		switch word {
		case "since", "from", "after", "starting":
			p.narrow(m.from, time.Time{}, "")
			return at + n - i
		case "before", "until", "till":
			from := time.Time{}
			if n > 1 && p.is(at+n-1, "today", "yesterday") {
				from = startOfDay(m.from) // "before noon today"
			}
			p.narrow(from, m.from, "")
			return at + n - i
		case "at", "on", "during", "in", "around":
			p.narrow(m.from, m.to, "")
			return at + n - i
		}
	}
	if m, n := p.moment(i, now, moment{}); n > 0 && (m.dated || strings.Contains(p.tokens[i].lower, ":")) {
		p.narrow(m.from, m.to, "")
		return n
	}
	return 0
}
