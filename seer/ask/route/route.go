package route

import (
	"slices"
	"strings"
)

// maxTopics bounds the topics that are considered for one question.
const maxTopics = 500

// Router reads questions about what is known. It is cheap to make: one a question. Safe for concurrent use once made.
type Router struct {
	known  Known
	topics []*topicWords
}

// New prepares what is known. Topics beyond 500 and fields beyond 400 a topic are not considered.
func New(known Known) *Router {
	if len(known.Topics) > maxTopics {
		known.Topics = known.Topics[:maxTopics]
	}
	r := &Router{known: known}
	for _, t := range known.Topics {
		r.topics = append(r.topics, newTopicWords(t))
	}
	return r
}

// Parse reads a question; history are the questions before it in the conversation, oldest first.
func (r *Router) Parse(text string, history []string) Route {
	var before *turn
	for _, q := range history {
		before = r.turn(q, before)
	}
	t := r.turn(text, before)
	return t.route
}

// one reads the words of a question by themselves.
func (r *Router) one(p *parse) turn {
	p.stage = timeRole
	p.times()
	p.stage = partitionRole
	p.partitions()
	p.stage = placeRole
	p.place()
	p.stage = wishRole
	p.wishes()
	p.route.Explains = p.explains()
	p.route.Number = p.asksNumber(p.route.Wish)
	t := turn{tokens: p.tokens, roles: p.roles, paths: p.paths, wished: p.wished, route: p.route}
	if p.route.Place != nil {
		t.route.Wish, t.route.Structured = Lookup, true
		if at, _ := r.namedTopics(p); len(at) > 0 && t.route.Place.Topic == "" {
			t.route.Topics = at
			if len(at) == 1 {
				t.route.Place.Topic = at[0]
			}
		}
		return t
	}
	return r.decide(p, t)
}

// namedTopics are the topics that the question names, and where; when none is, those of which it has a word.
func (r *Router) namedTopics(p *parse) (names []string, at map[string]mention) {
	at = map[string]mention{}
	level := 1
	for _, t := range r.topics {
		if m, ok := p.findTopic(t.Name); ok {
			at[t.Name] = m
			level = max(level, min(m.level, 2))
		}
	}
	for _, t := range r.topics {
		m, ok := at[t.Name]
		if !ok {
			continue
		}
		// The name itself beats another topic of which this is only a word, and a longer name one that is part of it.
		inside := slices.ContainsFunc(r.topics, func(o *topicWords) bool {
			b, ok := at[o.Name]
			overlap := b.at < m.at+m.n && m.at < b.at+b.n
			return ok && overlap && (b.n > m.n && b.level >= 2 || b.n == m.n && b.level > m.level)
		})
		if m.level < level || inside {
			delete(at, t.Name)
			continue
		}
		names = append(names, t.Name)
	}
	return names, at
}

// decide reads the question as one about each topic that may be meant and takes those in which all of it has a meaning.
func (r *Router) decide(p *parse, t turn) turn {
	names, at := r.namedTopics(p)
	mentions := make([]mention, 0, len(at))
	named := false
	for _, name := range names {
		mentions = append(mentions, at[name])
		named = named || at[name].level >= 2
	}
	var fits []scoped
	var closest *scoped
	for _, topic := range r.topics {
		if _, ok := at[topic.Name]; named && !ok {
			continue
		}
		s := p.scopeTo(topic, named, mentions)
		s.settle(p, topic)
		if len(s.leftover) == 0 {
			fits = append(fits, s)
		}
		if closest == nil || len(s.leftover) < len(closest.leftover) || len(s.leftover) == len(closest.leftover) && s.structured && !closest.structured {
			closest = &s
		}
	}
	if named {
		t.route.Topics = names
	}
	for _, name := range names {
		t.route.Explicit = t.route.Explicit || p.said(name, at[name])
	}
	t.route.Named = named
	fits = preferStructured(fits, named)
	if p.explains() || len(fits) == 0 || fits[0].Wish == Meaning {
		t.asMeaning(p, r, closest)
		t.route.Number = t.route.Number || p.asksNumber(t.route.Wish)
		t.route.Bound = t.route.Number && (named || p.lately() || r.counts(p) || closest != nil && closest.bound())
		return t
	}
	fits = preferKeys(fits, named)
	if !named && differ(fits) {
		t.route.Bound, t.route.Topics = true, nil
		for _, s := range fits {
			t.route.Topics = append(t.route.Topics, s.scope.Topic)
		}
		return t // the sum of two fields that may have nothing to do with each other is no answer
	}
	first := fits[0]
	text, topics, explicit := t.route.Text, t.route.Topics, t.route.Explicit
	t.route = first.Route
	t.route.Text, t.route.Topics, t.route.Named, t.route.Explicit = text, topics, named, explicit
	t.route.Structured = first.structured
	t.roles, t.paths = first.roles, first.paths
	for _, s := range fits {
		if s.Wish == first.Wish && (s.scope.By == "") == (first.scope.By == "") {
			t.route.Scopes = append(t.route.Scopes, s.scope)
		}
	}
	return t
}

// said says that a name can only be meant as a topic's: "topic orders", "the orders topic", or no ordinary word.
func (p *parse) said(name string, m mention) bool {
	return m.level >= 2 && (p.topicContext(m.at) || p.is(m.at+m.n, "topic") || strings.ContainsAny(name, "-_.") && m.level >= 4)
}

// preferStructured leaves out topics in which the question only fits because nothing of it is about them.
func preferStructured(fits []scoped, named bool) []scoped {
	if named {
		return fits
	}
	most := 0
	for _, s := range fits {
		most = max(most, s.weight())
	}
	return slices.DeleteFunc(fits, func(s scoped) bool { return s.weight() < most })
}

// weight is how many words of the question the topic itself explains.
func (s *scoped) weight() int {
	n := 0
	for _, role := range s.roles {
		if role == filterRole || role == fieldRole || role == groupRole || role == topicRole {
			n++
		}
	}
	return n
}

// settle decides what the wish is when the question does not say it.
func (s *scoped) settle(p *parse, t *topicWords) {
	conditions := len(s.scope.Filters) > 0
	if s.Wish == Meaning || s.Wish == First || s.Wish == Last {
		if conditions || s.Wish != Meaning { // the fields named are what is wanted of the record
			s.leftover = slices.DeleteFunc(s.leftover, func(i int) bool {
				f, n := p.fieldAt(i, t)
				if n > 0 && s.scope.Field == "" {
					s.scope.Field = f.Path
				}
				return n > 0 || conditions && gist[p.tokens[i].stem]
			})
		}
	}
	if s.Wish != Meaning || !conditions {
		return
	}
	s.Wish = Lookup
	for _, f := range s.scope.Filters {
		if f.Op == Holds && idLike(f.Values[0]) || f.Path == ByKey && f.Op == Equal {
			s.Keys = append(s.Keys, f.Values...)
			s.IsKey = s.IsKey || f.Path == ByKey
		}
	}
}

// gist are words of a question for a record that say nothing about which.
var gist = words("detail content look like find search status state information info trace history whereabout")

// asMeaning leaves the question to what was learned, and says what kept it from being exact.
func (t *turn) asMeaning(p *parse, r *Router, closest *scoped) {
	if closest != nil && len(closest.leftover) > 0 && !p.explains() {
		t.route.Structured = closest.structured
		if t.route.Wish = closest.Wish; t.route.Wish == Lookup {
			t.route.Wish = Meaning
		}
		for _, i := range closest.leftover {
			if sup, ok := superlatives[p.tokens[i].lower]; ok && closest.structured && t.route.Wish == Meaning {
				t.route.Wish = sup.wish // its field is what is not known
				continue
			}
			u := Unknown{Word: p.tokens[i].text}
			if len(t.route.Unknown) < explained {
				u.Nearest = Nearest(p.tokens[i].lower, r.names(), 3)
			}
			t.route.Unknown = append(t.route.Unknown, u)
		}
		if len(t.route.Unknown) == 0 {
			t.route.Wish = Meaning
		}
		t.roles, t.paths = closest.roles, closest.paths
		return
	}
	t.route.Wish = Meaning
	if closest != nil {
		t.roles, t.paths = closest.roles, closest.paths
	}
}

// explained is for how many unknown words names that come near are looked for.
const explained = 4

// explains says that the question asks for a reason or a way, which no record count can give.
func (p *parse) explains() bool {
	for i := range p.tokens {
		if p.is(i, "why") || p.seq(i, "how", "to|do|does|did|can|could|should|would") || p.seq(i, "what", "happens|causes|caused") {
			return true
		}
	}
	return false
}

// names are those of all topics, fields and values, each once.
func (r *Router) names() []string {
	seen := map[string]bool{}
	var names []string
	add := func(n string) {
		if !seen[n] && len(names) < 2000 {
			seen[n] = true
			names = append(names, n)
		}
	}
	for _, t := range r.topics {
		add(t.Name)
		for _, f := range t.Fields {
			add(f.Path[strings.LastIndexByte(f.Path, '.')+1:])
			for _, v := range f.Values {
				add(v)
			}
		}
	}
	return names
}
