// Package retrieval examines the index alone: whether the right passage or template is found, and whether scores tell that there is none.
package retrieval

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Library is an index of the texts and messages, and what its documents are.
type Library struct {
	Index     *index.Index
	Passages  int
	Templates int
	mixed     int                          // templates that stand for messages of several of the generator's
	names     map[uint64]string            // template → the generator's template that most of its examples are of
	sources   map[seer.Place]string        // message → the generator's template
	mined     map[uint64]template.Template // as they were indexed
}

// Build mines the messages, splits the texts and indexes both, in process.
func Build(ctx context.Context, o index.Options, set corpus.Corpus, messages []corpus.Message) (*Library, error) {
	x, err := index.New(o)
	if err != nil {
		return nil, err
	}
	l := &Library{Index: x, names: make(map[uint64]string), sources: make(map[seer.Place]string), mined: make(map[uint64]template.Template)}
	docs := append(l.mine(messages), split(set.Texts)...)
	l.Passages = len(docs) - l.Templates
	return l, x.Add(ctx, docs)
}

// mine groups the messages as the learner does.
func (l *Library) mine(messages []corpus.Message) []index.Doc {
	m := template.New(template.Options{})
	offsets := make(map[string]int64)
	for i := range messages {
		msg := &messages[i]
		at := seer.Place{Topic: msg.Topic, Offset: offsets[msg.Topic], At: msg.At}
		offsets[msg.Topic]++
		l.sources[key(at)] = msg.Template
		m.Add(template.Observation{Topic: at.Topic, Offset: at.Offset, At: at.At.UnixMilli(), Key: msg.Key, Value: msg.Value})
	}
	var docs []index.Doc
	for _, t := range m.Changed() {
		l.mined[t.ID] = t
		l.name(&t)
		docs = append(docs, index.Doc{ID: t.ID, Kind: index.Template, Place: t.Examples[0], Text: t.Text()})
	}
	l.Templates = len(docs)
	return docs
}

// name finds which of the generator's templates a mined one is.
func (l *Library) name(t *template.Template) {
	votes := make(map[string]int)
	best := ""
	for _, at := range t.Examples {
		name := l.sources[key(at)]
		votes[name]++
		if votes[name] > votes[best] {
			best = name
		}
	}
	if len(votes) > 1 {
		l.mixed++
	}
	l.names[t.ID] = best
}

func key(at seer.Place) seer.Place {
	return seer.Place{Topic: at.Topic, Partition: at.Partition, Offset: at.Offset}
}

// split makes documents of the texts' passages.
func split(texts []corpus.Text) []index.Doc {
	var docs []index.Doc
	for i, t := range texts {
		for _, p := range passage.Split(t.Body, passage.Options{}) {
			h := fnv.New64a()
			fmt.Fprintf(h, "%s/%d", t.File, p.N)
			docs = append(docs, index.Doc{ID: h.Sum64(), Kind: index.Passage, Title: t.Title, Passage: p.N, Text: p.Text,
				Place: seer.Place{Topic: "seer-statement", Offset: int64(i), At: corpus.Now()}})
		}
	}
	return docs
}

// Answers says whether a document is the right one.
func (l *Library) Answers(q corpus.Question, d *index.Doc) bool {
	if d.Kind == index.Template {
		return q.Kind == corpus.Event && q.Wants(l.names[d.ID])
	}
	return q.Kind == corpus.Prose && q.AnsweredBy(d.Title, d.Text)
}

// Mixed is how many templates stand for messages of several of the generator's templates.
func (l *Library) Mixed() int { return l.mixed }

// Each shows the templates as they were indexed, with the generator's template that each is of.
func (l *Library) Each(show func(text, name string)) {
	for id, t := range l.mined {
		show(t.Text(), l.names[id])
	}
}
