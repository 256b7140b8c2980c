package ask

import (
	"context"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/seer/ask/exact"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// uncomputed refuses a question that asks for a number about topics or fields and can't be computed: what was retrieved would be an answer to
// another question.
func (s *asking) uncomputed() {
	var unknown []route.Unknown
	for _, u := range s.route.Unknown {
		if !s.isName(u.Word) {
			unknown = append(unknown, u)
		}
	}
	s.route.Unknown = unknown
	why := "I can't tell what of the fields and values it means"
	if span := s.route.Span; !span.From.IsZero() && !span.To.IsZero() && !span.From.Before(span.To) {
		why = "there is no time that is of all that it names"
	} else if len(s.route.Unknown) == 0 && len(s.route.Topics) > 1 {
		why = "differently named fields of " + someOf(codes(s.route.Topics), 5) + " may be meant; name a topic"
	} else if len(unknown) > 0 {
		why = s.unknownText()
	}
	s.refuse("I can't compute that: "+why+". "+s.whatIsKnown(), s.nearest(nil))
}

// isName says that a word is the name of one of the fields of the topics that the question may mean.
func (s *asking) isName(word string) bool {
	topics := s.route.Topics
	if len(topics) == 0 {
		topics = s.topics
	}
	for _, topic := range topics {
		for _, f := range s.o.Knowledge.Fields(topic) {
			if slices.Contains(route.Words(f.Path), strings.ToLower(word)) {
				return true
			}
		}
	}
	return false
}

// unheld is a word that was taken for a text to be found, as a name, though no record of the topics has it; "" if there is none.
func (s *asking) unheld(ctx context.Context) (string, error) {
	span := s.route.Span
	open := span.From.IsZero() && span.To.IsZero() && len(s.route.Partitions) == 0
	for _, f := range s.route.Scopes[0].Filters {
		if !f.Guess {
			continue
		}
		if f.Op == route.Lacks {
			f.Op, f.Guess = route.Contains, false
		} else if open && len(s.route.Scopes[0].Filters) == 1 {
			return f.Values[0], nil // nothing met it
		}
		var scopes []route.Scope
		for _, scope := range s.route.Scopes {
			scopes = append(scopes, route.Scope{Topic: scope.Topic, Filters: []route.Filter{f}})
		}
		res, err := exact.Run(ctx, s.o.Reader, exact.Query{Scopes: scopes, Limit: s.o.ScanLimit, Groups: s.o.MaxGroups})
		if err != nil {
			return "", err
		}
		if res.Matched == 0 && res.Partial == "" {
			return f.Values[0], nil
		}
	}
	return "", nil
}

// guessedLack says that records were counted for lacking a word that may mean something else.
func (s *asking) guessedLack() bool {
	return slices.ContainsFunc(s.route.Scopes[0].Filters, func(f route.Filter) bool { return f.Guess && f.Op == route.Lacks })
}

// nothingHolds refuses because of a word that no record holds: counting the records with it would count nothing, and without it something else.
func (s *asking) nothingHolds(word string) {
	if word == "" {
		return
	}
	s.answer.Counted = nil
	s.route.Unknown = []route.Unknown{{Word: word}}
	s.route.Topics = topicsOf(s.route.Scopes)
	s.refuse("I can't compute that: no record of "+someOf(codes(s.route.Topics), 3)+" holds “"+oneLine(word, 40)+"”. "+s.whatIsKnown(), s.nearest(nil))
}

// valuesThere says which values a field has, when it was asked for another and nothing was found.
func (s *asking) valuesThere() {
	scope := s.route.Scopes[0]
	for _, field := range s.o.Knowledge.Fields(scope.Topic) {
		for _, f := range scope.Filters {
			if f.Path != field.Path || f.Op != route.Equal || len(field.Values) == 0 || slices.ContainsFunc(f.Values, func(v string) bool {
				return slices.Contains(field.Values, v)
			}) {
				continue
			}
			s.note("The values of " + code(field.Path) + " that were learned are " + someOf(codes(field.Values), 16) + ".")
		}
	}
}

func quotedWords(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "“" + oneLine(w, 40) + "”"
	}
	return out
}
