package route

import (
	"slices"
	"strings"
)

// turn is one question of a conversation, with what it took over: the words that the next may take over from it.
type turn struct {
	tokens []token
	roles  []role
	paths  map[int]string
	wished bool
	route  Route
}

// maxCarried bounds what a conversation drags along, in words.
const maxCarried = 60

// turn reads a question that follows another.
func (r *Router) turn(text string, before *turn) *turn {
	p := newParse(text, r.known)
	alone := r.one(p)
	if before == nil || len(alone.tokens) == 0 {
		return &alone
	}
	start, kind := followUp(p, &alone)
	if kind == standsAlone {
		return &alone
	}
	if both, ok := r.joined(&alone, before, start); ok {
		return both
	}
	alone.route.Wish, alone.route.Scopes = Meaning, nil
	alone.route.Text = text + " " + before.gist(alone.tokens, kind == instead)
	alone.route.Carried = []string{before.route.Text}
	if len(alone.route.Topics) == 0 && !alone.route.Named {
		alone.route.Topics = before.route.Topics
	}
	return &alone
}

// relation is how a question hangs on the one before.
type relation uint8

const (
	standsAlone relation = iota
	continues            // "and on partition 2?", "why?", "how many of them …"
	instead              // "what about orders?"
)

// followUp says whether a question needs the one before, and where its own words begin.
func followUp(p *parse, t *turn) (start int, kind relation) {
	switch {
	case p.seq(0, "what|how", "about"), p.seq(0, "same", "for"):
		return 2, instead
	case p.seq(0, "and", "what|how", "about"):
		return 3, instead
	case p.is(0, "and", "or", "but", "also", "then", "only", "ok", "so"):
		return 1, continues
	case p.is(0, "why") && len(p.tokens) <= 3, p.seq(0, "when") && len(p.tokens) <= 2, p.seq(0, "which|who", "ones") && len(p.tokens) <= 3:
		return 0, continues
	case p.is(0, "per", "by", "from", "with") && len(p.tokens) <= 3:
		return 0, continues
	}
	for i := range p.tokens {
		switch {
		case p.is(i, "they", "them", "their", "theirs", "those", "these", "he", "she", "his", "her", "him", "ones", "its"),
			p.is(i, "it") && !p.is(i+1, "that") && i > 0, p.is(i, "that") && i == len(p.tokens)-1,
			p.is(i, "there") && !p.is(i-1, "are", "is", "were", "was", "have", "been") && !p.is(i+1, "are", "is", "were", "was"):
			if !t.route.Named || p.is(i, "them", "those", "these") && t.wished {
				return 0, continues
			}
		}
	}
	if t.complete() {
		return 0, standsAlone
	}
	fragment := !t.wished && len(p.tokens) <= 6 && len(t.route.Unknown) == 0 &&
		!slices.ContainsFunc(p.tokens, func(t token) bool { return questionWords[t.lower] })
	if fragment && (len(t.route.Partitions) > 0 || !t.route.Span.From.IsZero() || !t.route.Span.To.IsZero() || t.route.Named) && t.route.Place == nil {
		return 0, continues
	}
	return 0, standsAlone
}

// complete says that a question says by itself what is to be computed, and of which topic.
func (t *turn) complete() bool {
	r := &t.route
	return r.Named && r.Wish != Meaning && r.Wish != Lookup && len(r.Unknown) == 0 && len(r.Scopes) > 0
}

var questionWords = words("what which who whom whose when where why how show list find tell give search describe explain")

// joined reads the words of the question before that this one does not replace, together with its own. It is taken only if that is exact.
func (r *Router) joined(own, before *turn, start int) (*turn, bool) {
	has := map[role]bool{}
	paths := map[string]bool{}
	for i, role := range own.roles {
		has[role] = true
		if path, ok := own.paths[i]; ok {
			paths[path] = true
		}
	}
	if len(own.route.Topics) == 0 {
		has[topicRole] = false
	}
	wished := own.wished || slices.ContainsFunc(own.tokens, func(t token) bool { _, ok := superlatives[t.lower]; return ok })
	var kept []token
	skipping := false
	for i, t := range before.tokens {
		role := before.roles[i]
		if path, ok := before.paths[i]; ok {
			skipping = paths[path]
		}
		switch {
		case role == noRole && !questionWords[t.lower] && !stop[t.lower]:
		case role == filterRole && skipping:
		case role == filterRole, role == placeRole:
			kept = append(kept, t)
		case role == noRole, role == topicRole && !has[topicRole], role == timeRole && !has[timeRole], role == wishRole && !wished,
			role == partitionRole && !has[partitionRole], role == fieldRole && !has[fieldRole], role == groupRole && !has[groupRole]:
			kept = append(kept, t)
		}
	}
	if len(kept) > maxCarried {
		return nil, false
	}
	kept = trimEdges(kept)
	tokens := append(slices.Clone(kept), withoutPronouns(own.tokens[min(start, len(own.tokens)):])...)
	p := newParse(own.route.Text, r.known)
	p.tokens, p.used, p.roles = tokens, make([]bool, len(tokens)), make([]role, len(tokens))
	t := r.one(p)
	if t.route.Wish == Meaning || len(t.route.Unknown) > 0 || len(t.route.Scopes) == 0 || !t.route.Named && !t.route.Structured {
		return nil, false
	}
	t.wished = t.wished || before.wished
	t.route.Carried = []string{textOf(kept)}
	return &t, true
}

// trimEdges drops prepositions that lost what they stood before.
func trimEdges(tokens []token) []token {
	for len(tokens) > 0 && slices.Contains([]string{"in", "on", "of", "the", "at", "from", "for", "and", "partition"}, tokens[len(tokens)-1].lower) {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}

func withoutPronouns(tokens []token) []token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t token) bool {
		return slices.Contains([]string{"them", "those", "these", "they", "it", "ones", "its", "their"}, t.lower)
	})
}

func textOf(tokens []token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// gist is what a question was about: its meaningful words but those that the next has itself; without the names in it, when those are replaced.
func (t *turn) gist(own []token, replaced bool) string {
	var kept []token
	for i, w := range t.tokens {
		p := parse{tokens: t.tokens}
		again := slices.ContainsFunc(own, func(o token) bool { return o.stem == w.stem })
		name := w.text != w.lower && !w.first
		dropped := again || replaced && name
		if p.meaningful(i) && !dropped && len(kept) < maxCarried {
			kept = append(kept, w)
		}
	}
	return textOf(kept)
}
