package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/seer/asking"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/report"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/bench/seer/whole"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// examineAnswers asks the whole seer, over an embedded broker that holds the texts and messages.
func examineAnswers(ctx context.Context, s *settings) (string, error) {
	b, err := embedded.Start(ctx, embedded.Options{Ephemeral: true})
	if err != nil {
		return "", err
	}
	defer b.Close()
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: b.Addrs()}, nil)
	if err != nil {
		return "", err
	}
	defer c.Close()
	asked, learned, err := askAll(ctx, c, s.set, s.messages, s.seed, 1)
	if err != nil {
		return "", err
	}
	if s.failures {
		s.sayFailures(asked)
	}
	return answersText(asked, learned), nil
}

// askAll stores everything, has it learned, and asks all questions, so many at once.
func askAll(ctx context.Context, c *rdkafka.Client, set corpus.Corpus, messages int, seed uint64, atOnce int) ([]asking.Asked, whole.Learned, error) {
	st, err := stage.Fill(ctx, c, set, messages, seed)
	if err != nil {
		return nil, whole.Learned{}, err
	}
	items, err := asking.Items(set, st)
	if err != nil {
		return nil, whole.Learned{}, err
	}
	seer, err := whole.Start(ctx, whole.Options{Client: c, Now: corpus.Now})
	if err != nil {
		return nil, whole.Learned{}, err
	}
	var asked []asking.Asked
	learned, err := seer.Await(ctx, int64(messages+len(set.Texts)))
	if err == nil {
		e := asking.Examiner{Asker: seer.Asker, Client: c, Stage: st, AtOnce: atOnce}
		asked, err = e.Examine(ctx, items)
	}
	return asked, learned, errors.Join(err, seer.Stop())
}

// tally of verdicts.
type verdicts struct{ n, right, wrong, refused, astray, cited, invalid int }

func verdictsOf(asked []asking.Asked, pass func(*asking.Asked) bool) verdicts {
	var v verdicts
	for i := range asked {
		a := &asked[i]
		if !pass(a) {
			continue
		}
		v.n++
		switch a.Verdict {
		case asking.Right:
			v.right++
		case asking.Wrong:
			v.wrong++
		case asking.Refused:
			v.refused++
		case asking.Astray:
			v.astray++
		}
		if a.Cited {
			v.cited++
		}
		if len(a.Invalid) > 0 {
			v.invalid++
		}
	}
	return v
}

func kinds() []corpus.Kind {
	return []corpus.Kind{corpus.Prose, corpus.Event, corpus.Exact, asking.Lookup, corpus.Unanswerable}
}

func answersText(asked []asking.Asked, learned whole.Learned) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## What is answered\n\nThe whole seer over an embedded broker: %d messages and texts learned into %d templates and %d passages; an aborted\n"+
		"transaction, tombstones, cut-off JSON and late messages are among them. Every answer's citations are compared with the records in Kafka;\n"+
		"exact answers with the tally that the generator kept. An unanswerable question is answered right by refusing.\n\n",
		learned.Messages, learned.Templates, learned.Passages)
	t := report.NewTable("", "right", "wrong", "refused though answerable", "astray", "right, dev", "right, held-out", "what is right is cited")
	for _, kind := range kinds() {
		of := func(split corpus.Split) verdicts {
			return verdictsOf(asked, func(a *asking.Asked) bool { return a.Kind == kind && (split == "" || a.Split == split) })
		}
		all, dev, held := of(""), of(corpus.Development), of(corpus.HeldOut)
		cited := "–"
		if kind == corpus.Prose || kind == corpus.Event {
			cited = report.Of(all.cited, all.n)
		}
		t.Row(string(kind), report.Of(all.right, all.n), fmt.Sprint(all.wrong), fmt.Sprint(all.refused), fmt.Sprint(all.astray),
			report.Of(dev.right, dev.n), report.Of(held.right, held.n), cited)
	}
	b.WriteString(t.String())
	b.WriteString("\n*Astray*: an exact question or lookup that was answered from retrieval, so that its answer can't be the exact one.\n\n")
	styled := report.NewTable("right", "words", "natural", "paraphrased")
	for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event, corpus.Exact} {
		row := []string{string(kind)}
		for _, style := range styles() {
			v := verdictsOf(asked, func(a *asking.Asked) bool { return a.Kind == kind && a.Style == style })
			row = append(row, report.Of(v.right, v.n))
		}
		styled.Row(row...)
	}
	b.WriteString(styled.String() + "\n")
	far := verdictsOf(asked, func(a *asking.Asked) bool { return a.Kind == corpus.Unanswerable && !a.Near })
	near := verdictsOf(asked, func(a *asking.Asked) bool { return a.Kind == corpus.Unanswerable && a.Near })
	must := report.NewTable("must be 100 %", "", "")
	cites, valid := citations(asked)
	exact := verdictsOf(asked, func(a *asking.Asked) bool {
		return a.Verdict != asking.Astray && a.Verdict != asking.Refused && exactKind(a)
	})
	must.Row("answers whose citations are all valid", report.Of(valid, len(asked)), fmt.Sprintf("%d citations", cites))
	must.Row("exact answers and lookups that are right", report.Of(exact.right, exact.n), "of those that were computed")
	b.WriteString(must.String())
	fmt.Fprintf(&b, "\n- Refused rightly: %s of the far ones, %s of the near misses.\n", report.Of(far.right, far.n), report.Of(near.right, near.n))
	took := figure.Spread{}
	for _, a := range asked {
		took.AddDuration(a.Took)
	}
	fmt.Fprintf(&b, "- An answer took %.1f ms in the median, %.1f ms at p99, %.1f ms at most (%d questions, one at a time).\n",
		took.Median(), took.Quantile(.99), took.Max(), took.Len())
	return b.String()
}

func exactKind(a *asking.Asked) bool { return a.Kind == corpus.Exact || a.Kind == asking.Lookup }

// citations counts them, and the answers that have no invalid one.
func citations(asked []asking.Asked) (n, valid int) {
	for i := range asked {
		n += len(asked[i].Answer.Citations)
		if len(asked[i].Invalid) == 0 {
			valid++
		}
	}
	return n, valid
}

// sayFailures lists the questions that were not answered right, and all invalid citations.
func (s *settings) sayFailures(asked []asking.Asked) {
	for i := range asked {
		a := &asked[i]
		if a.Verdict != asking.Right && s.tells(a.Question) {
			fmt.Fprintf(s.out, "%s %s %s %s: %s\n    %q → %s %.300q\n", a.ID, a.Split, a.Style, a.Verdict, a.Why, a.Text, a.Answer.Way, a.Answer.Text)
		}
		for _, why := range a.Invalid {
			fmt.Fprintf(s.out, "%s INVALID %q: %s\n", a.ID, a.Text, why)
		}
	}
}
