// Package asking examines the whole seer: questions to an asker that has learned from Kafka, and its answers against what is stored there.
package asking

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
)

// Lookup is the kind of questions for a single record. They are made when it is known where records are.
const Lookup corpus.Kind = "lookup"

// Item is a question with what a right answer holds.
type Item struct {
	corpus.Question
	Expected corpus.Expected // Exact and Lookup
}

// Verdict is what an answer is worth.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"   // Unanswerable: refused
	Wrong   Verdict = "wrong"   // Unanswerable: answered
	Refused Verdict = "refused" // though there is an answer
	Astray  Verdict = "astray"  // Exact and Lookup: answered by retrieval, which can't be right
)

// Asked is one question that was asked.
type Asked struct {
	Item
	Answer  seer.Answer
	Verdict Verdict
	Why     string   // what is wrong; "" when it is right
	Invalid []string // what is wrong with its citations, a sentence each
	Cited   bool     // Prose and Event: what is right is among the citations
	Took    time.Duration
}

// Examiner asks and judges.
type Examiner struct {
	Asker  seer.Asker
	Client *rdkafka.Client // nil: citations are compared with the Stage, not with what Kafka holds
	Stage  *stage.Stage
	AtOnce int // questions; 0: one, so that times can be told

	records map[stage.At]*record
}

// record is what a citation is compared with.
type record struct {
	value    string
	title    string
	template string
	at       time.Time
}

// Items returns the questions with what is expected of their answers, and questions for single records of this stage.
func Items(set corpus.Corpus, s *stage.Stage) ([]Item, error) {
	var items []Item
	for _, q := range set.Questions {
		item := Item{Question: q}
		if q.Tally != nil {
			var err error
			if item.Expected, err = q.Tally.Compute(s.Stored); err != nil {
				return nil, fmt.Errorf("question %s: %w", q.ID, err)
			}
		}
		items = append(items, item)
	}
	return append(items, lookups(s)...), nil
}

// Examine asks all of them.
func (e *Examiner) Examine(ctx context.Context, items []Item) ([]Asked, error) {
	e.records = make(map[stage.At]*record)
	for i := range e.Stage.Stored {
		m := &e.Stage.Stored[i]
		e.records[stage.At{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}] = &record{value: string(m.Value), template: m.Template, at: m.At}
	}
	for at, t := range e.Stage.Texts {
		e.records[at] = &record{value: t.Body, title: t.Title, at: corpus.Now()}
	}
	all := make([]Asked, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, e.AtOnce))
	for i := range items {
		group.Go(func() (err error) {
			all[i], err = e.ask(ctx, items[i])
			return err
		})
	}
	return all, group.Wait()
}

func (e *Examiner) ask(ctx context.Context, item Item) (Asked, error) {
	began := time.Now()
	answer, err := e.Asker.Ask(ctx, seer.Question{ID: item.ID, Text: item.Text}, nil)
	if err != nil {
		return Asked{}, fmt.Errorf("question %s %q: %w", item.ID, item.Text, err)
	}
	a := Asked{Item: item, Answer: answer, Took: time.Since(began)}
	e.judge(&a)
	return a, e.validate(ctx, &a)
}

// stored returns the record at a place as it was stored; with a client, it asks Kafka whether it is so.
func (e *Examiner) stored(ctx context.Context, p seer.Place) (*record, error) {
	r := e.records[stage.At{Topic: p.Topic, Partition: p.Partition, Offset: p.Offset}]
	if r == nil || e.Client == nil {
		return r, nil
	}
	got, err := e.Client.Fetch(ctx, kafkaops.TopicPartition{Topic: p.Topic, Partition: p.Partition}, p.Offset, 1)
	if err != nil {
		return nil, err
	}
	if len(got) != 1 || got[0].Offset != p.Offset || string(got[0].Value) != r.value {
		return nil, fmt.Errorf("%+v does not hold what was stored there", p)
	}
	return r, nil
}

// lookups makes questions for records by place, key and ID.
func lookups(s *stage.Stage) []Item {
	var items []Item
	add := func(m *corpus.Stored, format string, args ...any) {
		split := corpus.Development
		if len(items)%2 == 1 {
			split = corpus.HeldOut
		}
		items = append(items, Item{Question: corpus.Question{ID: fmt.Sprintf("l%02d", len(items)+1), Kind: Lookup, Split: split, Text: fmt.Sprintf(format, args...)},
			Expected: corpus.Expected{Record: m}})
	}
	seen := make(map[string]int)
	for i := range s.Stored {
		m := &s.Stored[i]
		seen[m.Template]++
		if seen[m.Template] != 3 {
			continue
		}
		switch m.Template {
		case "order-placed":
			add(m, "Show me message %d on partition %d of orders", m.Offset, m.Partition)
		case "auth-locked":
			add(m, "What is at offset %d of partition %d in auth?", m.Offset, m.Partition)
		case "mail-virus":
			add(m, "mail-log %d@%d", m.Partition, m.Offset)
		case "payment-declined", "payment-refunded", "payment-held":
			add(m, "Which message has key %s in payments?", m.Key)
		case "order-shipped", "wh-weighed":
			add(m, "Find %s", idIn(m.Value, `"parcel":"`, `"pallet":"`))
		case "payment-authorised", "payment-abandoned":
			add(m, "What happened to payment %s?", idIn(m.Value, `"payment_id":"`))
		case "wh-jam":
			add(m, "Which printer has job %s?", idIn(m.Value, `"job":"`))
		}
	}
	return items
}
