package ask

import (
	"context"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/index"
)

// refuse answers that there is no answer, and what comes nearest. What was cited until then is dropped.
func (s *asking) refuse(text string, nearest []string) {
	s.answer.Way, s.answer.Citations, s.answer.Nearest = seer.Refused, nil, nearest
	if len(nearest) > 0 {
		text += " Nearest: " + someOf(codes(nearest), 5) + "."
	}
	s.answer.Text = text
}

// unanswered refuses a question for which the evidence is too weak.
func (s *asking) unanswered(ctx context.Context, hits []index.Hit, exact bool) {
	if exact && s.route.Structured {
		s.refuse("I can't compute that: "+s.unknownText()+". "+s.whatIsKnown(), s.nearest(hits))
		return
	}
	if exact && len(s.route.Unknown) > 0 {
		s.refuse("I have not read anything about that, and "+s.unknownText()+".", s.nearest(hits))
		return
	}
	_ = ctx
	s.refuse("I have not read anything about that.", s.nearest(hits))
}

// unknownText names the words that are neither topic, field nor value.
func (s *asking) unknownText() string {
	var names []string
	for _, u := range s.route.Unknown[:min(len(s.route.Unknown), 4)] {
		text := "“" + oneLine(u.Word, 40) + "”"
		if len(u.Nearest) > 0 {
			text += " (near " + code(u.Nearest[0]) + ")"
		}
		names = append(names, text)
	}
	if len(names) == 1 {
		return names[0] + " is no topic, field or value that I know"
	}
	return list(names) + " are no topics, fields or values that I know"
}

// whatIsKnown lists the fields of the topics that were named, or else the topics.
func (s *asking) whatIsKnown() string {
	if len(s.route.Topics) == 0 {
		return "The topics are " + someOf(codes(s.topics), 8) + "."
	}
	var b strings.Builder
	for _, topic := range s.route.Topics[:min(len(s.route.Topics), 3)] {
		var fields []string
		for _, f := range s.o.Knowledge.Fields(topic) {
			if name := code(f.Path); !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
		if len(fields) == 0 {
			b.WriteString(code(topic) + " has no JSON fields. ")
			continue
		}
		b.WriteString("The fields of " + code(topic) + " are " + someOf(fields, 12) + ". ")
	}
	return strings.TrimSpace(b.String())
}

// nearest are the topics that come nearest: by name, then by what was retrieved.
func (s *asking) nearest(hits []index.Hit) []string {
	var out []string
	add := func(topic string) {
		if !slices.Contains(out, topic) && slices.Contains(s.topics, topic) && len(out) < 5 {
			out = append(out, topic)
		}
	}
	for _, t := range s.route.Topics {
		add(t)
	}
	for _, u := range s.route.Unknown {
		for _, t := range route.Nearest(u.Word, s.topics, 2) {
			add(t)
		}
	}
	for _, t := range s.nearestTopics(hits) {
		add(t)
	}
	return out
}

func (s *asking) nearestTopics(hits []index.Hit) []string {
	var out []string
	for _, h := range hits {
		if !slices.Contains(out, h.Place.Topic) && len(out) < 3 {
			out = append(out, h.Place.Topic)
		}
	}
	return out
}
