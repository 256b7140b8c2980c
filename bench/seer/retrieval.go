package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/report"
	"github.com/krapp-io/krapp/bench/seer/retrieval"
	"github.com/krapp-io/krapp/bench/seer/score"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

func examineRetrieval(ctx context.Context, s *settings) (string, error) {
	messages := s.set.Messages(s.messages, s.seed)
	library, table, err := build(ctx, s.set, messages)
	if err != nil {
		return "", err
	}
	outcomes := make(map[string][]retrieval.Outcome)
	for _, m := range retrieval.Modes() {
		if outcomes[m.Name], err = retrieval.Examine(ctx, library, m, s.set.Questions); err != nil {
			return "", err
		}
	}
	if s.failures {
		s.sayMisses(outcomes["fused"])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## What is found\n\n%d texts make %d passages; %d messages of %d templates are mined into %d templates, %d of which stand for several of\n"+
		"the generator's. Embedder: `%s`.\n\n", len(s.set.Texts), library.Passages, s.messages, len(s.set.Templates), library.Templates, library.Mixed(), table)
	fmt.Fprintf(&b, "The questions, and the share of their content words that is also in the right passage or message:\n\n%s\n", theSet(s.set, messages))
	fmt.Fprintf(&b, "Recall@1 / recall@5 / MRR over hits of the question's own kind:\n\n%s\n", byMode(outcomes))
	fmt.Fprintf(&b, "The same of *fused* by the style of the question, both halves; *among all* is over passages and templates together:\n\n%s\n", byStyle(outcomes["fused"]))
	fmt.Fprintf(&b, "Refusing: how likely a question with an answer scores above one without (AUC), by the score that each mode would refuse by:\n\n%s\n",
		refusing(outcomes))
	return b.String(), nil
}

// build indexes everything offline, and says with which table.
func build(ctx context.Context, set corpus.Corpus, messages []corpus.Message) (*retrieval.Library, string, error) {
	table, err := embed.Load()
	if err != nil {
		return nil, "", err
	}
	o := index.Options{Embedder: index.Offline(table), Words: table, Sentences: passage.Sentences, Now: corpus.Now}
	library, err := retrieval.Build(ctx, o, set, messages)
	return library, table.ID(), err
}

func styles() []corpus.Style { return []corpus.Style{corpus.Words, corpus.Natural, corpus.Paraphrased} }

func theSet(set corpus.Corpus, messages []corpus.Message) string {
	t := report.NewTable("", "questions", "dev", "held-out", "share: mean", "median")
	for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event} {
		for _, style := range styles() {
			some := set.Styled(kind, style)
			o := retrieval.Overlap(set, some, messages)
			t.Row(fmt.Sprintf("%s, %s", kind, style), fmt.Sprint(len(some)), count(some, corpus.Development), count(some, corpus.HeldOut),
				report.Share(mean(o)), report.Share(o.Median()))
		}
	}
	for _, kind := range []corpus.Kind{corpus.Exact, corpus.Unanswerable} {
		some := set.Of(kind, "")
		t.Row(string(kind), fmt.Sprint(len(some)), count(some, corpus.Development), count(some, corpus.HeldOut), "–", "–")
	}
	return t.String()
}

func count(questions []corpus.Question, split corpus.Split) string {
	n := 0
	for _, q := range questions {
		if q.Split == split {
			n++
		}
	}
	return fmt.Sprint(n)
}

func mean(s figure.Spread) float64 {
	sum := 0.0
	for _, v := range s.Values() {
		sum += v
	}
	return sum / float64(s.Len())
}

func three(r score.Ranks) string {
	return report.Share(r.Recall(1)) + " / " + report.Share(r.Recall(5)) + " / " + report.Share(r.MRR())
}

func byMode(outcomes map[string][]retrieval.Outcome) string {
	t := report.NewTable("", "prose, dev", "prose, held-out", "events, dev", "events, held-out")
	for _, m := range retrieval.Modes() {
		row := []string{m.Name}
		for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event} {
			for _, split := range []corpus.Split{corpus.Development, corpus.HeldOut} {
				f := retrieval.Select(outcomes[m.Name], func(q corpus.Question) bool { return q.Kind == kind && q.Split == split })
				row = append(row, three(f.Own))
			}
		}
		t.Row(row...)
	}
	return t.String()
}

func byStyle(fused []retrieval.Outcome) string {
	t := report.NewTable("", "words", "natural", "paraphrased", "all")
	for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event} {
		own, among := []string{string(kind)}, []string{string(kind) + ", among all"}
		for _, style := range append(styles(), "") {
			f := retrieval.Select(fused, func(q corpus.Question) bool { return q.Kind == kind && (style == "" || q.Style == style) })
			own, among = append(own, three(f.Own)), append(among, three(f.Among))
		}
		t.Row(own...)
		t.Row(among...)
	}
	return t.String()
}

func refusing(outcomes map[string][]retrieval.Outcome) string {
	t := report.NewTable("", "dev", "held-out", "prose", "events", "near misses only", "far ones only")
	for _, m := range retrieval.Modes() {
		all := outcomes[m.Name]
		none := retrieval.Select(all, func(q corpus.Question) bool { return q.Kind == corpus.Unanswerable })
		row := []string{m.Name}
		for _, split := range []corpus.Split{corpus.Development, corpus.HeldOut} {
			f := retrieval.Select(all, func(q corpus.Question) bool { return q.Split == split })
			row = append(row, report.Share(score.AUC(f.Answerable, f.Unanswerable())))
		}
		for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event} {
			f := retrieval.Select(all, func(q corpus.Question) bool { return q.Kind == kind })
			row = append(row, report.Share(score.AUC(f.Answerable, none.Unanswerable())))
		}
		f := retrieval.Select(all, func(corpus.Question) bool { return true })
		t.Row(append(row, report.Share(score.AUC(f.Answerable, f.Near)), report.Share(score.AUC(f.Answerable, f.Far)))...)
	}
	return t.String()
}

// sayMisses lists what was not found first, and how far evidence tells.
func (s *settings) sayMisses(fused []retrieval.Outcome) {
	for _, o := range fused {
		if o.Question.Kind != corpus.Unanswerable && o.Rank == 1 && o.Among == 1 || !s.tells(o.Question) {
			continue
		}
		fmt.Fprintf(s.out, "%s %s %s rank %d (among all %d) evidence %.3f  %s\n      want %s%v\n      got %.100q soft %.2f cosine %.2f sentence %.2f\n", o.Question.ID,
			o.Question.Split, o.Question.Style, o.Rank, o.Among, o.Decides, o.Question.Text, o.Question.Phrase, o.Question.Templates, o.Top,
			o.TopScore.Soft, o.TopScore.Cosine, o.TopScore.Sentence)
	}
	for _, split := range []corpus.Split{corpus.Development, corpus.HeldOut} {
		f := retrieval.Select(fused, func(q corpus.Question) bool { return q.Split == split })
		at, refused, answered := score.Best(f.Answerable, f.Unanswerable())
		fmt.Fprintf(s.out, "best threshold of evidence, %s: %.4f refuses %.2f of the answerable, answers %.2f of the others\n", split, at, refused, answered)
	}
}
