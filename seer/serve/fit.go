package serve

import (
	"encoding/json"

	"github.com/krapp-io/krapp/seer"
)

// maxAnswer bounds an answer as JSON, in bytes: a topic that is made like any other takes 1 MiB with what is around a record.
const maxAnswer = 900 << 10

const tooLargeNote = "The answer was too large to be given whole: some of it, or of what it rests on, was left out."

// fit takes out of an answer what makes it too large, the least important first, and says so. The text itself is cut at last.
func fit(a seer.Answer) seer.Answer {
	for _, lighten := range []func(*seer.Answer){
		func(a *seer.Answer) { a.Fresh.Topics = nil },
		func(a *seer.Answer) { a.Counted, a.Nearest = nil, nil },
		func(a *seer.Answer) { a.Citations = cutCitations(a.Citations) },
		func(a *seer.Answer) { // a byte is at most six of JSON
			a.Text, a.Model, a.Question, a.ID = cut(a.Text, maxAnswer/12), cut(a.Model, maxID), cut(a.Question, seer.MaxQuestion), cut(a.ID, maxID)
		},
	} {
		if encodedSize(a) <= maxAnswer {
			break
		}
		a.Notes = []string{tooLargeNote}
		lighten(&a)
	}
	return a
}

// cutCitations keeps the first citations, and of each little more than where it is.
func cutCitations(all []seer.Citation) []seer.Citation {
	const kept, most = 100, 200
	few := make([]seer.Citation, 0, kept)
	for _, c := range all[:min(len(all), kept)] {
		c.Title, c.Excerpt, c.Gone, c.Place.Topic = cut(c.Title, most), cut(c.Excerpt, most), cut(c.Gone, most), cut(c.Place.Topic, 249)
		few = append(few, c)
	}
	return few
}

func encodedSize(a seer.Answer) int {
	raw, err := json.Marshal(a)
	if err != nil {
		return maxAnswer + 1
	}
	return len(raw)
}
