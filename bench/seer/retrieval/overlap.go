package retrieval

import (
	"math"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/score"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

// Overlap is how much of the content words of questions their answers share: of passages, or of an example message with its topic's name.
// The best passage or message counts, where several are right.
func Overlap(set corpus.Corpus, questions []corpus.Question, messages []corpus.Message) figure.Spread {
	var s figure.Spread
	for _, q := range questions {
		if v := overlap(set, q, messages); !math.IsNaN(v) {
			s.Add(v)
		}
	}
	return s
}

func overlap(set corpus.Corpus, q corpus.Question, messages []corpus.Message) float64 {
	best := math.NaN()
	better := func(text string) {
		if v := score.Overlap(q.Text, text); math.IsNaN(best) || v > best {
			best = v
		}
	}
	for _, t := range set.Texts {
		if q.Kind != corpus.Prose || t.Title != q.Title {
			continue
		}
		for _, p := range passage.Split(t.Body, passage.Options{}) {
			if q.AnsweredBy(t.Title, p.Text) {
				better(t.Title + " " + p.Text)
			}
		}
	}
	seen := make(map[string]bool)
	for _, m := range messages {
		if q.Wants(m.Template) && !seen[m.Template] {
			seen[m.Template] = true
			better(m.Topic + " " + string(m.Value))
		}
	}
	return best
}
