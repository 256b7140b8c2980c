package ask

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/quote"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/index"
)

// The evidence (index.Hit.Evidence as asked weighs it) below which a question is refused. Set on the development half of bench/seer, and on each of
// its texts alone; bench/seer/README.md has the figures.
const (
	PassageEvidence  = 0.18
	TemplateEvidence = 0.14

	// The more passages there are, the nearer the nearest of them is to a question that none answers: of a text alone, .11 lets one such question
	// in forty pass, of two hundred passages .18.
	fewPassages = 0.11 / PassageEvidence
	perEFold    = 0.014 // what is added when there are e times as many, up to PassageEvidence

	// askedWeight is the power of how near a hit comes to what is asked of its subject, beside that of its evidence. On the same questions, those with
	// an answer above those without (AUC): .91 with it and .80 without among passages, .92 and .90 among templates.
	askedWeight = 0.25
)

// Thresholds are least evidences, by kind.
type Thresholds struct{ Passage, Template float64 }

// hitsWanted is how many hits are looked at for an answer.
const hitsWanted = 20

// strongly is how much more evidence it takes where the question was one for numbers that could not be computed.
const strongly = 1.4

// strong keeps the hits with enough evidence, times factor. A hit that is far weaker than the best is left out too.
func (s *asking) strong(hits []index.Hit, factor float64) []index.Hit {
	best := 0.0
	for _, h := range hits {
		best = max(best, h.Evidence)
	}
	var kept []index.Hit
	for _, h := range hits {
		if h.Evidence >= factor*s.least(h.Kind) && h.Evidence >= .4*best {
			kept = append(kept, h)
		}
	}
	return kept
}

func (s *asking) least(k index.Kind) float64 {
	if k == index.Template {
		return s.o.Evidence.Template
	}
	least := s.o.Evidence.Passage
	return min(least, fewPassages*least+perEFold*math.Log(float64(max(1, s.passagesKnown))))
}

// weigh makes the evidence of hits less where nothing in them comes near to what the question asks of their subject.
func (s *asking) weigh(question string, hits []index.Hit) {
	if s.o.Words == nil {
		return
	}
	whole := func(text string) []string { return []string{text} }
	for kind, split := range map[index.Kind]func(string) []string{index.Passage: s.o.Sentences, index.Template: whole} {
		var at []int
		var in []quote.Passage
		for i, h := range hits {
			if h.Kind != kind {
				continue
			}
			title := h.Title
			if kind == index.Template {
				title = h.Place.Topic
			}
			at, in = append(at, i), append(in, quote.Passage{Title: title, Text: h.Text})
		}
		for i, near := range quote.Asked(question, in, quote.Options{Words: s.o.Words, Sentences: split}) {
			hits[at[i]].Evidence *= math.Pow(near, askedWeight)
		}
	}
}

// meaning answers from what was retrieved, or refuses.
func (s *asking) meaning(ctx context.Context) error {
	s.each(seer.Event{Step: "looking through what was learned"})
	hits, err := s.retrieve(ctx)
	if err != nil {
		return err
	}
	factor := 1.0
	exact := s.route.Wish != route.Meaning && len(s.route.Unknown) > 0
	if exact && s.route.Structured {
		factor = strongly
	}
	good := s.strong(hits, factor)
	if exact && s.route.Structured && !slices.Contains([]route.Wish{route.Lookup, route.First, route.Last}, s.route.Wish) {
		// How many messages look alike is no answer to another count or sum.
		good = slices.DeleteFunc(good, func(h index.Hit) bool { return h.Kind == index.Template })
	}
	if len(good) == 0 {
		s.unanswered(ctx, hits, exact)
		return nil
	}
	if exact && s.route.Structured {
		s.note("Not counted exactly: " + s.unknownText() + ".")
	}
	return s.fromHits(ctx, good)
}

// retrieve searches the topics that the question named for certain, and all when there is too little in them.
func (s *asking) retrieve(ctx context.Context) ([]index.Hit, error) {
	if s.route.Explicit {
		hits, err := s.search(ctx, s.route.Text, s.route.Topics, nil, hitsWanted)
		if err != nil || len(s.strong(hits, 1)) > 0 {
			return hits, err
		}
	}
	return s.search(ctx, s.route.Text, nil, nil, hitsWanted)
}

// fromHits answers from hits with enough evidence, through the model where there is one.
func (s *asking) fromHits(ctx context.Context, hits []index.Hit) error {
	s.answer.Way = seer.Meaning
	if s.o.Dialogue != nil {
		done, err := s.byModel(ctx, hits)
		if err != nil || done {
			return err
		}
	}
	s.extract(hits)
	return nil
}

// both is how much of the best evidence the best of the other kind must have to be shown beside it.
const both = .5

// extract puts the answer together from the evidence.
func (s *asking) extract(hits []index.Hit) {
	slices.SortStableFunc(hits, func(a, b index.Hit) int { return cmp.Compare(b.Evidence, a.Evidence) })
	best := hits[0]
	var passages, templates []index.Hit
	for _, h := range hits {
		switch h.Kind {
		case index.Passage:
			passages = append(passages, h)
		case index.Template:
			templates = append(templates, h)
		}
	}
	var parts []string
	prose := func(least float64) {
		if len(passages) > 0 && passages[0].Evidence >= least*best.Evidence {
			if text := s.passages(passages); text != "" {
				parts = append(parts, text)
			}
		}
	}
	events := func(least float64) {
		if len(templates) > 0 && templates[0].Evidence >= least*best.Evidence {
			if text := s.templates(templates); text != "" {
				parts = append(parts, text)
			}
		}
	}
	if best.Kind == index.Passage {
		prose(1)
		events(both)
	} else {
		events(1)
		prose(both)
	}
	if len(parts) == 0 { // no sentence stood out
		prose(0)
		events(0)
	}
	if len(parts) == 0 {
		s.refuse("What I have read comes near, but no sentence of it answers that.", s.nearestTopics(hits))
		return
	}
	s.answer.Text = strings.Join(parts, "\n\n")
}

// passages writes the sentences that answer, each with its citation.
func (s *asking) passages(hits []index.Hit) string {
	in := make([]quote.Passage, len(hits))
	for i, h := range hits {
		in[i] = quote.Passage{Title: h.Title, Text: h.Text, Evidence: h.Evidence}
	}
	chosen := quote.Choose(s.route.Text, in, quote.Options{Words: s.o.Words, Sentences: s.o.Sentences})
	if len(chosen) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(s.readIn(hits, chosen) + "\n")
	for _, c := range chosen {
		h := hits[c.Passage]
		m := s.cite(seer.Citation{Place: h.Place, Title: h.Title, Passage: h.Passage, Excerpt: excerpt([]byte(h.Text))})
		b.WriteString("\n" + prose(c.Text) + " " + m)
	}
	return b.String()
}

// readIn is the lead-in: where the sentences come from.
func (s *asking) readIn(hits []index.Hit, chosen []quote.Sentence) string {
	var names []string
	for _, c := range chosen {
		h := hits[c.Passage]
		name := "a text in " + code(h.Place.Topic)
		if h.Title != "" {
			name = "“" + prose(h.Title) + "”"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return "From " + someOf(names, 3) + ":"
}
