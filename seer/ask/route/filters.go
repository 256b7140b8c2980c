package route

import (
	"slices"
	"strings"
	"unicode"
)

// comparators are the words that compare, the longer first.
var comparators = []struct {
	words []string
	op    Op
}{
	{[]string{"greater|more|higher|larger|bigger|longer|hotter|warmer", "than", "or", "equal", "to"}, AtLeast},
	{[]string{"less|lower|smaller|fewer|shorter|colder|cooler", "than", "or", "equal", "to"}, AtMost},
	{[]string{"no|not", "less|lower|fewer", "than"}, AtLeast}, {[]string{"no|not", "more|greater|higher", "than"}, AtMost},
	{[]string{"greater|more|higher|larger|bigger|longer|hotter|warmer", "than"}, Above},
	{[]string{"less|lower|smaller|fewer|shorter|colder|cooler", "than"}, Below},
	{[]string{"at", "least"}, AtLeast}, {[]string{"at", "most"}, AtMost},
	{[]string{"above|over|exceeding|exceeds|exceeded|exceed|beyond|>"}, Above}, {[]string{">=|≥"}, AtLeast},
	{[]string{"below|under|beneath|<"}, Below}, {[]string{"<=|≤"}, AtMost},
}

// comparisons reads "celsius above 30", "more than 100 amount", "latency between 10 and 20".
func (s *scoper) comparisons() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] || s.tokens[i].quoted {
			continue
		}
		if s.is(i, "between") {
			s.within(i)
			continue
		}
		for _, c := range comparators {
			if s.seq(i, c.words...) && s.compare(i, i+len(c.words), c.op) {
				break
			}
		}
	}
}

func (s *scoper) compare(i, at int, op Op) bool {
	if at >= len(s.tokens) || s.used[at] {
		return false
	}
	f, n, where := s.comparedField(i, at+1)
	if n == 0 {
		return false
	}
	value, ok := s.amount(at, f.Path)
	if !ok {
		return false
	}
	s.filter(Filter{Path: f.Path, Op: op, Values: []string{value}}, i)
	s.use(i, at+1-i)
	s.use(where, n)
	s.unit(at+1, f.Path)
	return true
}

// unit uses a unit behind a number, where it is the field's own: "30 degrees", "500 ms". One that the field may not be in is left out and said.
func (s *scoper) unit(i int, path string) {
	if i >= len(s.tokens) || s.used[i] || s.tokens[i].quoted {
		return
	}
	stem := s.tokens[i].stem
	if unitOf[stem] == "" && !suffixes[stem] && !slices.Contains(heat, stem) && stem != "percent" {
		return
	}
	switch own := fieldUnit(path); {
	case own == "" && unitOf[stem] != "" && !scaled(unitOf[stem]):
		s.left = append(s.left, s.tokens[i].text)
		s.use(i, 1)
	case own == unitOf[stem] || unitOf[stem] == "":
		s.use(i, 1)
	}
}

// unitOf are the ways to write a unit.
var unitOf = map[string]string{
	"ms": "ms", "milli": "ms", "millis": "ms", "millisecond": "ms", "s": "s", "sec": "s", "second": "s", "us": "us", "microsecond": "us", "ns": "ns", "nanosecond": "ns",
	"min": "min", "minute": "min", "h": "h", "hour": "h", "day": "d", "byte": "B", "b": "B", "kb": "kB", "kilobyte": "kB", "mb": "MB", "megabyte": "MB", "gb": "GB", "gigabyte": "GB",
	"kib": "KiB", "mib": "MiB", "gib": "GiB", "cent": "cent", "euro": "EUR", "eur": "EUR", "dollar": "USD", "usd": "USD",
	"kg": "kg", "kilo": "kg", "kilogram": "kg", "g": "g", "gram": "g", "km": "km", "kilometre": "km", "kilometer": "km", "m": "m", "metre": "m", "cm": "cm", "mm": "mm",
	"celsius": "°C", "fahrenheit": "°F", "kelvin": "K", "k": "k", "volt": "V", "kwh": "kWh", "watt": "W", "kw": "kW",
}

// fieldUnit is the unit that a field's name says it is in: latency_ms, minutes_open; "" when it doesn't.
func fieldUnit(path string) string {
	for _, w := range slices.Backward(nameWords(path[strings.LastIndexByte(path, '.')+1:])) {
		if u := unitOf[w]; u != "" {
			return u
		}
	}
	return ""
}

// scaled says that numbers are written in several units of this kind, so that one that isn't the field's compares something else.
func scaled(unit string) bool {
	return slices.Contains([]string{"ms", "s", "us", "ns", "min", "h", "d", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB"}, unit)
}

// amount is the number that word i says for a field: a unit written to it must be the field's.
func (s *scoper) amount(i int, path string) (string, bool) {
	w := s.tokens[i].lower
	value, ok := number(w)
	tail := strings.TrimFunc(w[strings.LastIndexAny(w, "0123456789")+1:], func(r rune) bool { return !unicode.IsLetter(r) })
	if !ok || tail == "" {
		return value, ok
	}
	return value, unitOf[tail] != "" && unitOf[tail] == fieldUnit(path)
}

// within reads "between 10 and 20" behind a field.
func (s *scoper) within(i int) {
	if i+3 >= len(s.tokens) || !s.is(i+2, "and") {
		return
	}
	f, n, where := s.comparedField(i, i+4)
	if n == 0 {
		return
	}
	low, ok := s.amount(i+1, f.Path)
	high, ok2 := s.amount(i+3, f.Path)
	if !ok || !ok2 {
		return
	}
	s.filter(Filter{Path: f.Path, Op: AtLeast, Values: []string{low}}, i)
	s.scope.Filters = append(s.scope.Filters, Filter{Path: f.Path, Op: AtMost, Values: []string{high}})
	s.use(i, 4)
	s.use(where, n)
	s.unit(i+4, f.Path)
}

// comparedField is the numeric field before a comparison, or right behind its number.
func (s *scoper) comparedField(before, behind int) (f Field, n, at int) {
	for j := before - 1; j >= 0 && j >= before-4; j-- {
		if f, n := s.fieldAt(j, s.t); n > 0 && j+n <= before && f.Kind == "number" {
			return f, n, j
		}
		if !s.is(j, "is", "was", "are", "were", "of", "a", "an", "with", "value", "values", "that", "which", "being", "has", "had", "have", "than") {
			break
		}
	}
	for j := behind; j < len(s.tokens) && j <= behind+1; j++ {
		if f, n := s.fieldAt(j, s.t); n > 0 && f.Kind == "number" {
			return f, n, j
		}
		if !s.is(j, "of", "in") && s.meaningful(j) && !suffixes[s.tokens[j].stem] {
			break
		}
	}
	return Field{}, 0, 0
}

func (s *scoper) filter(f Filter, at int) {
	s.hits++
	s.paths[at] = f.Path
	for i := range s.scope.Filters { // "declined or failed": one of them
		if have := &s.scope.Filters[i]; have.Path == f.Path && have.Op == f.Op && f.Op == Equal && f.Path != ByKey {
			have.Values = append(have.Values, f.Values...)
			return
		}
	}
	s.scope.Filters = append(s.scope.Filters, f)
}

// equalities reads "where status is declined", "customer c-17", "status != ok".
func (s *scoper) equalities() {
	s.stage = filterRole
	for i := range s.tokens {
		if s.used[i] {
			continue
		}
		f, n := s.fieldTaking(i, s.t)
		if n == 0 {
			continue
		}
		at, op, linked := i+n, Equal, s.is(i-1, "where", "whose", "with", "having")
		explicit := false
		for ; at < len(s.tokens); at++ {
			if s.is(at, "is", "was", "are", "were", "=", "==", "equals", "equal", "to", "of", "being") {
				explicit = explicit || !s.is(at, "of", "to")
			} else if s.is(at, "not", "isn't", "wasn't", "!=", "<>", "≠", "aren't", "weren't") {
				op, explicit = NotEqual, true
			} else {
				break
			}
		}
		value, m := s.valueAt(at, f, explicit && linked)
		having := s.is(i-1, "with", "have", "has", "had", "having") || s.is(i-1, "a", "an") && s.is(i-2, "with", "have", "has", "had", "having")
		if m > 0 && s.is(at-1, "of", "to") && !explicit && !having && !slices.Contains(f.Values, value) {
			continue // "the status of order-42"
		}
		if m == 0 {
			continue
		}
		s.filter(Filter{Path: f.Path, Op: op, Values: []string{value}}, i)
		s.pairs++
		s.use(i, at+m-i)
		s.more(at+m, f, op)
	}
}

// more reads the "or failed" behind a value.
func (s *scoper) more(at int, f Field, op Op) {
	for s.is(at, "or", "and", "nor") {
		value, m := s.valueAt(at+1, f, false)
		if m == 0 {
			return
		}
		s.filter(Filter{Path: f.Path, Op: op, Values: []string{value}}, at)
		s.use(at, 1+m)
		at += 1 + m
	}
}

// valueAt is the value of f at word i: one of those known, a literal, or any word where the question says that it is a value.
func (s *scoper) valueAt(i int, f Field, anyWord bool) (string, int) {
	if i >= len(s.tokens) || s.used[i] {
		return "", 0
	}
	for _, v := range f.Values[:min(len(f.Values), maxValues)] {
		if strings.EqualFold(v, s.tokens[i].text) {
			return v, 1
		}
	}
	for _, v := range s.t.values[loose(s.tokens[i].lower)] {
		if s.t.Fields[v.field].Path == f.Path && s.looseAt(i, v.words) {
			return v.value, len(v.words)
		}
	}
	switch t := s.tokens[i]; {
	case t.quoted, s.literal(i):
		if f.Kind == "number" {
			if n, ok := s.amount(i, f.Path); ok {
				return n, 1
			}
			return "", 0
		}
		return t.text, 1
	case f.Kind == "bool" && (t.lower == "true" || t.lower == "false"):
		return t.lower, 1
	case f.Kind == "string" && t.text != t.lower && !t.first && !stop[t.lower] && i > 0 && !s.tokens[i-1].end && s.tokens[i-1].stem == s.tokens[i-1].lower:
		return t.text, 1 // "country SE"
	case anyWord && f.Kind != "number" && !stop[t.lower]:
		return t.text, 1
	}
	return "", 0
}

func (s *scoper) looseAt(i int, parts []string) bool {
	if i+len(parts) > len(s.tokens) {
		return false
	}
	for n, w := range parts {
		if s.used[i+n] || loose(s.tokens[i+n].lower) != w {
			return false
		}
	}
	return true
}
