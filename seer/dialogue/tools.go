package dialogue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	strict "github.com/go-json-experiment/json"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/llm"
)

const (
	maxQuery = 500 // bytes of a search or a question to count
	maxFound = 8   // pieces that one search may add
)

// offered are the tools that the model is told of.
func offered() []llm.Tool {
	return []llm.Tool{
		{Name: "search", Description: "Finds messages and passages of texts by meaning and by words.", Parameters: json.RawMessage(
			`{"type":"object","properties":{"query":{"type":"string","description":"What to look for, in words."}},"required":["query"],"additionalProperties":false}`)},
		{Name: "count", Description: "Counts over all messages, exactly: how many, per what, since when, the greatest, the least, the first, the last.",
			Parameters: json.RawMessage(`{"type":"object","properties":{"question":{"type":"string",` +
				`"description":"In words: how many messages in orders since 14:00"}},"required":["question"],"additionalProperties":false}`)},
		{Name: "get_record", Description: "Reads one message by its place.", Parameters: json.RawMessage(
			`{"type":"object","properties":{"topic":{"type":"string"},"partition":{"type":"integer"},"offset":{"type":"integer"}},` +
				`"required":["topic","partition","offset"],"additionalProperties":false}`)},
	}
}

// toolbox runs what the model asks for, or says why not. It belongs to one question.
type toolbox struct {
	tools   Tools
	pile    *pile
	each    func(seer.Event)
	asked   map[string]bool // calls made, by name and arguments
	refused []string        // names of what was asked for and doesn't exist, for the notes
}

const maxRefusedNames = 4

// run returns the result that the model reads. Only ctx's end is an error.
func (t *toolbox) run(ctx context.Context, call llm.ToolCall) (string, error) {
	key := call.Name + "\x00" + call.Arguments
	if t.asked[key] {
		return "refused: you have asked exactly this before. Answer from what you were given.", nil
	}
	t.asked[key] = true
	var result string
	var err error
	switch {
	case t.tools == nil:
		err = refusal("there are no tools for this question")
	case call.Name == "search":
		result, err = t.search(ctx, call.Arguments)
	case call.Name == "count":
		result, err = t.count(ctx, call.Arguments)
	case call.Name == "get_record":
		result, err = t.record(ctx, call.Arguments)
	default:
		t.note(call.Name)
		err = refusal("there is no such tool. There are search, count and get_record, and they only read")
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	var no refusal
	switch {
	case errors.As(err, &no):
		return "refused: " + t.pile.clean(no.Error()) + ".", nil
	case err != nil:
		return "failed: " + t.pile.clean(oneLine(strings.TrimSpace(err.Error()+". "+kafkaops.HintOf(err)))), nil
	case result == "":
		return "Nothing was found, or there is no room for more evidence.", nil
	}
	return result, nil
}

// refusal is why a call is not made.
type refusal string

func (r refusal) Error() string { return string(r) }

func (t *toolbox) note(name string) {
	if len(t.refused) < maxRefusedNames {
		t.refused = append(t.refused, clip(oneLine(name), 40))
	}
}

func (t *toolbox) search(ctx context.Context, arguments string) (string, error) {
	var in struct {
		Query *string `json:"query"`
	}
	if err := decode(arguments, &in); err != nil {
		return "", err
	}
	query, err := words("query", in.Query)
	if err != nil {
		return "", err
	}
	t.each(seer.Event{Step: "searching for " + oneLine(query)})
	found, err := t.tools.Search(ctx, query)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range found[:min(len(found), maxFound)] {
		b.WriteString(t.pile.add(e))
	}
	return b.String(), nil
}

func (t *toolbox) count(ctx context.Context, arguments string) (string, error) {
	var in struct {
		Question *string `json:"question"`
	}
	if err := decode(arguments, &in); err != nil {
		return "", err
	}
	question, err := words("question", in.Question)
	if err != nil {
		return "", err
	}
	t.each(seer.Event{Step: "counting: " + oneLine(question)})
	text, ranges, err := t.tools.Count(ctx, question)
	if err != nil {
		return "", err
	}
	for _, r := range ranges {
		if !t.pile.mayRead(r.Topic) {
			t.pile.foreign++
			return "", refusal("this question may not read the topic " + oneLine(r.Topic))
		}
	}
	return t.pile.addCount(question, text, ranges), nil
}

func (t *toolbox) record(ctx context.Context, arguments string) (string, error) {
	var in struct {
		Topic     *string `json:"topic"`
		Partition *int32  `json:"partition"`
		Offset    *int64  `json:"offset"`
	}
	if err := decode(arguments, &in); err != nil {
		return "", err
	}
	if in.Topic == nil || in.Partition == nil || in.Offset == nil {
		return "", refusal("topic, partition and offset must all be given")
	}
	if !topicName.MatchString(*in.Topic) || *in.Partition < 0 || *in.Offset < 0 {
		return "", refusal("that is no place of a record")
	}
	if !t.pile.mayRead(*in.Topic) {
		return "", refusal("this question may not read the topic " + *in.Topic)
	}
	t.each(seer.Event{Step: fmt.Sprintf("reading %s %d@%d", *in.Topic, *in.Partition, *in.Offset)})
	e, err := t.tools.Record(ctx, *in.Topic, *in.Partition, *in.Offset)
	if kafkaops.ClassOf(err) == kafkaops.Unauthorised {
		return "", refusal("the topic " + *in.Topic + " may not be read")
	}
	if err != nil {
		return "", err
	}
	return t.pile.add(e), nil
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// decode is strict: no member may be unknown, given twice, of another case or type.
func decode(arguments string, into any) error {
	if err := strict.Unmarshal([]byte(arguments), into, strict.RejectUnknownMembers(true)); err != nil {
		return refusal("the arguments are not what the tool takes: " + oneLine(err.Error()))
	}
	return nil
}

func words(name string, s *string) (string, error) {
	if s == nil || strings.TrimSpace(*s) == "" {
		return "", refusal(name + " must be given")
	}
	if len(*s) > maxQuery {
		return "", refusal(fmt.Sprintf("%s may have at most %d bytes", name, maxQuery))
	}
	return strings.TrimSpace(*s), nil
}
