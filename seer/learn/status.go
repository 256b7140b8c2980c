package learn

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// fault is what may hinder learning.
type fault uint8

const (
	reaching  fault = iota // the brokers
	embedding              // the embedder
	saving                 // the snapshot; learning goes on without it
	faultKinds
)

// faults are the errors of now; nil: none.
type faults [faultKinds]error

// notes are what happened, the last few, and what is so.
type notes struct {
	happened []string
	lasting  map[string]string // by topic: why it can't be read
}

// maxNotes is how many events are kept.
const maxNotes = 8

// fault notes an error, or that it is over.
func (l *Learner) fault(f fault, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[f] = err
	l.judge()
}

// note keeps what happened, with its time. The caller holds mu.
func (l *Learner) note(format string, args ...any) {
	text := fmt.Sprintf("%s: %s", l.o.Now().UTC().Format(time.RFC3339), fmt.Sprintf(format, args...))
	l.o.Log.Info("the seer notes", "note", text)
	l.notes.happened = append(l.notes.happened, text)
	if n := len(l.notes.happened) - maxNotes; n > 0 {
		l.notes.happened = slices.Delete(l.notes.happened, 0, n)
	}
}

// judge sets the state. The caller holds mu.
func (l *Learner) judge() {
	state := seer.Current
	switch {
	case l.faults[reaching] != nil || l.faults[embedding] != nil:
		state = seer.Waiting
	case !l.looked:
		state = seer.Starting
	case l.behind() != 0:
		state = seer.Learning
	}
	if state != l.state {
		l.state, l.since = state, l.o.Now()
	}
}

// behind counts the offsets that are not learned yet; -1: not known.
func (l *Learner) behind() int64 {
	if !l.looked {
		return -1
	}
	n := int64(0)
	for _, p := range l.parts {
		if p.end < 0 {
			return -1
		}
		n += max(0, p.end-p.learned)
	}
	return n
}

// Status says what has been learned, and how it goes. Suggestions and Model are left for others.
func (l *Learner) Status() seer.Status {
	passages, templates := l.x.Load().Len()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := seer.Status{
		State: l.state, Messages: l.miner.Records(), Templates: templates, Passages: passages, Topics: l.topics(),
		Embedder: l.o.Index.Embedder.ID(), Since: l.since, Fresh: seer.Freshness{Behind: l.behind()},
	}
	if l.newest > 0 {
		s.Fresh.At = time.UnixMilli(l.newest).UTC()
	}
	for _, tp := range slices.SortedFunc(maps.Keys(l.parts), kafkaops.TopicPartition.Compare) {
		p := l.parts[tp]
		s.Fresh.Topics = append(s.Fresh.Topics, seer.Learned{Topic: tp.Topic, Partition: tp.Partition, Next: p.learned, End: p.end})
	}
	s.Notes = append(s.Notes, l.notes.happened...)
	for _, topic := range slices.Sorted(maps.Keys(l.notes.lasting)) {
		s.Notes = append(s.Notes, l.notes.lasting[topic])
	}
	for _, topic := range l.miner.Full() {
		s.Notes = append(s.Notes, fmt.Sprintf("topic %s has more kinds of messages than are kept apart: the rest are counted together", topic))
	}
	if err := l.faults[saving]; err != nil {
		s.Notes = append(s.Notes, "no snapshot can be written: "+err.Error())
	}
	for _, f := range []fault{embedding, reaching} {
		if err := l.faults[f]; err != nil {
			s.Err = err.Error()
		}
	}
	return s
}

// Topics lists the topics that are learned from, by name.
func (l *Learner) Topics() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.topics()
}

func (l *Learner) topics() []string {
	seen := map[string]bool{}
	for tp := range l.parts {
		seen[tp.Topic] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Search finds passages and templates. A template's place is its newest example of now.
func (l *Learner) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	hits, err := l.x.Load().Search(ctx, q)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range hits {
		if hits[i].Kind == index.Template {
			if place, ok := l.miner.Newest(hits[i].ID); ok {
				hits[i].Place = place
			}
		}
	}
	return hits, nil
}

// Template returns a template by its ID.
func (l *Learner) Template(id uint64) (template.Template, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.miner.Get(id)
}

// Templates lists a topic's templates, the most frequent first.
func (l *Learner) Templates(topic string) []template.Template {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.miner.All(topic)
}

// Fields lists what the topic's JSON records have, by path.
func (l *Learner) Fields(topic string) []template.Field {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.miner.Fields(topic)
}

// Learned waits until the record at the place can be found. When the context ends before, the error is of class TimedOut.
func (l *Learner) Learned(ctx context.Context, place seer.Place) error {
	tp := kafkaops.TopicPartition{Topic: place.Topic, Partition: place.Partition}
	if !l.match.wants(tp.Topic) {
		return kafkaops.Errorf(kafkaops.Invalid, "learning", tp.Topic, "add the topic to those that the seer learns from", "the seer does not learn from it")
	}
	for {
		l.mu.Lock()
		p, progress := l.parts[tp], l.progress
		done := p != nil && p.learned > place.Offset
		known := p != nil && p.reading
		l.mu.Unlock()
		if done {
			return nil
		}
		if !known {
			l.look()
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return kafkaops.NewError(kafkaops.TimedOut, "learning", fmt.Sprintf("%s [%d] at %d", tp.Topic, tp.Partition, place.Offset), "it will be learned", ctx.Err())
		}
	}
}
