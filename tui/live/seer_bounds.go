package live

import (
	"github.com/krapp-io/krapp/seer"
)

// What is kept of an answer and of a state: more than any screen shows, and a bound on what a remote seer can make the console hold.
const (
	maxAnswer      = 64 << 10 // bytes of prose
	maxCitations   = 64
	maxCounted     = 512
	maxNotes       = 16
	maxName        = 256 // bytes of a topic, a title, a model's name
	maxSuggestions = 9   // each has a digit for its key
	maxSuggestion  = 512
	maxTopics      = 1000
)

// boundAnswer cuts an answer down to what is kept of it.
func boundAnswer(a seer.Answer) seer.Answer {
	a.Text, a.Question, a.Model, a.ID = cut(a.Text, maxAnswer), "", cut(a.Model, maxName), ""
	a.Way = seer.Way(cut(string(a.Way), maxName))
	a.Citations = first(a.Citations, maxCitations, func(c *seer.Citation) {
		c.Place.Topic, c.Title, c.Excerpt, c.Gone = cut(c.Place.Topic, maxName), cut(c.Title, maxName), cut(c.Excerpt, seer.MaxExcerpt), cut(c.Gone, maxName)
	})
	a.Counted = first(a.Counted, maxCounted, func(c *seer.Counted) { c.Topic = cut(c.Topic, maxName) })
	a.Nearest = first(a.Nearest, maxNotes, func(s *string) { *s = cut(*s, maxName) })
	a.Notes = first(a.Notes, maxNotes, func(s *string) { *s = cut(*s, seer.MaxExcerpt) })
	a.Fresh.Topics = nil // how far each partition was learned is not shown
	return a
}

// boundStatus cuts a state down to what is kept of it.
func boundStatus(s seer.Status) seer.Status {
	s.State, s.Embedder, s.Model, s.Err = seer.State(cut(string(s.State), maxName)), cut(s.Embedder, maxName), cut(s.Model, maxName), cut(s.Err, seer.MaxExcerpt)
	s.Topics = first(s.Topics, maxTopics, func(t *string) { *t = cut(*t, maxName) })
	s.Suggestions = first(s.Suggestions, maxSuggestions, func(t *string) { *t = cut(*t, maxSuggestion) })
	s.Notes = first(s.Notes, maxNotes, func(t *string) { *t = cut(*t, seer.MaxExcerpt) })
	s.Fresh.Topics = nil
	return s
}

// first copies the first n, each changed.
func first[T any](all []T, n int, change func(*T)) []T {
	if len(all) == 0 {
		return nil
	}
	out := append([]T(nil), all[:min(n, len(all))]...)
	for i := range out {
		change(&out[i])
	}
	return out
}
