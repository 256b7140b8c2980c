package route

import (
	"slices"
	"strings"
	"time"
)

// role is what a word does in a question. A follow-up replaces the words of the roles that it fills itself.
type role uint8

const (
	noRole role = iota
	timeRole
	wishRole
	partitionRole
	topicRole
	fieldRole // what is aggregated
	groupRole
	filterRole
	placeRole
)

// parse is the state of reading one question.
type parse struct {
	tokens []token
	used   []bool         // has a role
	roles  []role         // which one
	stage  role           // the role that use gives now
	paths  map[int]string // the field of a condition, by the word it begins with
	known  Known
	route  Route

	day      time.Time // the only one that the question names
	wished   bool      // the question says itself what it wishes
	distinct int       // where "different" stands, -1
	howMany  int       // the word behind "how many", -1
	isolated bool      // many words were cut
}

func newParse(text string, known Known) *parse {
	tokens, cut := tokenize(text)
	return &parse{
		tokens: tokens, used: make([]bool, len(tokens)), roles: make([]role, len(tokens)), paths: map[int]string{}, known: known, isolated: cut, distinct: -1, howMany: -1,
		route: Route{Wish: Meaning, Text: text},
	}
}

// is says that word i is one of words.
func (p *parse) is(i int, words ...string) bool {
	return i >= 0 && i < len(p.tokens) && !p.tokens[i].quoted && slices.Contains(words, p.tokens[i].lower)
}

// seq says that the words from i on are these; a word may offer alternatives: "most|fewest".
func (p *parse) seq(i int, words ...string) bool {
	if i+len(words) > len(p.tokens) {
		return false
	}
	for n, w := range words {
		t := p.tokens[i+n]
		if t.quoted || !slices.Contains(strings.Split(w, "|"), t.lower) {
			return false
		}
	}
	return true
}

func (p *parse) use(i, n int) {
	for ; n > 0 && i < len(p.used); i, n = i+1, n-1 {
		p.used[i], p.roles[i] = true, p.stage
	}
}

// usePreposition uses the words right before i that are among words.
func (p *parse) usePreposition(i int, words ...string) {
	for i--; i >= 0 && !p.used[i] && p.is(i, words...); i-- {
		p.used[i], p.roles[i] = true, p.stage
	}
}

// stop are the words that carry no condition: leaving them out changes no exact answer. Negations are not among them.
var stop = words(`a an the of in on at for to from by with and or is are was were be been being am do does did has have had having it its
 they them their theirs that this these those there here i me my we our us you your please tell show give let know can could would will
 should many much how what which who whom when where so then than as into through within during inside across among up out
 message record event entry entrie line row item document datum data topic stream queue log partition kafka broker value field column key
 all any every each whole overall altogether ever total exist contain hold include come came arrive arrived receive received
 send sent produce produced publish published store stored write written wrote see seen read record recorded report reported
 happen happened occur occurred occurring take taken took place currently now just about say said get got made make go went
 far number count kind type time one thing some been it's there's what's i'd like want need also but only still across
 appear appeared log logged registered observed measured made 
 placed counted found report either reading measurement sample request transaction occurrence`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// meaningful says that word i carries something that an exact answer has to account for.
func (p *parse) meaningful(i int) bool {
	t := p.tokens[i]
	switch {
	case t.quoted:
	case t.stem == "time" && (p.is(i+1, "out", "outs") || p.is(i-1, "on", "in")), // "delivered on time"
		p.is(i, "one") && p.is(i-1, "only", "just", "exactly", "have", "has", "had", "with", "than"),
		p.is(i, "up", "on", "out") && (t.end || i == len(p.tokens)-1) && p.is(i-1, "is", "are", "was", "were", "been"):
		return true
	}
	return t.quoted || (!stop[t.lower] && !stop[t.stem])
}
