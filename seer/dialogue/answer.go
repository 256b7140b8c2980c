package dialogue

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/llm"
)

// Answer has the model answer from the evidence and what its tools find. Evidence of topics that q.Topics doesn't name is not used. tools may be nil,
// each too; each is called from the calling goroutine.
//
// Errors are those of the model (llm.Client.Chat), TimedOut beyond Options.Timeout, and Invalid for a question that is empty or too long. That
// the model doesn't know, or that nothing it said may be shown, is no error but Draft.Refused.
func (d *Dialogue) Answer(ctx context.Context, q seer.Question, evidence []Evidence, tools Tools, each func(seer.Event)) (Draft, error) {
	if strings.TrimSpace(q.Text) == "" || len(q.Text) > seer.MaxQuestion || !utf8.ValidString(q.Text) {
		return Draft{}, kafkaops.Errorf(kafkaops.Invalid, opAnswer, "", "ask in words", "a question has between 1 and %d bytes of UTF-8", seer.MaxQuestion)
	}
	if each == nil {
		each = func(seer.Event) {}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, d.o.Timeout, kafkaops.Errorf(kafkaops.TimedOut, opAnswer, d.Model(), "attach a faster model",
		"it took longer than %s", d.o.Timeout))
	defer cancel()
	nonce, err := newNonce(d.o.Nonce)
	if err != nil {
		return Draft{}, err
	}
	p := newPile(nonce, q.Topics, d.o)
	c := &conversation{d: d, q: q, pile: p, each: each, box: &toolbox{tools: tools, pile: p, each: each, asked: map[string]bool{}}}
	c.messages = d.opening(q, evidence, p)
	return c.run(ctx)
}

// conversation is the exchange about one question.
type conversation struct {
	d        *Dialogue
	q        seer.Question
	pile     *pile
	box      *toolbox
	each     func(seer.Event)
	messages []llm.Message
	tokens   int
	drafted  bool // there is a draft to take back
}

func (c *conversation) run(ctx context.Context) (Draft, error) {
	for step := 1; ; step++ {
		last := step >= c.d.o.Steps || c.tokens >= c.d.o.TotalTokens
		reply, err := c.ask(ctx, last)
		if err != nil {
			c.restart()
			return Draft{}, err
		}
		if len(reply.ToolCalls) == 0 {
			return c.finish(reply), nil
		}
		c.restart()
		if last {
			return c.refused("The model kept asking for tools instead of answering."), nil
		}
		if err := c.call(ctx, reply); err != nil {
			return Draft{}, err
		}
	}
}

// ask makes one request. The last one tells the model that it must answer now.
func (c *conversation) ask(ctx context.Context, last bool) (llm.Reply, error) {
	c.each(seer.Event{Step: "asking " + oneLine(c.d.Model())})
	r := llm.Request{Messages: c.messages, MaxTokens: c.d.o.MaxTokens, Progress: func(s string) { c.each(seer.Event{Step: s}) }}
	if c.box.tools != nil {
		r.Tools, r.NoCalls = offered(), last
	}
	if last && len(c.messages) > 0 {
		r.Messages = append(slices.Clip(c.messages), llm.Message{Role: llm.User, Text: "No more tools: answer now from the evidence, or reply " + notKnown + "."})
	}
	reply, err := c.d.o.Model.Chat(ctx, r, func(delta string) {
		c.drafted = true
		c.each(seer.Event{Draft: delta})
	})
	c.tokens += reply.Tokens
	return reply, err
}

// restart takes the draft back.
func (c *conversation) restart() {
	if c.drafted {
		c.each(seer.Event{Restart: true})
	}
	c.drafted = false
}

// call runs the tools that a reply asks for. Each call must have a result, also those that are not made.
func (c *conversation) call(ctx context.Context, reply llm.Reply) error {
	c.messages = append(c.messages, llm.Message{Role: llm.Assistant, Text: c.pile.clean(reply.Text), ToolCalls: presentable(reply.ToolCalls)})
	for i, call := range reply.ToolCalls {
		result := fmt.Sprintf("refused: only %d calls are made at a time.", c.d.o.Calls)
		if i < c.d.o.Calls {
			var err error
			if result, err = c.box.run(ctx, call); err != nil {
				return err
			}
		}
		c.messages = append(c.messages, llm.Message{Role: llm.ToolRole, ToolID: call.ID, Text: result})
	}
	return nil
}

// presentable is the calls as endpoints take them back: they refuse names and arguments that no well-behaved model would have written.
func presentable(calls []llm.ToolCall) []llm.ToolCall {
	out := slices.Clone(calls)
	for i := range out {
		if !toolName.MatchString(out[i].Name) {
			out[i].Name = "unknown"
		}
		if len(out[i].Arguments) > maxShown || !json.Valid([]byte(out[i].Arguments)) {
			out[i].Arguments = "{}"
		}
	}
	return out
}

// maxShown is the longest arguments that go back to the model, in bytes. Longer ones were refused.
const maxShown = 2 << 10

var toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// finish validates the answer.
func (c *conversation) finish(reply llm.Reply) Draft {
	text := strings.TrimSpace(reply.Text)
	switch {
	case reply.Refusal != "" || reply.Finish == "content_filter":
		return c.refused("The model declined to answer.")
	case text == "":
		return c.refused("The model gave an empty answer.")
	case saysNotKnown(text):
		return c.refused("The model found no answer in the evidence.")
	}
	var notes []string
	if reply.Finish == "length" {
		text = text[:strings.LastIndexAny(text, ".!?]\n")+1]
		notes = append(notes, "The model's answer was cut at its limit.")
	}
	result := c.d.check(text, c.q.Text, c.pile.pieces)
	if result.Text == "" {
		draft := c.refused("Nothing that the model said is borne out by the evidence.")
		draft.Notes = append(draft.Notes, result.Notes...)
		return draft
	}
	draft := Draft{Text: result.Text, Notes: append(append(notes, result.Notes...), c.notes()...)}
	for i, n := range result.Used {
		citation := c.pile.records[n]
		citation.N = i + 1
		draft.Citations = append(draft.Citations, citation)
	}
	for _, n := range result.Marked {
		draft.Counted = append(draft.Counted, c.pile.counts[n]...)
	}
	return draft
}

func (c *conversation) refused(why string) Draft {
	c.restart()
	return Draft{Refused: true, Notes: append([]string{why}, c.notes()...)}
}

// notes says what was kept from the model, or what it should not have asked for.
func (c *conversation) notes() []string {
	var notes []string
	if n := c.pile.leftOff; n > 0 {
		notes = append(notes, fmt.Sprintf("The model was not shown %d pieces of evidence: there was no room for them.", n))
	}
	if n := c.pile.foreign; n > 0 {
		notes = append(notes, fmt.Sprintf("%d pieces of evidence were left out: their topics may not be read for this question.", n))
	}
	if names := c.box.refused; len(names) > 0 {
		slices.Sort(names)
		notes = append(notes, "The model asked for what it may not do, and was refused: "+strings.Join(slices.Compact(names), ", ")+".")
	}
	return notes
}

// saysNotKnown takes the agreed words, with whatever punctuation and excuse follows them.
func saysNotKnown(text string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimLeft(text, "*_`\"' ")), notKnown)
}
