package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/speed"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// asChild is the argument that makes this command the process that is measured.
const asChild = "measured"

// askFor is how long questions are asked while messages flow.
const askFor = 15 * time.Second

func measureSpeed(ctx context.Context, s *settings) (string, error) {
	where := "a real cluster"
	if len(s.brokers) == 0 {
		b, err := embedded.Start(ctx, embedded.Options{Ephemeral: true, MaxBytes: 2 << 30})
		if err != nil {
			return "", err
		}
		defer b.Close()
		s.brokers, where = b.Addrs(), "the embedded broker, in the process that also sends"
	}
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: s.brokers}, nil)
	if err != nil {
		return "", err
	}
	defer c.Close()
	o := speed.Order{Brokers: s.brokers, Messages: int64(s.learn), Rounds: s.rounds, Asking: askFor}
	for _, q := range s.set.Questions {
		if q.Kind == corpus.Prose || q.Kind == corpus.Event || q.Kind == corpus.Unanswerable {
			o.Questions = append(o.Questions, q.Text)
		}
	}
	load, began := machine.Load(), time.Now()
	flow, err := speed.Prepare(ctx, c, s.set, &o, fmt.Sprintf("bench-seer-%d-", began.Unix()))
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	r, err := speed.Measure(ctx, flow, o, []string{self, asChild})
	if err = errors.Join(err, flow.Drop(context.WithoutCancel(ctx))); err != nil {
		return "", err
	}
	section := speedSection(s, r, where)
	section.Note("Load average before and after: %s, %s; it took %s.", load, machine.Load(), time.Since(began).Round(time.Second))
	return section.Markdown(), nil
}

func speedSection(s *settings, r speed.Result, where string) figure.Section {
	out := figure.Section{Title: "How fast", Method: []string{
		fmt.Sprintf("%d mixed JSON and log messages of 11 topics with 6 partitions each, on %s. Reading them all without", s.learn, where),
		"learning and learning them all from nothing take turns in one process that does nothing else; a ratio is of one turn. Then, with all of that",
		fmt.Sprintf("learned, %d messages a second flow for %s while questions are asked one by one (*search*: the index; *answer*: the whole way with its", speed.FlowRate, askFor),
		"citations checked) and a short text is given ten times a second: *answerable* is from producing it to a search that finds it.",
	}}
	var read, learn, heap, searches, answers, answerable figure.Spread
	for i := range r.Read {
		read.Add(float64(s.learn) / r.Read[i].Seconds())
		learn.Add(float64(s.learn) / r.Learn[i].Seconds())
		heap.Add(float64(r.Heap[i]) / 1e6)
	}
	for in, to := range map[*[]time.Duration]*figure.Spread{&r.Searches: &searches, &r.Answers: &answers, &r.Answerable: &answerable} {
		for _, d := range *in {
			to.AddDuration(d)
		}
	}
	out.Add("reading", "messages/s", read)
	out.Add("learning", "messages/s", learn)
	out.Add("learning / reading", "×", figure.Ratio(learn, read))
	out.One("resident memory when learned", "MB", float64(r.Resident)/1e6)
	out.Add("of it Go's heap after a collection", "MB", heap)
	out.Add("search while learning", "ms", searches)
	out.Add("search while learning, p99", "ms", quantile(searches))
	out.Add("answer while learning", "ms", answers)
	out.Add("answer while learning, p99", "ms", quantile(answers))
	out.Add("produced to answerable", "ms", answerable)
	out.Add("produced to answerable, p99", "ms", quantile(answerable))
	out.AtLeast("learning: at least 200,000 messages/s", learn, 200_000, "/s")
	out.Below("search, p99: below 50 ms", quantile(searches), 50, " ms")
	out.Below("answer, p99: below 50 ms", quantile(answers), 50, " ms")
	out.Below("produced to answerable, p99: below 1 s", quantile(answerable), 1000, " ms")
	out.Note("Resident memory is of the whole process after its first turn, read-ahead and what the collector has not returned included; the " +
		"heap holds what was learned.")
	out.Note("%d templates. While questions were asked, %d more messages were learned; it was at most %d behind.", r.Templates,
		r.LearnedAt[1]-r.LearnedAt[0], r.Behind)
	return out
}

// quantile is the 99th percentile as a spread of one.
func quantile(s figure.Spread) (p99 figure.Spread) {
	if s.Len() > 0 {
		p99.Add(s.Quantile(.99))
	}
	return p99
}
