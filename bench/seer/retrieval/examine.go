package retrieval

import (
	"context"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/score"
	"github.com/krapp-io/krapp/seer/index"
)

// Mode is a way of searching that is compared.
type Mode struct {
	Name string
	mode index.Mode
	// decide is the score of a hit that refusing would go by.
	decide func(*index.Hit) float64
}

// Modes are those that are compared.
func Modes() []Mode {
	return []Mode{
		{"BM25", index.Keywords, func(h *index.Hit) float64 { return h.BM25 }},
		{"soft BM25", index.SoftOnly, func(h *index.Hit) float64 { return h.Soft }},
		{"vectors", index.Vectors, func(h *index.Hit) float64 { return h.Cosine }},
		{"fused", index.Fused, func(h *index.Hit) float64 { return h.Evidence }},
	}
}

// Outcome is what a search for a question gave.
type Outcome struct {
	Question corpus.Question
	Rank     int     // of the first right hit among those of its own kind; 0: none in depth
	Among    int     // the same among all hits of both kinds
	Decides  float64 // the best score that refusing would go by, over both kinds
	Top      string  // the text of the first hit of its kind
	TopScore index.Hit
}

// depth is how many hits are looked at for a rank.
const depth = 50

// Examine asks the index all questions that have an answer in a passage or template, and all that have none.
func Examine(ctx context.Context, l *Library, m Mode, questions []corpus.Question) ([]Outcome, error) {
	var all []Outcome
	for _, q := range questions {
		if q.Kind == corpus.Exact {
			continue
		}
		o, err := l.outcome(ctx, m, q)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func (l *Library) outcome(ctx context.Context, m Mode, q corpus.Question) (Outcome, error) {
	o := Outcome{Question: q}
	both, err := l.Index.Search(ctx, index.Query{Text: q.Text, K: depth, Mode: m.mode})
	if err != nil {
		return o, err
	}
	for i := range both {
		o.Decides = max(o.Decides, m.decide(&both[i]))
	}
	o.Among = l.rank(q, both)
	kind := []index.Kind{index.Passage}
	switch q.Kind {
	case corpus.Event:
		kind[0] = index.Template
	case corpus.Unanswerable:
		kind = nil
	}
	own, err := l.Index.Search(ctx, index.Query{Text: q.Text, K: depth, Mode: m.mode, Kinds: kind})
	if err != nil {
		return o, err
	}
	o.Rank = l.rank(q, own)
	if len(own) > 0 {
		o.Top, o.TopScore = own[0].Text, own[0]
	}
	return o, nil
}

func (l *Library) rank(q corpus.Question, hits []index.Hit) int {
	for i := range hits {
		if l.Answers(q, &hits[i].Doc) {
			return i + 1
		}
	}
	return 0
}

// Figures are what the outcomes of one mode say.
type Figures struct {
	Own, Among score.Ranks
	Answerable []float64 // scores that refusing would go by
	Near, Far  []float64 // of unanswerable questions
}

// Unanswerable are the scores of all questions that have no answer.
func (f Figures) Unanswerable() []float64 { return append(append([]float64(nil), f.Near...), f.Far...) }

// Select sums up the outcomes that pass.
func Select(all []Outcome, pass func(corpus.Question) bool) Figures {
	var f Figures
	for _, o := range all {
		switch {
		case !pass(o.Question):
		case o.Question.Kind == corpus.Unanswerable && o.Question.Near:
			f.Near = append(f.Near, o.Decides)
		case o.Question.Kind == corpus.Unanswerable:
			f.Far = append(f.Far, o.Decides)
		default:
			f.Own, f.Among = append(f.Own, o.Rank), append(f.Among, o.Among)
			f.Answerable = append(f.Answerable, o.Decides)
		}
	}
	return f
}
