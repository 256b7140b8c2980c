package ask

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/dialogue"
	"github.com/krapp-io/krapp/seer/index"
)

// maxEvidence bounds what a model is given of one hit, in bytes.
const maxEvidence = 4 << 10

// byModel lets the model write the answer. False: it has none that holds, and the answer is to be put together from the evidence.
func (s *asking) byModel(ctx context.Context, hits []index.Hit) (bool, error) {
	s.each(seer.Event{Step: "asking " + oneLine(nameOr(s.o.Model, "the model"), 60)})
	wrote := false
	q := s.q
	q.Topics = s.topics // what it may read, also where the question did not say
	draft, err := s.o.Dialogue.Answer(ctx, q, s.evidence(hits), &tools{s}, func(e seer.Event) {
		wrote = wrote || e.Draft != ""
		s.each(e)
	})
	if ctx.Err() != nil {
		return false, ended(ctx.Err())
	}
	if err == nil && !draft.Refused && strings.TrimSpace(draft.Text) != "" && len(draft.Citations)+len(draft.Counted) > 0 {
		s.answer.Text, s.answer.Citations, s.answer.Model = draft.Text, draft.Citations, s.o.Model
		s.answer.Counted = draft.Counted
		for _, n := range draft.Notes {
			s.note(n)
		}
		return true, nil
	}
	if wrote {
		s.each(seer.Event{Restart: true})
	}
	why := "it gave no answer whose citations hold"
	if err != nil {
		why = oneLine(err.Error(), 200)
		if hint := kafkaops.HintOf(err); hint != "" {
			why += " (" + oneLine(hint, 120) + ")"
		}
	}
	s.note("The model was of no help: " + why + ". This was put together from the evidence alone.")
	return false, nil
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// evidence is what the hits hold, numbered.
func (s *asking) evidence(hits []index.Hit) []dialogue.Evidence {
	var out []dialogue.Evidence
	for _, h := range hits {
		if e, ok := s.evidenceOf(h); ok {
			e.N = len(out) + 1
			out = append(out, e)
		}
	}
	return out
}

func (s *asking) evidenceOf(h index.Hit) (dialogue.Evidence, bool) {
	if h.Kind == index.Passage {
		return dialogue.Evidence{
			Citation: seer.Citation{Place: h.Place, Title: h.Title, Passage: h.Passage, Excerpt: excerpt([]byte(h.Text))},
			Text:     cutText(h.Text, maxEvidence),
		}, true
	}
	t, ok := s.o.Knowledge.Template(h.ID)
	if !ok || len(t.Examples) == 0 || t.Special() {
		return dialogue.Evidence{}, false
	}
	c := citationOf(&t, 0)
	c.Excerpt = excerpt([]byte(t.Exemplar))
	text := fmt.Sprintf("A kind of message in topic %s: %s\nRead %d times, first at %s, last at %s.\nThe newest: %s", t.Topic, t.Pattern, t.Count,
		t.First.UTC().Format(time.RFC3339), t.Last.UTC().Format(time.RFC3339), t.Exemplar)
	return dialogue.Evidence{Citation: c, Text: cutText(text, maxEvidence)}, true
}
