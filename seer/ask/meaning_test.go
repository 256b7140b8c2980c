package ask

import (
	"strings"
	"testing"
)

// The more there is, the more evidence an answer takes, up to a bound; that of templates stays as it is.
func TestLeastEvidence(t *testing.T) {
	least := func(passages int) float64 {
		s := asking{Asker: New(Options{}), passagesKnown: passages}
		return s.least(0)
	}
	if a, b, c, d := least(0), least(1), least(20), least(1_000_000); a != b || b >= c || c >= d || d != PassageEvidence {
		t.Errorf("%v, %v, %v, %v", a, b, c, d)
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"amount: <num>, country: DE, customer: <id>, status: shipped", "amount: <num>, country: FR, customer: <id>, status: shipped", true},
		{"login failed for user anna of group staff at gate two", "login failed for user bert of group staff at gate two", true},
		{"payment declined, insufficient funds", "payment captured", false},
		{"connection timed out", "connection refused", false},
		{"", "", true},
	} {
		if got := alike(wordsOf(c.a), wordsOf(c.b)); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

// What the people are like goes before who they are, and what they do after who does it.
func TestTheSentenceThatIsAskedForIsFirst(t *testing.T) {
	s := newShop(t)
	for question, want := range map[string]string{
		"What are the Wilymajinkas like?": "Wilymajinkas are cheerful",
		"Who are the Wilymajinkas?":       "The Wilymajinkas are a small people",
		"What do the Wilymajinkas travel in?": "The Wilymajinkas are a small people who live in the marshes of Orvendal. [1]\n" + // whom They are
			"They build their houses on stilts and travel in flat boats",
	} {
		a := s.ask(question)
		_, said, _ := strings.Cut(a.Text, "\n\n")
		if !strings.HasPrefix(said, want) {
			t.Errorf("%s\n%s", question, a.Text)
		}
	}
}
