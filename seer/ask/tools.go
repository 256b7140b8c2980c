package ask

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/dialogue"
)

// tools is what a model may do while it answers: read, and only in the topics that the question may read.
type tools struct{ s *asking }

// Search retrieves evidence. What is too weak to answer by is there too: the model may see that nothing fits.
func (t *tools) Search(ctx context.Context, query string) ([]dialogue.Evidence, error) {
	if len(query) > seer.MaxQuestion || strings.TrimSpace(query) == "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "searching", "", "search for a few words", "the query is empty or too long")
	}
	hits, err := t.s.search(ctx, query, nil, nil, hitsWanted)
	if err != nil {
		return nil, err
	}
	return t.s.evidence(hits), nil
}

// Count answers a question exactly, in words, or says why it can't.
func (t *tools) Count(ctx context.Context, question string) (string, []seer.Counted, error) {
	q := seer.Question{Text: question, Topics: t.s.topics}
	if err := check(q); err != nil {
		return "", nil, err
	}
	s, err := t.s.begin(ctx, q, t.s.each, t.s.o.Now())
	if err != nil {
		return "", nil, err
	}
	s.route = s.router.Parse(question, nil)
	if s.route.Wish == route.Meaning || s.route.Wish == route.Lookup || len(s.route.Unknown) > 0 || len(s.route.Scopes) == 0 {
		return "", nil, kafkaops.Errorf(kafkaops.Invalid, "counting", "", "ask as \"How many messages are in orders since 14:00?\"",
			"this can't be computed: %s", s.whyNot())
	}
	if err := s.exact(ctx); err != nil {
		return "", nil, err
	}
	text := s.answer.Text
	for _, n := range s.answer.Notes {
		text += "\n" + n
	}
	return withoutMarks(text, len(s.answer.Citations)), s.answer.Counted, nil
}

func (s *asking) whyNot() string {
	if len(s.route.Unknown) > 0 {
		return s.unknownText()
	}
	return "it asks for no count, sum, mean, least, greatest, first or last"
}

// withoutMarks takes citation marks out: to the model they are numbers of other evidence.
func withoutMarks(text string, citations int) string {
	for n := 1; n <= citations; n++ {
		text = strings.ReplaceAll(text, " "+mark(n), "")
	}
	return text
}

// Record fetches one record.
func (t *tools) Record(ctx context.Context, topic string, partition int32, offset int64) (dialogue.Evidence, error) {
	const op = "fetching a record"
	if !slices.Contains(t.s.topics, topic) {
		return dialogue.Evidence{}, kafkaops.Errorf(kafkaops.Unauthorised, op, topic, "name a topic that this question may read", "not a topic of this question")
	}
	records, err := t.s.o.Reader.Fetch(ctx, kafkaops.TopicPartition{Topic: topic, Partition: partition}, offset, 1)
	if err != nil {
		return dialogue.Evidence{}, err
	}
	if len(records) == 0 || records[0].Offset != offset {
		return dialogue.Evidence{}, kafkaops.Errorf(kafkaops.NotFound, op, topic, "", "there is no record at that offset")
	}
	r := &records[0]
	return dialogue.Evidence{
		Citation: seer.Citation{
			Place:   seer.Place{Topic: topic, Partition: partition, Offset: offset, At: r.Timestamp.UTC()},
			Excerpt: excerpt(r.Value),
		},
		Text: cutText(strings.ToValidUTF8(string(bytes.TrimSpace(r.Value[:min(len(r.Value), maxEvidence)])), "\uFFFD"), maxEvidence),
	}, nil
}
