package quote

import (
	"slices"
	"strings"
	"testing"
)

func split(text string) []string { return strings.SplitAfter(text, ". ") }

func texts(chosen []Sentence) string {
	var out []string
	for _, s := range chosen {
		out = append(out, strings.TrimSpace(s.Text))
	}
	return strings.Join(out, " | ")
}

var marsh = []Passage{
	{Text: "It rains much in Orvendal. The market of Brill sells cloth and salt. Nobody knows why the road was closed.", Evidence: .2},
	{Text: "Many boats belong to the Wilymajinkas. The Wilymajinkas are a people of the marshes. They eat pickled onions with bread. The ferry runs twice a day.", Evidence: .6},
}

func TestTheSentenceThatAnswersIsChosen(t *testing.T) {
	for _, c := range []struct{ question, has, lacks string }{
		{"Who are the Wilymajinkas?", "The Wilymajinkas are a people of the marshes.", "market"},
		{"Who eats pickled onions?", "They eat pickled onions with bread.", "closed"},
		{"What does the market of Brill sell?", "The market of Brill sells cloth and salt.", "ferry"},
	} {
		chosen := Choose(c.question, marsh, Options{Sentences: split})
		got := texts(chosen)
		if !strings.Contains(got, c.has) || strings.Contains(got, c.lacks) || len(chosen) > 4 {
			t.Errorf("%s: %s", c.question, got)
		}
	}
	if got := Choose("How tall is a giraffe?", marsh, Options{Sentences: split}); len(got) != 0 {
		t.Errorf("nothing answers, but: %s", texts(got))
	}
}

// A sentence that two passages share is shown once; the sentences of a passage keep their order.
func TestOrder(t *testing.T) {
	p := []Passage{{Text: "Onions are red. Onions grow in spring. Onions are eaten.", Evidence: 1}, {Text: "Onions are eaten. Onions keep well.", Evidence: .9}}
	chosen := Choose("Tell me of onions", p, Options{Sentences: split, Max: 10})
	if !slices.IsSortedFunc(chosen, func(a, b Sentence) int { return a.Passage*100 + a.at - b.Passage*100 - b.at }) {
		t.Errorf("%+v", chosen)
	}
	if strings.Count(texts(chosen), "eaten") != 1 {
		t.Errorf("twice: %s", texts(chosen))
	}
}

func TestAQuestionInTheTextLeadsToItsAnswer(t *testing.T) {
	p := []Passage{{Text: "**Why is the light red?** The sensor does not answer. Paint comes in nine colours.", Evidence: 1}}
	got := texts(Choose("Why is the light red?", p, Options{Sentences: func(string) []string {
		return []string{"**Why is the light red?**", "The sensor does not answer.", "Paint comes in nine colours."}
	}}))
	if !strings.HasPrefix(got, "The sensor does not answer.") {
		t.Errorf("%q", got)
	}
}

func FuzzChoose(f *testing.F) {
	f.Add("Who are X?", "X are y. \xff * # ? ")
	f.Fuzz(func(t *testing.T, q, text string) {
		for _, s := range Choose(q, []Passage{{Text: text, Evidence: 1}}, Options{Sentences: split}) {
			if len(s.Text) > maxSentence+4 {
				t.Errorf("%d bytes", len(s.Text))
			}
		}
	})
}
