package ask

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/dialogue"
)

var _ Dialogue = (*dialogue.Dialogue)(nil)

// scripted is a dialogue that does as it is told.
type scripted struct {
	answer func(q seer.Question, evidence []dialogue.Evidence, tools dialogue.Tools, each func(seer.Event)) (dialogue.Draft, error)
	calls  int
}

func (d *scripted) Answer(
	_ context.Context, q seer.Question, evidence []dialogue.Evidence, tools dialogue.Tools, each func(seer.Event),
) (dialogue.Draft, error) {
	d.calls++
	return d.answer(q, evidence, tools, each)
}

func (s *shop) withModel(d *scripted) *shop {
	o := s.o
	o.Dialogue, o.Model = d, "scripted"
	with := *s
	with.a = New(o)
	return &with
}

func TestTheModelWritesFromTheEvidence(t *testing.T) {
	s := newShop(t)
	const question = "Who are the Wilymajinkas?"
	var got []dialogue.Evidence
	d := &scripted{answer: func(q seer.Question, evidence []dialogue.Evidence, _ dialogue.Tools, _ func(seer.Event)) (dialogue.Draft, error) {
		got = evidence
		if len(q.Topics) != 5 {
			t.Errorf("it may read %q", q.Topics)
		}
		c := evidence[0].Citation
		c.N = 1
		return dialogue.Draft{Text: "A people of the marshes. [1]", Citations: []seer.Citation{c}, Notes: []string{"A note."}}, nil
	}}
	a := s.withModel(d).ask(question)
	if a.Way != seer.Meaning || a.Text != "A people of the marshes. [1]" || a.Model != "scripted" || a.Notes[0] != "A note." {
		t.Errorf("%+v", a)
	}
	checkCitations(t, question, a)
	if len(got) == 0 || !strings.Contains(got[0].Text, "small people who live in the marshes") {
		t.Errorf("it was given %+v", got)
	}

	t.Run("counting, looking up and refusing are not left to it", func(t *testing.T) {
		before := d.calls
		for _, q := range []string{"How many payments were declined?", "What happened to order-42?", "What is the capital of France?", "What is the highest discount of orders?"} {
			if a := s.withModel(d).ask(q); a.Way == seer.Meaning || a.Model != "" {
				t.Errorf("%s: %s by %q", q, a.Way, a.Model)
			}
		}
		if d.calls != before {
			t.Error("the model was asked")
		}
	})
	for name, draft := range map[string]func() (dialogue.Draft, error){
		"fails": func() (dialogue.Draft, error) {
			return dialogue.Draft{}, kafkaops.Errorf(kafkaops.Unavailable, "asking the model", "m", "wait", "it answered 500")
		},
		"refuses":         func() (dialogue.Draft, error) { return dialogue.Draft{Refused: true}, nil },
		"cites nothing":   func() (dialogue.Draft, error) { return dialogue.Draft{Text: "They are green."}, nil },
		"says nothing":    func() (dialogue.Draft, error) { return dialogue.Draft{}, nil },
		"fails otherwise": func() (dialogue.Draft, error) { return dialogue.Draft{}, errors.New("no") },
	} {
		t.Run("when it "+name+" the evidence answers", func(t *testing.T) {
			d := &scripted{answer: func(_ seer.Question, _ []dialogue.Evidence, _ dialogue.Tools, each func(seer.Event)) (dialogue.Draft, error) {
				each(seer.Event{Draft: "They are gr"})
				return draft()
			}}
			restarted := false
			a, err := s.withModel(d).a.Ask(t.Context(), seer.Question{Text: question}, func(e seer.Event) { restarted = restarted || e.Restart })
			must(t, err)
			if !restarted || a.Model != "" || !strings.Contains(a.Text, "small people who live in the marshes of Orvendal. [1]") ||
				!strings.Contains(strings.Join(a.Notes, " "), "The model was of no help") {
				t.Errorf("restarted %v: %+v", restarted, a)
			}
			checkCitations(t, question, a)
		})
	}
}

// What a model may do is read, in the topics of its question.
func TestTools(t *testing.T) {
	s := newShop(t)
	var tools dialogue.Tools
	d := &scripted{answer: func(_ seer.Question, _ []dialogue.Evidence, have dialogue.Tools, _ func(seer.Event)) (dialogue.Draft, error) {
		tools = have
		return dialogue.Draft{Refused: true}, nil
	}}
	ctx := t.Context()
	limited := func(topics ...string) dialogue.Tools {
		_, err := s.withModel(d).a.Ask(ctx, seer.Question{Text: "Who are the Wilymajinkas?", Topics: topics}, nil)
		must(t, err)
		return tools
	}
	have := limited("seer-statement", "payments")
	text, counted, err := have.Count(ctx, "How many payments were declined?")
	if err != nil || !strings.Contains(text, "**50** records") || strings.Contains(text, "[1]") || len(counted) != 3 {
		t.Errorf("%s %v %v", text, counted, err)
	}
	if e, err := have.Record(ctx, "payments", 1, 3); err != nil || e.Place.Offset != 3 || !strings.Contains(e.Text, "payment_id") {
		t.Errorf("%+v %v", e, err)
	}
	if hits, err := have.Search(ctx, "pickled onions"); err != nil || len(hits) == 0 || !strings.Contains(hits[0].Text, "pickled") {
		t.Errorf("%+v %v", hits, err)
	}
	// Other topics: refused, not found, not counted.
	if _, err := have.Record(ctx, "orders", 1, 3); kafkaops.ClassOf(err) != kafkaops.Unauthorised {
		t.Errorf("a record of another topic: %v", err)
	}
	if text, counted, err := have.Count(ctx, "How many messages are in orders?"); err == nil {
		t.Errorf("another topic is counted: %s %v", text, counted)
	}
	hits, err := have.Search(ctx, "connection to broker timed out")
	must(t, err)
	for _, h := range hits {
		if h.Place.Topic != "payments" && h.Place.Topic != "seer-statement" {
			t.Errorf("another topic is found: %+v", h.Place)
		}
	}
	for _, q := range []string{"", "Who are the Wilymajinkas?", "a\xff", strings.Repeat("x", 5000)} {
		if _, _, err := have.Count(ctx, q); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("counting %.20q: %v", q, err)
		}
	}
}
