package index

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/seer/embed"
)

func table(t testing.TB) *embed.Table {
	t.Helper()
	words, err := embed.Load()
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestHowMuchOfAQuestionIsCovered(t *testing.T) {
	words := table(t)
	share := func(question, text string) float64 { return newCover(words, question).share(text) }
	const text = "Karsovia is a republic. Its capital is Tremmel, where the parliament sits."
	for _, c := range []struct{ more, less string }{
		{"What is the capital of Karsovia?", "What is the capital of Mongolia?"},                     // another name
		{"Where does the parliament sit?", "Where does the orchestra play?"},                         // other words
		{"Where are the laws made in the assembly?", "Where are the shoes mended in the workshop?"},  // near words
		{"Which city is the capital?", "Which city is the capital of Ruritania?"},                    // a name that is nowhere
		{"What is the capital of Karsovia?", "What was the capital of Karsovia in 1812?"},            // a number that is nowhere
		{"Wo ist der Karsovia capital?", "Wo ist der Karsovia capital nach dem Krieg im Jahr 1812?"}, // stop words of other languages don't count
	} {
		if more, less := share(c.more, text), share(c.less, text); more <= less {
			t.Errorf("%q %.3f, %q %.3f", c.more, more, c.less, less)
		}
	}
	if got := share("capital of Karsovia", text); got != 1 {
		t.Errorf("all words are there, and %v is covered", got)
	}
	for _, question := range []string{"", "who is it?", "??"} {
		if got := share(question, text); got != 0 {
			t.Errorf("%q asks nothing, and %v is covered", question, got)
		}
	}
	if got := share("capital of Karsovia", ""); got <= 0 || got > .3 {
		t.Errorf("an empty text covers %v", got)
	}
}

// Without vectors only the same words are near, and a name that is missing still counts less.
func TestCoveredWithoutVectors(t *testing.T) {
	all := newCover(nil, "capital of Karsovia").share("The capital of Karsovia.")
	some := newCover(nil, "what is the capital of Karsovia").share("Its capital is old.")
	none := newCover(nil, "what is the capital of Karsovia").share("Fish swim.")
	if all != 1 || some >= all || none >= some || none <= 0 {
		t.Errorf("%v, %v, %v", all, some, none)
	}
}

func TestNamesOfAQuestion(t *testing.T) {
	for question, want := range map[string]string{
		"Who led Tallow & Finch in 1998?": "tallow finch 1998", "Peru's capital": "", "WHAT IS THE CAPITAL OF PERU": "", "is EXT4 broken": "ext4",
	} {
		names := namesOf(question)
		for w := range strings.FieldsSeq(want) {
			if !names[w] {
				t.Errorf("%s: %s is not among %v", question, w, names)
			}
		}
		if len(names) != len(strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", question, names, want)
		}
	}
}

// What one search remembers of words is bounded, however many its documents have.
func TestCoverIsBounded(t *testing.T) {
	c := newCover(table(t), "what is in the box")
	var b strings.Builder
	for i := range maxCompared * 2 {
		b.WriteString(" w")
		for n := i; n > 0; n /= 26 {
			b.WriteByte(byte('a' + n%26))
		}
	}
	c.share(b.String())
	if len(c.seen) > maxCompared {
		t.Errorf("%d words are remembered", len(c.seen))
	}
	if c.share("the box") != 1 {
		t.Error("the word itself is not found once the memory is full")
	}
}
