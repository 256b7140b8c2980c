package quote

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/seer/embed"
)

func TestWhatIsAskedFor(t *testing.T) {
	for question, want := range map[string]kind{
		"How many eggs do they lay?": number, "After how many minutes does it lock?": number, "When was it built?": moment, "In which year did it burn?": moment,
		"Who invented the loom?": person, "Who are the Orvenni?": anything, "Where do they live?": place, "Why is it red?": reason,
		"What are the people like?": nature, "What is it?": anything, "How does it work?": anything, "": anything,
	} {
		if got := kindOf(question); got != want {
			t.Errorf("%q asks for %d, want %d", question, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"1. Find out which topic grows.": "Find out which topic grows.", "- **Never** delete `segments`.": "Never delete segments.",
		"12) Stop.": "Stop.", "1977 was quiet.": "1977 was quiet.", "2.5 metres high.": "2.5 metres high.", "7": "7", "": "",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

const mountain = `Mount Harl is an extinct volcano in the north of Bresk. It is 2,140 metres high. The first to climb it was a miller named Oda Renk.
Its slopes are planted with walnut trees. People of the valley are shy, patient and kind to strangers. It last erupted in 1802.`

func asking(t *testing.T) Options {
	t.Helper()
	words, err := embed.Load()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Words: words, Sentences: func(text string) []string {
		return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), ". ", ".\n"), "\n")
	}}
}

// A sentence that says "It" is about what its passage is about, and one that has the kind of thing that is asked for goes before one that has not.
func TestTheBestSentenceIsTheOneThatIsAskedFor(t *testing.T) {
	o := asking(t)
	o.Max = 1
	for question, want := range map[string]string{
		"What is Mount Harl?": "extinct volcano", "How high is Mount Harl?": "2,140", "When did Mount Harl last erupt?": "1802",
		"Who was the first to climb Mount Harl?": "Oda Renk", "What are the people of the valley like?": "patient",
	} {
		got := Choose(question, []Passage{{Title: "Mount Harl", Text: mountain, Evidence: 1}}, o)
		if len(got) != 1 || !strings.Contains(got[0].Text, want) {
			t.Errorf("%s: %+v", question, got)
		}
	}
}

// The best sentence is read first, but after the one that it refers to.
func TestTheBestIsFirst(t *testing.T) {
	o := asking(t)
	got := Choose("What are the people of the valley like?", []Passage{{Title: "Mount Harl", Text: mountain, Evidence: 1}}, o)
	if len(got) == 0 || !strings.Contains(got[0].Text, "patient") {
		t.Errorf("%s", texts(got))
	}
	got = ordered([]Sentence{{Text: "It is high.", at: 1}, {Text: "Trees grow.", at: 3}, {Text: "Harl is a hill.", at: 0}})
	if texts(got) != "Harl is a hill. | It is high. | Trees grow." {
		t.Errorf("%s", texts(got))
	}
}

// What a question asks of its subject is nowhere in a passage about that subject.
func TestAsked(t *testing.T) {
	o := asking(t)
	p := []Passage{{Title: "Mount Harl", Text: mountain}}
	for _, c := range [][2]string{
		{"How high is Mount Harl?", "What religion has Mount Harl?"},
		{"When did Mount Harl last erupt?", "Which salary has Mount Harl?"},
	} {
		if has, lacks := Asked(c[0], p, o)[0], Asked(c[1], p, o)[0]; has < 1.5*lacks {
			t.Errorf("%s %.2f, %s %.2f", c[0], has, c[1], lacks)
		}
	}
	if got := Asked("How high is it?", p, Options{Sentences: o.Sentences}); got[0] != 1 {
		t.Errorf("without vectors: %v", got)
	}
}
