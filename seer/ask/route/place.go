package route

import (
	"strconv"
	"strings"
)

// place reads a record's place: "2@118", "orders/2@118", "offset 118 of partition 2", "message 42 on partition 1".
func (p *parse) place() {
	for i, t := range p.tokens {
		if t.quoted || p.used[i] {
			continue
		}
		if at, ok := parsePlace(t.text); ok {
			p.route.Place = &at
			p.use(i, 1)
			p.usePreposition(i, "at", "offset", "place")
			return
		}
		if !p.is(i, "offset", "message", "record", "event") || i+1 >= len(p.tokens) {
			continue
		}
		at := i + 1
		if p.is(at, "number", "no", "at", "offset") {
			at++
		}
		offset, err := strconv.ParseInt(p.word(at), 10, 64)
		if err != nil || offset < 0 || !p.is(i, "offset") && !p.is(at-1, "offset") && len(p.route.Partitions) == 0 {
			continue
		}
		if len(p.route.Partitions) > 1 || p.is(i-1, "after", "since", "before", "from", "until", "above", "below") {
			continue
		}
		place := Place{Partition: -1, Offset: offset}
		if len(p.route.Partitions) == 1 {
			place.Partition = p.route.Partitions[0]
		}
		p.route.Place = &place
		p.use(i, at+1-i)
		return
	}
}

func (p *parse) word(i int) string {
	if i < 0 || i >= len(p.tokens) {
		return ""
	}
	return p.tokens[i].lower
}

// parsePlace reads "orders/2@118", "2@118" and "orders/2/118".
func parsePlace(w string) (Place, bool) {
	at := Place{}
	rest, offset, ok := strings.Cut(w, "@")
	if !ok {
		i := strings.LastIndexByte(w, '/')
		if i < 0 || !strings.Contains(w[:i], "/") {
			return at, false
		}
		rest, offset = w[:i], w[i+1:]
	}
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		at.Topic, rest = rest[:i], rest[i+1:]
	}
	n, err := strconv.ParseInt(rest, 10, 32)
	o, err2 := strconv.ParseInt(offset, 10, 64)
	if err != nil || err2 != nil || n < 0 || o < 0 || strings.ContainsAny(at.Topic, "/:@") {
		return at, false
	}
	at.Partition, at.Offset = int32(n), o
	return at, true
}
