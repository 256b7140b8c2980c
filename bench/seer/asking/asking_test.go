package asking_test

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/krapp-io/krapp/bench/seer/asking"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/seer"
)

// puppet says what it is told to.
type puppet struct{ answer seer.Answer }

func (p puppet) Ask(context.Context, seer.Question, func(seer.Event)) (seer.Answer, error) {
	return p.answer, nil
}
func (p puppet) Status(context.Context) (seer.Status, error) { return seer.Status{}, nil }

var at = seer.Place{Topic: "orders", Partition: 1, Offset: 7, At: corpus.Start()}

func examine(t *testing.T, item asking.Item, a seer.Answer) asking.Asked {
	t.Helper()
	s := &stage.Stage{
		Stored: []corpus.Stored{{Message: corpus.Message{Topic: "orders", Template: "placed", Value: []byte(`{"event":"placed","n":12}`), At: corpus.Start()},
			Partition: 1, Offset: 7}},
		Texts: map[stage.At]corpus.Text{{Topic: stage.Statements}: {Title: "Bees", Body: "# Bees\n\nBees hum. They like\nthe purple heath best."}},
	}
	e := asking.Examiner{Asker: puppet{a}, Stage: s}
	got, err := e.Examine(t.Context(), []asking.Item{item})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestJudging shows that the examination can fail an answer: each of these differs from a right one in one thing.
func TestJudging(t *testing.T) {
	counted := []seer.Counted{{Topic: "orders", Records: 12}}
	cited := []seer.Citation{{N: 1, Place: at, Excerpt: `"event":"placed"`}}
	heath := []seer.Citation{{N: 1, Place: seer.Place{Topic: stage.Statements}, Title: "Bees", Passage: 1, Excerpt: "They like the purple heath…"}}
	exact := asking.Item{Question: corpus.Question{Kind: corpus.Exact}, Expected: corpus.Expected{Number: big.NewRat(1200, 1)}}
	groups := asking.Item{Question: corpus.Question{Kind: corpus.Exact}, Expected: corpus.Expected{Groups: map[string]*big.Rat{"a": big.NewRat(3, 1), "b": big.NewRat(4, 1)}}}
	prose := asking.Item{Question: corpus.Question{Kind: corpus.Prose, Title: "Bees", Phrase: "like the purple heath"}}
	event := asking.Item{Question: corpus.Question{Kind: corpus.Event, Templates: []string{"placed"}}}
	record := asking.Item{Question: corpus.Question{Kind: asking.Lookup}, Expected: corpus.Expected{Record: &corpus.Stored{Message: corpus.Message{Topic: "orders"}, Partition: 1, Offset: 7}}}
	none := asking.Item{Question: corpus.Question{Kind: corpus.Unanswerable}}
	for name, c := range map[string]struct {
		item asking.Item
		a    seer.Answer
		want asking.Verdict
	}{
		"exact":              {exact, seer.Answer{Way: seer.Exact, Text: "**1,200** messages", Counted: counted}, asking.Right},
		"another number":     {exact, seer.Answer{Way: seer.Exact, Text: "**1,201** messages", Counted: counted}, asking.Wrong},
		"nothing counted":    {exact, seer.Answer{Way: seer.Exact, Text: "**1,200** messages"}, asking.Wrong},
		"by retrieval":       {exact, seer.Answer{Way: seer.Meaning, Text: "1,200 [1]", Counted: counted, Citations: cited}, asking.Astray},
		"groups":             {groups, seer.Answer{Way: seer.Exact, Text: "| a | 3 |\n| b | 4 |", Counted: counted}, asking.Right},
		"groups exchanged":   {groups, seer.Answer{Way: seer.Exact, Text: "| a | 4 |\n| b | 3 |", Counted: counted}, asking.Wrong},
		"a group is missing": {groups, seer.Answer{Way: seer.Exact, Text: "| a | 3 |", Counted: counted}, asking.Wrong},
		"prose":              {prose, seer.Answer{Way: seer.Meaning, Text: "They like the *purple* heath best. [1]", Citations: heath}, asking.Right},
		"other prose":        {prose, seer.Answer{Way: seer.Meaning, Text: "Bees hum. [1]", Citations: heath}, asking.Wrong},
		"refused":            {prose, seer.Answer{Way: seer.Refused}, asking.Refused},
		"event":              {event, seer.Answer{Way: seer.Meaning, Text: "x [1]", Citations: cited}, asking.Right},
		"other event":        {event, seer.Answer{Way: seer.Meaning, Text: "x [1]", Citations: heath}, asking.Wrong},
		"record":             {record, seer.Answer{Way: seer.Lookup, Citations: cited, Counted: counted}, asking.Right},
		"other record":       {record, seer.Answer{Way: seer.Lookup, Citations: heath, Counted: counted}, asking.Wrong},
		"none":               {none, seer.Answer{Way: seer.Refused}, asking.Right},
		"made up":            {none, seer.Answer{Way: seer.Meaning, Text: "x [1]", Citations: cited}, asking.Wrong},
	} {
		if got := examine(t, c.item, c.a); got.Verdict != c.want || len(got.Invalid) > 0 {
			t.Errorf("%s: %s %q %v", name, got.Verdict, got.Why, got.Invalid)
		}
	}
}

// TestInvalidCitations shows that each kind of invalid citation is found.
func TestInvalidCitations(t *testing.T) {
	place := func(change func(*seer.Citation)) []seer.Citation {
		c := seer.Citation{N: 1, Place: at, Excerpt: `{"event":"placed"`}
		change(&c)
		return []seer.Citation{c}
	}
	for name, a := range map[string]seer.Answer{
		"no such record":    {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.Place.Offset = 8 })},
		"not in the record": {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.Excerpt = "cancelled" })},
		"wrong time":        {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.Place.At = at.At.Add(time.Hour) })},
		"wrong title":       {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.Title = "Bees" })},
		"not gone":          {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.Gone = "removed" })},
		"wrong number":      {Text: "x [1]", Citations: place(func(c *seer.Citation) { c.N = 2 })},
		"dangling":          {Text: "x [1] y [2]", Citations: place(func(*seer.Citation) {})},
		"no reference":      {Text: "x", Citations: place(func(*seer.Citation) {})},
	} {
		a.Way = seer.Meaning
		if got := examine(t, asking.Item{Question: corpus.Question{Kind: corpus.Event}}, a); len(got.Invalid) != 1 {
			t.Errorf("%s: %q", name, got.Invalid)
		}
	}
	quoted := seer.Answer{Way: seer.Meaning, Text: "systemd[17]: `a [9]` [1]\n```\n[8] [gc]\n```\n", Citations: place(func(*seer.Citation) {})}
	if got := examine(t, asking.Item{Question: corpus.Question{Kind: corpus.Event}}, quoted); len(got.Invalid) > 0 {
		t.Errorf("what is quoted was taken for a reference: %q", got.Invalid)
	}
}
